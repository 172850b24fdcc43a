"""Workbooks (xlsx, ECMA-376 part 1 §18): strings are edited where they are kept.

Numbers, dates, formulas and names of sheets stay. A library that reads a workbook and writes it
anew loses what it does not know (details of charts, images, slicers); here those are copied.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from foundation.languages import Language
from services.translation.documents.drawing_text import add_drawing_places
from services.translation.documents.interface import Role
from services.translation.documents.limits import DocumentLimits
from services.translation.documents.office_open_xml import OfficePackage
from services.translation.documents.places import PlacedDocument, Places, TextPlace, is_language
from services.translation.documents.spreadsheet_tables import (
    Header,
    find_headers,
    names_columns,
    write_headers,
)
from services.translation.documents.spreadsheet_text import S, StringPlace, string_text
from services.translation.documents.xml_parsing import Element

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIN: Final = "spreadsheetml.sheet.main+xml"
_SHEET: Final = "spreadsheetml.worksheet+xml"
_STRINGS: Final = "spreadsheetml.sharedStrings+xml"
_COMMENTS: Final = "spreadsheetml.comments+xml"
_THREADS: Final = "ms-excel.threadedcomments+xml"
_DRAWN: Final = (
    "officedocument.drawing+xml",
    "drawingml.chart+xml",
    "drawingml.diagramData+xml",
    "diagramDrawing+xml",
)
_THREAD: Final = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}text"
_NOTICE: Final = "[Threaded comment]"
# What stands after calcPr in a workbook, in the schema's order.
_AFTER_CALCULATION: Final = tuple(
    f"{S}{name}"
    for name in (
        "oleSize", "customWorkbookViews", "pivotCaches", "smartTagPr", "smartTagTypes",
        "webPublishing", "fileRecoveryPr", "webPublishObjects", "extLst",
    )
)  # fmt: skip


def open_spreadsheet(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """An xlsx document.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    package = OfficePackage(data, limits, _MAIN, "xlsx")
    places = Places(limits)
    strings: Element = None
    for _, root in package.parts(_STRINGS):
        strings = root
        _add_strings(root.findall(f"{S}si"), places, Role.CELL)
    headers: list[Header] = []
    formulas, structured = False, False
    for name, kind in package.types.items():
        if kind.endswith((_SHEET, "table+xml", _MAIN)):
            part = package.package.read(name)
            structured = structured or names_columns(part)
        if kind.endswith(_SHEET):
            formulas = formulas or b"<f" in part
            if b"inlineStr" in part:
                root = package.package.tree(name).getroot()
                _add_strings(root.iter(f"{S}is"), places, Role.CELL)
            headers += find_headers(package, name)
    for _, root in package.parts(*_DRAWN):
        add_drawing_places(root, places)
    for _, root in package.parts(_COMMENTS):
        texts = [t for t in root.iter(f"{S}text") if not string_text(t).startswith(_NOTICE)]
        _add_strings(texts, places, Role.NOTE)
    for _, root in package.parts(_THREADS):
        for text in root.iter(_THREAD):
            if is_language(text.text):
                places.add(TextPlace(text, Role.NOTE))
    workbooks = [root for _, root in package.parts(_MAIN)]
    own_strings = 0 if strings is None else len(strings.findall(f"{S}si"))

    def write(target: Language) -> bytes:
        if strings is not None:
            for added in strings.findall(f"{S}si")[own_strings:]:  # by an earlier call
                strings.remove(added)
        write_headers(headers, strings, keep=structured)
        if strings is not None:
            strings.attrib.pop("count", None)
            strings.attrib.pop("uniqueCount", None)
        if formulas:
            for workbook in workbooks:
                _recalculate(workbook)
        package.say_language(target)
        return package.package.write()

    return PlacedDocument(places, write, file_name, MEDIA_TYPE)


def _add_strings(elements: Iterable[Element], places: Places, role: Role) -> None:
    for element in elements:
        place = StringPlace(element, role)
        if place.found:
            places.add(place)


def _recalculate(workbook: Element) -> None:
    """Results of formulas were kept with the old texts in them."""
    calculation = workbook.find(f"{S}calcPr")
    if calculation is None:
        calculation = workbook.makeelement(f"{S}calcPr")
        following = next((c for c in workbook if c.tag in _AFTER_CALCULATION), None)
        if following is None:
            workbook.append(calculation)
        else:
            following.addprevious(calculation)
    calculation.set("fullCalcOnLoad", "1")
