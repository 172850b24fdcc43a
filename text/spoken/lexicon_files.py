"""Pronunciation lexicons from files: tab-separated lines, or W3C PLS 1.0."""

from __future__ import annotations

from typing import Any, Final

from lxml import etree

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from text.spoken.lexicon import Lexicon, LexiconEntry

MAX_FILE_BYTES: Final = 2 << 20
COLUMNS: Final = ("written", "language", "respelling", "ipa")
NAMESPACE: Final = "http://www.w3.org/2005/01/pronunciation-lexicon"


def parse_lexicon(text: str) -> Lexicon:
    """Read PLS if the text begins with ``<``, tab-separated lines otherwise.

    Lines are ``written, language, respelling, ipa``; a language may be ``any`` or empty, and of the
    last two one may be empty. Empty lines, those that begin with ``#`` and a header with the
    columns' names are skipped.

    Raises:
        InvalidArgument: ``field`` is ``line 3, ipa`` for example.
    """
    size = len(text.encode("utf-8", errors="replace"))
    if size > MAX_FILE_BYTES:
        raise InvalidArgument("lexicon", f"{size} bytes; {MAX_FILE_BYTES} are allowed")
    text = text.removeprefix("\ufeff")
    found = _pls(text) if text.lstrip().startswith("<") else _tsv(text)
    try:
        return Lexicon(entry for _, entry in found)
    except InvalidArgument as error:
        index, bracket, name = error.field.removeprefix("entries[").partition("].")
        if not bracket:
            raise
        raise InvalidArgument(f"line {found[int(index)][0]}, {name}", error.description) from error


def _tsv(text: str) -> list[tuple[int, LexiconEntry]]:
    entries: list[tuple[int, LexiconEntry]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        header = not entries and cells[0].lower() == COLUMNS[0]
        if not line.strip() or line.lstrip().startswith("#") or header:
            continue
        if len(cells) > len(COLUMNS):
            raise InvalidArgument(
                f"line {number}",
                f"{len(cells)} columns; there are {len(COLUMNS)}: {', '.join(COLUMNS)}",
            )
        written, language, respelling, ipa = (*cells, "", "", "")[: len(COLUMNS)]
        where = f"line {number}, "
        entries.append(
            (number, _entry(written, _language(language, where), respelling, ipa, where))
        )
    return entries


def _entry(
    written: str, language: Language | None, respelling: str, ipa: str, where: str
) -> LexiconEntry:
    try:
        return LexiconEntry(written, language, respelling, ipa)
    except InvalidArgument as error:
        raise InvalidArgument(where + error.field, error.description) from error


def _language(code: str, where: str) -> Language | None:
    if code in ("", "any"):
        return None
    primary = code.split("-")[0].lower()
    for language in LANGUAGES:
        if primary == language:
            return language
    raise InvalidArgument(f"{where}language", f"{code!r} is not one of {', '.join(LANGUAGES)}, any")


def _pls(text: str) -> list[tuple[int, LexiconEntry]]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.XMLSyntaxError as error:
        raise InvalidArgument(
            f"line {error.lineno or 1}", f"not well-formed: {error.msg}"
        ) from error
    if root.getroottree().docinfo.doctype:
        raise InvalidArgument("lexicon", "a DOCTYPE is not allowed")
    if root.tag != f"{{{NAMESPACE}}}lexicon":
        raise InvalidArgument("line 1", f"<{root.tag}> is no <lexicon> of {NAMESPACE}")
    code = root.get("{http://www.w3.org/XML/1998/namespace}lang", "")
    language = _language(code, "line 1, ")
    alphabet = root.get("alphabet", "ipa")
    entries: list[tuple[int, LexiconEntry]] = []
    for lexeme in root.iterfind(f"{{{NAMESPACE}}}lexeme"):
        entries += _lexeme(lexeme, language, alphabet)
    return entries


def _lexeme(
    lexeme: Any, language: Language | None, alphabet: str
) -> list[tuple[int, LexiconEntry]]:
    line = lexeme.sourceline
    where = f"line {line}, "
    graphemes = _texts(lexeme, "grapheme")
    if not graphemes:
        raise InvalidArgument(f"{where}grapheme", "missing")
    ipa = ""
    phonemes = lexeme.findall(f"{{{NAMESPACE}}}phoneme")
    if phonemes:
        chosen = next((p for p in phonemes if p.get("prefer") == "true"), phonemes[0])
        used = chosen.get("alphabet", alphabet)
        if used != "ipa":
            raise InvalidArgument(f"{where}alphabet", f"{used!r}; only ipa is read")
        ipa = " ".join("".join(chosen.itertext()).split())
    aliases = _texts(lexeme, "alias")
    return [
        (line, _entry(written, language, aliases[0] if aliases else "", ipa, where))
        for written in graphemes
    ]


def _texts(lexeme: Any, name: str) -> list[str]:
    found = (
        " ".join("".join(each.itertext()).split())
        for each in lexeme.iterfind(f"{{{NAMESPACE}}}{name}")
    )
    return [text for text in found if text]
