"""Presentations (pptx, ECMA-376 part 1 §19): the parts are edited, all else stays as it is."""

from __future__ import annotations

from typing import Final

from foundation.languages import Language
from services.translation.documents.drawing_text import A, add_drawing_places
from services.translation.documents.interface import Role
from services.translation.documents.limits import DocumentLimits
from services.translation.documents.office_open_xml import OfficePackage
from services.translation.documents.places import (
    LANGUAGE_TAGS,
    PlacedDocument,
    Places,
    TextPlace,
    is_language,
)
from services.translation.documents.xml_parsing import Element

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_SLIDE: Final = "presentationml.slide+xml"
_NOTES: Final = "presentationml.notesSlide+xml"
_COMMENTS: Final = ("presentationml.comments+xml", "ms-powerpoint.comments+xml")
_MASTERS: Final = (
    "presentationml.slideLayout+xml",
    "presentationml.slideMaster+xml",
    "presentationml.notesMaster+xml",
    "presentationml.handoutMaster+xml",
)
_DRAWN: Final = ("drawingml.chart+xml", "drawingml.diagramData+xml", "diagramDrawing+xml")
_TITLES: Final = ("title", "ctrTitle", "subTitle")
_FIXED: Final = ("sldNum", "dt")


def open_slides(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """A pptx document.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    package = OfficePackage(data, limits, "presentationml.presentation.main+xml", "pptx")
    places = Places(limits)
    roots = []
    for _, root in package.parts(_SLIDE):
        roots.append(root)
        _add_shapes(root, places, Role.PARAGRAPH)
    for _, root in package.parts(*_DRAWN):
        roots.append(root)
        add_drawing_places(root, places)
    for _, root in package.parts(_NOTES):
        roots.append(root)
        _add_shapes(root, places, Role.NOTE)
    for _, root in package.parts(*_MASTERS):
        # Their placeholders are shown to authors only; what else they hold is on every slide.
        roots.append(root)
        add_drawing_places(
            root, places, lambda p: Role.PARAGRAPH if _placeholder(p) is None else None
        )
    for _, root in package.parts(*_COMMENTS):
        add_drawing_places(root, places, lambda _: Role.NOTE)
        for text in root.iter(f"{_P}text"):
            if is_language(text.text):
                places.add(TextPlace(text, Role.NOTE))
    roots += [root for _, root in package.parts("presentationml.presentation.main+xml")]

    def write(target: Language) -> bytes:
        for root in roots:
            for element in root.iter(f"{A}rPr", f"{A}endParaRPr", f"{A}defRPr"):
                if "lang" in element.attrib:
                    element.set("lang", LANGUAGE_TAGS[target])
        package.say_language(target)
        return package.package.write()

    return PlacedDocument(places, write, file_name, MEDIA_TYPE)


def _add_shapes(root: Element, places: Places, role: Role) -> None:
    """Text of a slide, titles named as such, cells of tables as well."""

    def role_of(paragraph: Element) -> Role | None:
        kind = _placeholder(paragraph)
        if kind in _FIXED:
            return None
        if role is Role.NOTE:
            return role
        if kind in _TITLES:
            return Role.TITLE
        return role if next(paragraph.iterancestors(f"{A}tc"), None) is None else Role.CELL

    add_drawing_places(root, places, role_of)


def _placeholder(paragraph: Element) -> str | None:
    """The kind of placeholder that a paragraph stands in; "" if it says none, None: in none."""
    for shape in paragraph.iterancestors(f"{_P}sp"):
        holder = shape.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
        return None if holder is None else holder.get("type", "")
    return None
