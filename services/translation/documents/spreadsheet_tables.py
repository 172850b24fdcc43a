"""Headers of a workbook's tables: each column's name must be what its header's cell says.

Excel repairs a file in which they differ. Where formulas name columns (``Sales[Price]``), headers
keep their language; otherwise columns are renamed after their translated headers.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import Final

from services.translation.documents.office_open_xml import OfficePackage
from services.translation.documents.spreadsheet_text import S, set_string, string_text
from services.translation.documents.xml_parsing import Element

_TABLE: Final = "spreadsheetml.table+xml"
_RELATIONS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_RANGE: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?\d{1,7})?")
_STRUCTURED: Final = re.compile(rb"\w\[[^\d\]]|\[[@#\[]")
_FORMULA: Final = re.compile(
    rb"<(?:\w+:)?(?:f|definedName|calculatedColumnFormula|formula\d?)(?:\s[^<>]*)?>([^<]*)<"
)


@dataclass(frozen=True, slots=True)
class Header:
    """The header of one column of a table."""

    column: Element
    cell: Element
    table: Element
    name: str
    """As it was."""

    index: str
    """The shared string that the cell shows; "" where it holds its own."""


def names_columns(part: bytes) -> bool:
    """Does a formula in it name a table's column?"""
    return any(_STRUCTURED.search(found[1]) for found in _FORMULA.finditer(part))


def find_headers(package: OfficePackage, sheet: str) -> list[Header]:
    """The headers of all tables of a sheet."""
    folder, base = posixpath.split(sheet)
    relations = posixpath.join(folder, "_rels", base + ".rels")
    if relations not in package.types:
        return []
    headers: list[Header] = []
    for relation in package.package.tree(relations).getroot().iter(_RELATIONS):
        target = relation.get("Target", "")
        name = posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
        if package.types.get(name, "").endswith(_TABLE):
            table = package.package.tree(name).getroot()
            headers += _headers(table, package.package.tree(sheet).getroot())
    return headers


def _headers(table: Element, sheet: Element) -> list[Header]:
    place = _RANGE.fullmatch(table.get("ref", ""))
    columns = list(table.iter(f"{S}tableColumn"))
    if place is None or not columns or table.get("headerRowCount") == "0":
        return []
    first, row_number = _number(place[1]), place[2]
    cells = {
        cell.get("r", ""): cell
        for row in sheet.iter(f"{S}row")
        if row.get("r") == row_number
        for cell in row.iter(f"{S}c")
    }
    headers = []
    for offset, column in enumerate(columns):
        cell = cells.get(_letters(first + offset) + row_number)
        if cell is not None and cell.get("t") in ("s", "inlineStr"):
            index = cell.findtext(f"{S}v") or "" if cell.get("t") == "s" else ""
            headers.append(Header(column, cell, table, column.get("name", ""), index))
    return headers


def write_headers(headers: list[Header], strings: Element, *, keep: bool) -> None:
    """Bring cells and columns in accord; with ``keep`` as they were before translation."""
    shared = strings.findall(f"{S}si") if strings is not None else []
    used: dict[Element, set[str]] = {}
    for header in headers:
        taken = used.setdefault(header.table, set())
        own = header.cell.find(f"{S}is")
        says = header.name
        at = int(header.index) if header.index.isdecimal() else -1
        if own is not None:
            says = string_text(own)
        elif 0 <= at < len(shared):
            says = string_text(shared[at])
        wanted = header.name.replace("_x000a_", "\n") if keep else _unique(says, taken)
        taken.add(wanted.casefold())
        header.column.set("name", wanted.replace("\n", "_x000a_"))
        if own is not None and wanted != says:
            set_string(own, wanted)
        elif own is None and strings is not None:
            if wanted != says:
                string = strings.makeelement(f"{S}si")
                strings.append(string)
                set_string(string, wanted)
                at = len(strings.findall(f"{S}si")) - 1
            value = header.cell.find(f"{S}v")
            if value is not None and at >= 0:
                value.text = str(at)


def _unique(name: str, taken: set[str]) -> str:
    name = name.strip() or "-"
    number, wanted = 2, name
    while wanted.casefold() in taken:
        wanted, number = f"{name} {number}", number + 1
    return wanted


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
