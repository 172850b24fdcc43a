"""Texts in two or three languages out of the files of unpacked packages.

Every function yields ``Texts``: a language (``kk``, ``ru``, ``en``) → a text as it stands in the
file. What of it is worth training on, ``filtering`` decides later.
"""

from __future__ import annotations

import bz2
import gettext
import gzip
import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final, TypeAlias

from models.recipes.starter_translator.documents import (
    Block,
    aligned,
    markup_blocks,
    roff_blocks,
    sentences,
)

Texts: TypeAlias = dict[str, str]

_FOLDERS: Final = {"kk": "kk", "kk_KZ": "kk", "ru": "ru", "ru_RU": "ru"}
_ENGLISH: Final = ("C", "en", "en-US", "en_US")
_PAGES: Final = (".html", ".htm", ".page", ".docbook", ".xml", ".html.ru", ".html.en")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
_STRESS: Final = str.maketrans("", "", "\u0301\u0300")
_HEADWORD: Final = re.compile(r"^(\S.*?)(?: /.*/)? <\w+>$")
_DISPLAY_NAMES: Final = (
    "localeDisplayNames/languages/language",
    "localeDisplayNames/scripts/script",
    "localeDisplayNames/territories/territory",
    "dates/timeZoneNames/zone/exemplarCity",
    "numbers/currencies/currency/displayName",
)


def split_sentences(texts: Texts) -> Iterator[Texts]:
    """A text's sentences; of languages that do not count alike, pair by pair."""
    whole = {language: _TAG.sub("", text) for language, text in texts.items()}
    for parts in (list(whole), *combinations(whole, 2)):
        chosen = sentences([whole[language] for language in parts])
        if len(chosen) > 1:
            yield from (dict(zip(parts, sentence, strict=True)) for sentence in chosen)
            if len(parts) == len(whole):
                return
    yield whole


def message_catalogues(folder: Path) -> Iterator[Texts]:
    """Messages of gettext's ``.mo`` files, by their English original."""
    found: dict[str, dict[str, Path]] = defaultdict(dict)
    for path in sorted(folder.rglob("*.mo")):
        if path.parent.name == "LC_MESSAGES" and path.parts[-3] in _FOLDERS:
            found[path.name].setdefault(_FOLDERS[path.parts[-3]], path)
    for by_language in found.values():
        translations: dict[str, Texts] = defaultdict(dict)
        for language, path in by_language.items():
            for original, translation in _messages(path):
                translations[original][language] = translation
        for original, texts in translations.items():
            english = original.rpartition("\x04")[2]
            paragraphs = {
                language: text.strip().split("\n\n")
                for language, text in {**texts, "en": english}.items()
            }
            if len({len(parts) for parts in paragraphs.values()}) == 1:
                for parts in zip(*paragraphs.values(), strict=True):
                    yield from split_sentences(dict(zip(paragraphs, parts, strict=True)))


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with path.open("rb") as stream:
            catalogue: Mapping[object, str] = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
    except (OSError, UnicodeDecodeError, ValueError, struct.error):
        return  # A few packages ship catalogues that gettext itself does not read.
    for original, translation in catalogue.items():
        # Plural forms are keyed by a pair; languages do not have the same ones.
        if isinstance(original, str) and original and translation:
            yield original, translation


def translated_documents(folders: Iterable[Path]) -> Iterator[Texts]:
    """Paragraphs of manuals, by pages whose paths differ in the language alone.

    Args:
        folders: unpacked packages; a page and its translation may be in different ones.
    """
    files = {
        path.relative_to(folder).as_posix(): path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and _is_page(path)
    }
    pages: dict[str, dict[str, Path]] = defaultdict(dict)
    for name, path in files.items():
        for original, language in _originals(name):
            if original in files:
                pages[original][language] = path
    for original, translations in pages.items():
        yield from translated_page({"en": files[original], **translations})


def translated_page(paths: Mapping[str, Path]) -> Iterator[Texts]:
    """Paragraphs of one page, by language; English must be among them."""
    yield from _paragraphs({language: _blocks(path) for language, path in paths.items()})


def _is_page(path: Path) -> bool:
    return (
        path.name.endswith((*_PAGES, ".cache.bz2"))
        or re.fullmatch(r"man\d", path.parent.name) is not None
    )


def _originals(name: str) -> Iterator[tuple[str, str]]:
    """Paths that the English page of a translated one may have."""
    parts = name.split("/")
    if name.endswith(".html.ru"):
        yield name.removesuffix("ru") + "en", "ru"
    for index, part in enumerate(parts[:-1]):
        if part in _FOLDERS:
            language = _FOLDERS[part]
            for english in _ENGLISH:
                yield "/".join([*parts[:index], english, *parts[index + 1 :]]), language
            yield "/".join([*parts[:index], *parts[index + 1 :]]), language
        elif part.endswith("-ru"):
            for ending in ("-en-us", "-en", ""):
                changed = [*parts[:index], part.removesuffix("-ru") + ending, *parts[index + 1 :]]
                for original, _ in _originals("/".join(changed)):
                    yield original, "ru"
                yield "/".join(changed), "ru"


def _blocks(path: Path) -> list[Block]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    if path.suffix == ".bz2":
        content = bz2.decompress(content)
    if re.fullmatch(r"man\d", path.parent.name):
        return roff_blocks(content.decode("utf-8", "replace"))
    return markup_blocks(content)


def _paragraphs(blocks: Mapping[str, list[Block]]) -> Iterator[Texts]:
    rows: dict[int, Texts] = defaultdict(dict)
    for language, translation in blocks.items():
        if language != "en":
            for original, position in aligned(blocks["en"], translation):
                text = translation[position].text
                # Messages that no one has translated yet stand there in English.
                if text != blocks["en"][original].text:
                    rows[original][language] = text
    for original, texts in sorted(rows.items()):
        yield from split_sentences({**texts, "en": blocks["en"][original].text})


def android_strings(folder: Path) -> Iterator[Texts]:
    """``strings.xml`` of Android, by name; a placeholder is filled with its example."""
    for path in sorted(folder.rglob("res/values/strings.xml")):
        examples: dict[tuple[str, str], str] = {}
        texts: dict[str, Texts] = defaultdict(dict)
        for language, ending in (("en", ""), ("kk", "-kk"), ("ru", "-ru")):
            translated = path.parent.with_name(f"values{ending}") / path.name
            if translated.is_file():
                for name, text in _android_file(translated, examples):
                    texts[name][language] = text
        for row in texts.values():
            if len(row) > 1:
                yield from split_sentences(row)


def _android_file(path: Path, examples: dict[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    from lxml import etree

    for element in etree.parse(str(path)).getroot().iterfind("string"):
        name = element.get("name")
        for placeholder in element.iter("{*}g"):
            key = (name, placeholder.get("id"))
            if example := placeholder.get("example"):
                examples[key] = example
            if key in examples:
                placeholder.text = examples[key]
        text = "".join(element.itertext()).strip().strip('"')
        yield name, re.sub(r"\\(['\"@?])", r"\1", text).replace("\\n", "\n")


def chromium_paks(english: Path, russian: Path) -> Iterator[Texts]:
    """Messages of two of Chromium's ``.pak`` files (format version 5), by number."""
    originals, translations = _pak(english), _pak(russian)
    for number in sorted(originals.keys() & translations.keys()):
        yield from split_sentences({"ru": translations[number], "en": originals[number]})


def _pak(path: Path) -> dict[int, str]:
    content = path.read_bytes()
    version, encoding, count, _ = struct.unpack_from("<IB3xHH", content)
    if (version, encoding) != (5, 1):
        raise ValueError(f"{path}: version {version}, encoding {encoding} is not 5, 1 (UTF-8)")
    entries = [struct.unpack_from("<HI", content, 12 + 6 * index) for index in range(count + 1)]
    return {
        number: content[start:end].decode("utf-8", "replace")
        for (number, start), (_, end) in pairwise(entries)
    }


def dictionary(path: Path, source: str, target: str) -> Iterator[Texts]:
    """Headwords and first translations of a FreeDict dictionary in dictd's format."""
    headword = ""
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        line = line.translate(_STRESS)
        if opening := _HEADWORD.match(line):
            headword = opening[1]
        elif headword:
            first = re.sub(r"^\d+\.\s*", "", line).split(",")[0].split(";")[0]
            first = re.sub(r"\(.*?\)|\s\d+\.?$", "", first).strip()
            if first:
                yield {source: headword, target: first}
            headword = ""


def display_names(folder: Path) -> Iterator[Texts]:
    """Names of languages, countries, cities and currencies in CLDR."""
    from lxml import etree

    texts: dict[tuple[str, ...], Texts] = defaultdict(dict)
    for language in ("kk", "ru", "en"):
        root = etree.parse(str(folder / f"{language}.xml")).getroot()
        for path in _DISPLAY_NAMES:
            for element in root.iterfind(path):
                if element.get("alt") or element.get("count") or not element.text:
                    continue
                code = element.get("type") or element.getparent().get("type")
                texts[path, code][language] = element.text
    yield from (row for row in texts.values() if len(row) > 1)
