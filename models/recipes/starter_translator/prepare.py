"""Prepare the training text: filter, train the vocabulary, encode, and write a data card.

python -m models.recipes.starter_translator.prepare --data DIR --out DIR
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from models.recipes.starter_translator import shards
from models.recipes.starter_translator.corpus import KINDS, Corpus, Row, gather
from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.held_out import HELD_OUT_FILE, write_held_out
from models.recipes.starter_translator.vocabulary import (
    PIECE_OFFSET,
    PIECES_FILE,
    UNKNOWN_ID,
    train_pieces,
)

CARD_FILE: Final = "DATA.md"
ORIGINS: Final = {
    "tatoeba": ("Tatoeba, Kazakh–English and Russian–English", "CC BY 2.0 FR"),
    "apertium-gov": (
        "apertium-kaz-rus, `CORPUS` and `texts`: official texts of the Republic of Kazakhstan",
        "GPL-3.0 (repository)",
    ),
    "mozilla-l10n": ("Firefox and Thunderbird language packs", "MPL-2.0"),
    "mediawiki-l10n": ("MediaWiki messages", "GPL-2.0-or-later"),
    "debian-l10n": (
        "messages of about 190 Debian packages (LibreOffice, GNOME, KDE, Xfce …)",
        "each package's own: mostly GPL-2.0-or-later, LGPL; LibreOffice MPL-2.0",
    ),
}
# Kazakh prose with no translation: it teaches the vocabulary words of news, and nothing else.
MONOLINGUAL: Final = (
    "kaznerd_news.txt",
    "common_voice_sentences.txt",
    "tatoeba.txt",
)


def main() -> None:
    """Run the preparation from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds parallel/ and mono-kk/")
    parser.add_argument("--out", type=Path, required=True, help="where shards and vocabulary go")
    parser.add_argument("--vocabulary", type=int, default=8000, help="pieces")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    corpus = gather(arguments.data / "parallel")
    train_pieces(
        vocabulary_texts(corpus.rows, arguments.data / "mono-kk"),
        arguments.vocabulary,
        arguments.out,
    )
    shard = shards.encode(corpus.rows, PieceEncoder(arguments.out / PIECES_FILE))
    shards.save(shard, arguments.out / shards.SHARD_FILE)
    write_held_out(corpus.held_out, arguments.out / HELD_OUT_FILE)
    (arguments.out / CARD_FILE).write_text(data_card(corpus, shard), encoding="utf-8")


def vocabulary_texts(rows: Iterable[Row], monolingual: Path) -> Iterable[str]:
    """Every text of the corpus; prose several times, or menus would choose the pieces."""
    for row in rows:
        for text in row.texts.values():
            yield from [text] * (4 if row.kind == "sentence" else 1)
    for name in MONOLINGUAL:
        path = monolingual / name
        if path.is_file():
            yield from path.read_text(encoding="utf-8").split("\n")


class PieceEncoder:
    """Encodes texts as the tokenizer would, many times faster."""

    def __init__(self, model: Path) -> None:
        import sentencepiece

        self._pieces = sentencepiece.SentencePieceProcessor(str(model))

    def __call__(self, texts: list[str]) -> list[list[int]]:
        """Ids of each text, without special tokens."""
        return [
            [index + PIECE_OFFSET if index else UNKNOWN_ID for index in ids]
            for ids in self._pieces.encode(texts)
        ]


def data_card(corpus: Corpus, shard: shards.Shard) -> str:
    """Sources, licences and counts, as Markdown."""
    kept = Counter(row.source for row in corpus.rows)
    held_out = Counter(row.source for row in corpus.held_out)
    lines = [
        "# Data",
        "",
        "| source | what | licence | read | kept | held out |",
        "|---|---|---|---:|---:|---:|",
    ]
    for source, (what, licence) in ORIGINS.items():
        counts = f"{corpus.read[source]} | {kept[source]} | {held_out[source]}"
        lines.append(f"| {source} | {what} | {licence} | {counts} |")
    lines += [
        "",
        "A row is a text in two or three languages. FLORES-200 dev (CC BY-SA 4.0) is measured on",
        "and no line of it is trained on. The vocabulary has also seen Kazakh prose: KazNERD's",
        "news (CC BY 4.0), Common Voice sentences (CC0), Tatoeba (CC BY 2.0 FR).",
        "",
        "## Pairs by kind",
        "",
        "| pair | sentence | help | label |",
        "|---|---:|---:|---:|",
    ]
    pairs = Counter(
        (f"{left}-{right}", row.kind)
        for row in corpus.rows
        for left, right in row.directions()
        if LANGUAGES.index(left) < LANGUAGES.index(right)
    )
    for pair in ("kk-ru", "kk-en", "ru-en"):
        lines.append(f"| {pair} | " + " | ".join(str(pairs[pair, kind]) for kind in KINDS) + " |")
    lines += ["", "## Tokens", "", "| language | texts | tokens |", "|---|---:|---:|"]
    for column, language in enumerate(LANGUAGES):
        lengths = shard.lengths[:, column]
        lines.append(f"| {language} | {int((lengths > 0).sum())} | {int(lengths.sum())} |")
    lines += ["", "## Dropped", "", "| source | rule | rows |", "|---|---|---:|"]
    lines += [
        f"| {source} | {rule} | {count} |"
        for (source, rule), count in sorted(corpus.dropped.items(), key=lambda item: -item[1])
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
