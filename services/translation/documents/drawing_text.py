"""Text of drawings (DrawingML, ECMA-376 part 1 §21.1.2): slides, charts, diagrams, shapes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, TypeAlias

from foundation.languages import Language
from services.translation.documents.inline import Inline, Item, translated_items
from services.translation.documents.interface import Role, Segment, TranslatedSegment
from services.translation.documents.places import (
    LANGUAGE_TAGS,
    Places,
    TextPlace,
    add_label,
    is_language,
)
from services.translation.documents.xml_parsing import Element, Look, clean, detach, look

A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_NO_FORMAT: Final = ("lang", "altLang", "dirty", "err", "smtClean", "noProof", "bmk")


@dataclass(frozen=True, slots=True)
class _Format:
    properties: Element | None


@dataclass(frozen=True, slots=True)
class _Opaque:
    element: Element


_Payload: TypeAlias = _Format | _Opaque


def add_drawing_places(
    root: Element,
    places: Places,
    role_of: Callable[[Element], Role | None] = lambda _: Role.PARAGRAPH,
) -> None:
    """All text in a part: paragraphs, names in a chart, descriptions of pictures.

    Args:
        root: the part's.
        places: where they are added.
        role_of: says the role of a paragraph; None: it is left out.
    """
    for element in root.iter(f"{A}p", f"{_C}strCache", "{*}cNvPr"):
        if element.tag == f"{A}p":
            role = role_of(element)
            place = None if role is None else DrawingPlace(element, role)
            if place is not None and place.found:
                places.add(place)
        elif element.tag == f"{_C}strCache":
            for value in element.iter(f"{_C}v"):
                if is_language(value.text):
                    places.add(TextPlace(value, Role.LABEL))
        else:
            add_label(places, element, "descr")


class DrawingPlace:
    """An ``a:p``."""

    def __init__(self, element: Element, role: Role) -> None:
        self._element = element
        self._inline: Inline[_Payload] = Inline()
        self._base, self._base_properties = _commonest_format(element)
        self._read()
        found = self._inline.segment(role)
        self.found = found is not None
        self.segment = found or Segment("")

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        items = translated_items(self.segment, self._inline.payloads, translation)
        last = self._element.find(f"{A}endParaRPr")
        for child in list(self._element):
            if child.tag not in (f"{A}pPr", f"{A}endParaRPr"):
                self._element.remove(child)
        self._emit(items, self._base_properties, LANGUAGE_TAGS[target])
        if last is not None:
            last.set("lang", LANGUAGE_TAGS[target])
            self._element.append(detach(last))

    def _read(self) -> None:
        current: Look | None = None
        for child in self._element:
            if child.tag in (f"{A}pPr", f"{A}endParaRPr"):
                continue
            if child.tag == f"{A}br":
                self._inline.add("\n")
                continue
            text = child.findtext(f"{A}t") or ""
            if child.tag == f"{A}r" and not text.strip():
                self._inline.add(_cleaned(text))
                continue
            key = None
            properties = child.find(f"{A}rPr")
            if child.tag == f"{A}r":
                key = _format_key(properties)
                key = None if key == self._base else key
            if key != current and current is not None:
                self._inline.close()
            if key != current and key is not None:
                self._inline.open(_Format(properties))
            current = key
            if child.tag == f"{A}r":
                self._inline.add(_cleaned(text))
            else:
                self._inline.keep(_Opaque(child), _cleaned(text))
        if current is not None:
            self._inline.close()

    def _emit(self, items: Sequence[Item[_Payload]], properties: Element | None, tag: str) -> None:
        for item in items:
            if isinstance(item, str):
                self._emit_text(item, properties, tag)
            elif isinstance(item.payload, _Opaque):
                self._element.append(detach(item.payload.element))
            else:
                self._emit(item.items, item.payload.properties, tag)

    def _emit_text(self, text: str, properties: Element | None, tag: str) -> None:
        for number, line in enumerate(clean(text).split("\n")):
            if number:
                self._add("br", properties, tag)
            if line:
                written = self._element.makeelement(f"{A}t")
                written.text = line
                self._add("r", properties, tag).append(written)

    def _add(self, name: str, properties: Element | None, tag: str) -> Element:
        element = self._element.makeelement(f"{A}{name}")
        self._element.append(element)
        copy = element.makeelement(f"{A}rPr") if properties is None else deepcopy(properties)
        copy.set("lang", tag)
        element.append(copy)
        return element


def _cleaned(text: str) -> str:
    return clean(text).replace("\n", " ").replace("\v", "\n")


def _commonest_format(element: Element) -> tuple[Look, Element | None]:
    letters: Counter[Look] = Counter()
    properties: dict[Look, Element | None] = {}
    for run in element.findall(f"{A}r"):
        own = run.find(f"{A}rPr")
        key = _format_key(own)
        properties.setdefault(key, own)
        letters[key] += len((run.findtext(f"{A}t") or "").strip())
    if not letters:
        return (), None
    key = letters.most_common(1)[0][0]
    return key, properties[key]


def _format_key(properties: Element | None) -> Look:
    """Equal for runs that look alike."""
    if properties is None:
        return ()
    _, attributes, _, *children = look(properties)
    shown = tuple((name, value) for name, value in attributes if name not in _NO_FORMAT)
    return (shown, *children) if shown or children else ()
