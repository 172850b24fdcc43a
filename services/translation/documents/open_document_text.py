"""OpenDocument texts (odt, OASIS ODF 1.3 part 3): content and styles are edited."""

from __future__ import annotations

from typing import Final

from foundation.languages import Language
from services.translation.documents.interface import Role
from services.translation.documents.limits import DocumentLimits, refused
from services.translation.documents.open_document_paragraph import (
    FO,
    OFFICE,
    TEXT,
    OdtParagraph,
    SpanStyles,
)
from services.translation.documents.package import Package
from services.translation.documents.places import (
    LANGUAGE_TAGS,
    PlacedDocument,
    Places,
    TextPlace,
    is_language,
)
from services.translation.documents.xml_parsing import Element

MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.text"
_STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_SVG: Final = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_TABLE_CELL: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table-cell"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_MANIFEST: Final = "META-INF/manifest.xml"
_SIGNATURES: Final = ("META-INF/documentsignatures.xml", "META-INF/macrosignatures.xml")
_NOTES: Final = (f"{TEXT}note-body", f"{OFFICE}annotation")


def open_odt(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """An odt document.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    package = Package(data, limits)
    names = package.names()
    if "mimetype" not in names or package.read("mimetype").strip() != MEDIA_TYPE.encode():
        raise refused("the file is no odt document, whatever its ending says")
    if _MANIFEST in names and b"encryption-data" in package.read(_MANIFEST):
        raise refused("the document is encrypted: save it without a password")
    if any(name.startswith(("Basic/", "Scripts/")) for name in names):
        raise refused("the document holds macros: save it without them")
    for name in _SIGNATURES:
        package.drop(name)
    places = Places(limits)
    texts = ["content.xml", *(n for n in names if n.endswith("/content.xml")), "styles.xml"]
    roots = [package.tree(name).getroot() for name in texts if name in names]
    if not roots or "content.xml" not in names:
        raise refused("the document lacks 'content.xml'")
    styles = SpanStyles(roots)
    for root in roots:
        _add_part(root, places, styles)
    meta = package.tree("meta.xml").getroot() if "meta.xml" in names else None

    def write(target: Language) -> bytes:
        for root in roots:
            _say_language(root, target)
        holder = None if meta is None else meta.find(f"{OFFICE}meta")
        if holder is not None:
            said = holder.find(f"{_DC}language")
            if said is None:
                said = holder.makeelement(f"{_DC}language")
                holder.append(said)
            said.text = LANGUAGE_TAGS[target]
        return package.write()

    return PlacedDocument(places, write, file_name, MEDIA_TYPE)


def _add_part(root: Element, places: Places, styles: SpanStyles) -> None:
    for element in root.iter(f"{TEXT}p", f"{TEXT}h", f"{_SVG}title", f"{_SVG}desc"):
        if element.tag in (f"{_SVG}title", f"{_SVG}desc"):
            if is_language(element.text) and not len(element):
                places.add(TextPlace(element, Role.LABEL))
            continue
        if not element.text and not len(element):
            continue
        if next(element.iterancestors(f"{TEXT}tracked-changes"), None) is not None:
            continue
        role = Role.HEADING if element.tag == f"{TEXT}h" else Role.PARAGRAPH
        if next(element.iterancestors(*_NOTES), None) is not None:
            role = Role.NOTE
        elif element.getparent().tag == _TABLE_CELL:
            role = Role.CELL
        place = OdtParagraph(element, role, styles)
        if place.found:
            places.add(place)


def _say_language(root: Element, target: Language) -> None:
    language, country = LANGUAGE_TAGS[target].split("-")
    for style in root.iter(f"{_STYLE}default-style"):
        properties = style.find(f"{_STYLE}text-properties")
        if properties is not None and style.get(f"{_STYLE}family") == "paragraph":
            properties.set(f"{FO}language", language)
            properties.set(f"{FO}country", country)
    for properties in root.iter(f"{_STYLE}text-properties"):
        if properties.get(f"{FO}language", "none") not in ("none", "zxx"):
            properties.set(f"{FO}language", language)
            properties.set(f"{FO}country", country)
