"""Count the common Kazakh words for text/vocabulary/common_words.kk.txt.

    python tools/count_common_words.py ../shared/data/mono-kk > text/vocabulary/common_words.kk.txt

A word form counts where it stands in lower case; one that is mostly capitalised inside sentences is
a name and is left out.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

SOURCES = {
    "kaznerd_news.txt": "IS2AI/KazNERD, CC BY 4.0",
    "common_voice_sentences.txt": "Mozilla Common Voice sentences, CC0 1.0",
    "tatoeba.txt": "Tatoeba, CC BY 2.0 FR",
}
MIN_COUNT = 2
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def count(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Occurrences in lower case, and capitalised ones that do not begin a sentence."""
    lower: Counter[str] = Counter()
    capitalised: Counter[str] = Counter()
    for name in SOURCES:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            words = WORD.findall(line)
            lower.update(word for word in words if word.islower())
            capitalised.update(word.lower() for word in words[1:] if not word.islower())
    return lower, capitalised


def main() -> None:
    """Write the list to standard output."""
    lower, capitalised = count(Path(sys.argv[1]))
    kept = sorted(
        word.replace("-", "")
        for word, times in lower.items()
        if times >= MIN_COUNT and times >= capitalised[word]
    )
    print("# Common Kazakh word forms, counted by tools/count_common_words.py. Sources:")
    for source in SOURCES.values():
        print(f"# {source}")
    print("\n".join(dict.fromkeys(kept)))


if __name__ == "__main__":
    main()
