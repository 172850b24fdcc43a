"""Word documents (docx, ECMA-376 part 1 §17): the parts are edited, all else stays as it is."""

from __future__ import annotations

from typing import Final

from foundation.languages import Language
from services.translation.documents.drawing_text import add_drawing_places
from services.translation.documents.interface import Role, Segment, TranslatedSegment
from services.translation.documents.limits import DocumentLimits
from services.translation.documents.office_open_xml import OfficePackage
from services.translation.documents.places import (
    LANGUAGE_TAGS,
    PlacedDocument,
    Places,
    add_label,
)
from services.translation.documents.word_paragraph import MC, W, WordParagraph
from services.translation.documents.xml_parsing import Element

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PARTS: Final = tuple(
    f"wordprocessingml.{part}+xml"
    for part in ("document.main", "header", "footer", "footnotes", "endnotes", "comments")
)
_NOTES: Final = _PARTS[3:]
_STYLES: Final = ("wordprocessingml.styles+xml", "wordprocessingml.settings+xml")
_DRAWN: Final = ("drawingml.chart+xml", "drawingml.diagramData+xml", "diagramDrawing+xml")
_DOC_PR: Final = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"


class _WordPlace:
    """A paragraph, and its copies in the fallback of a text box."""

    def __init__(self, paragraph: WordParagraph, segment: Segment) -> None:
        self.segment = segment
        self._paragraphs = [(paragraph, segment)]

    def add_copy(self, paragraph: WordParagraph, segment: Segment) -> None:
        """The same text once more, for programs that do not know the box's format."""
        self._paragraphs.append((paragraph, segment))

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        for paragraph, segment in self._paragraphs:
            paragraph.put(segment, translation, LANGUAGE_TAGS[target])


def open_word(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """A docx document.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    package = OfficePackage(data, limits, _PARTS[0], "docx")
    places = Places(limits)
    roots = []
    for part in _PARTS:
        for name, root in package.parts(part):
            roots.append(root)
            note = package.types[name].endswith(_NOTES)
            _add_part(root, places, Role.NOTE if note else Role.PARAGRAPH)
    for _, root in package.parts(*_DRAWN):
        add_drawing_places(root, places)
    roots += [root for _, root in package.parts(*_STYLES)]

    def write(target: Language) -> bytes:
        for root in roots:
            _say_language(root, LANGUAGE_TAGS[target])
        package.say_language(target)
        return package.package.write()

    return PlacedDocument(places, write, file_name, MEDIA_TYPE)


def _add_part(root: Element, places: Places, role: Role) -> None:
    boxes: dict[tuple[Element, str], _WordPlace] = {}
    for element in root.iter(f"{W}p", _DOC_PR):
        if element.tag == _DOC_PR:
            for name in ("title", "descr"):
                add_label(places, element, name)
            continue
        if next(element.iter(f"{W}t"), None) is None:
            continue
        paragraph = WordParagraph(element)
        segment = paragraph.inline.segment(_role(element, role))
        if segment is None:
            continue
        place = _WordPlace(paragraph, segment)
        branch = next(element.iterancestors(f"{MC}Choice", f"{MC}Fallback"), None)
        if branch is not None:
            key = (branch.getparent(), segment.text)
            if branch.tag == f"{MC}Choice":
                boxes.setdefault(key, place)
            elif key in boxes:
                boxes[key].add_copy(paragraph, segment)
                continue
        places.add(place)


def _role(paragraph: Element, role: Role) -> Role:
    if role is not Role.PARAGRAPH:
        return role
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    name = "" if style is None else style.get(f"{W}val", "").lower()
    if name.startswith(("heading", "title", "subtitle")) or name.isdigit():
        return Role.HEADING
    parent = paragraph.getparent()
    return Role.CELL if parent is not None and parent.tag == f"{W}tc" else role


def _say_language(root: Element, tag: str) -> None:
    for language in root.iter(f"{W}lang", f"{W}themeFontLang"):
        language.set(f"{W}val", tag)
    if root.tag != f"{W}styles":
        return
    properties = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
    if properties is not None and properties.find(f"{W}lang") is None:
        language = properties.makeelement(f"{W}lang")
        language.set(f"{W}val", tag)
        properties.append(language)
