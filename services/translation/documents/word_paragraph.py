"""One paragraph of a Word document: runs become marks, and marks become runs again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.translation.documents.inline import Held, Inline, Item, translated_items
from services.translation.documents.interface import Segment, TranslatedSegment
from services.translation.documents.xml_parsing import (
    XML,
    Element,
    Look,
    clean,
    detach,
    empty_copy,
    look,
    order_pairs,
)

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_W14: Final = "{http://schemas.microsoft.com/office/word/2010/wordml}"

_WRAPPERS: Final = frozenset(
    f"{W}{name}" for name in ("hyperlink", "smartTag", "customXml", "dir", "bdo")
)
_ACCEPTED: Final = frozenset(f"{W}{name}" for name in ("ins", "moveTo"))
_DROPPED: Final = frozenset(
    f"{W}{name}"
    for name in (
        "pPr", "del", "moveFrom", "proofErr", "moveFromRangeStart", "moveFromRangeEnd",
        "moveToRangeStart", "moveToRangeEnd",
    )
)  # fmt: skip
_IN_RUN_DROPPED: Final = frozenset(
    f"{W}{name}" for name in ("rPr", "lastRenderedPageBreak", "softHyphen", "delText")
)
_FIXED_CONTROLS: Final = (
    f"{W}date",
    f"{W}dropDownList",
    f"{W}comboBox",
    f"{W}picture",
    f"{_W14}checkbox",
    f"{W}dataBinding",
)
_NO_FORMAT: Final = (f"{W}lang", f"{W}noProof", f"{W}rPrChange", f"{W}ins", f"{W}del")
_PAIRS: Final = {f"{W}{name}End": f"{W}{name}Start" for name in ("bookmark", "commentRange")} | {
    f"{W}permEnd": f"{W}permStart"
}
_PIECE: Final = re.compile("[^\n\t\u2011]+|[\n\t\u2011]")
_SIGNS: Final = {"\n": f"{W}br", "\t": f"{W}tab", "\u2011": f"{W}noBreakHyphen"}


@dataclass(frozen=True, slots=True)
class _Format:
    """A range in another format than the paragraph's own."""

    properties: Element | None


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """A link, a content control: an element around runs."""

    element: Element


@dataclass(frozen=True, slots=True)
class _FieldLink:
    """A link made of field characters: what comes before the text, what after it."""

    before: tuple[Element, ...]
    after: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class _Opaque:
    """Elements of the paragraph that stay as they are."""

    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class _InRun:
    """Elements of a run that stay as they are."""

    properties: Element | None
    elements: tuple[Element, ...]


_Payload: TypeAlias = _Format | _Wrapper | _FieldLink | _Opaque | _InRun


class WordParagraph:
    """A ``w:p``; ``inline`` is what it holds."""

    def __init__(self, element: Element) -> None:
        self._element = element
        self.inline: Inline[_Payload] = Inline()
        self._pending: list[_Payload] = []
        self._format: Look | None = None
        self._base, self._base_properties = _commonest_format(element)
        self._walk(list(element))
        self._settle(None)

    def put(self, segment: Segment, translation: TranslatedSegment, tag: str) -> None:
        """Replace the contents by a translation in the language ``tag``."""
        items = translated_items(segment, self.inline.payloads, translation)
        for child in list(self._element):
            if child.tag != f"{W}pPr":
                self._element.remove(child)
        self._emit(self._element, items, self._base_properties, tag)
        order_pairs(self._element, _PAIRS, f"{W}id")

    # Reading.

    def _walk(self, children: Sequence[Element]) -> None:
        ends = _field_ends(children)
        at = 0
        while at < len(children):
            child = children[at]
            if at in ends:
                self._field(children[at : ends[at] + 1])
                at = ends[at] + 1
                continue
            at += 1
            if child.tag in _DROPPED:
                continue
            if child.tag == f"{W}r":
                self._run(child)
            elif child.tag in _ACCEPTED:
                self._walk(list(child))
            elif child.tag in _WRAPPERS:
                self._wrap(_Wrapper(child), list(child))
            elif child.tag == f"{W}sdt" and not _is_fixed(child):
                content = child.find(f"{W}sdtContent")
                self._wrap(_Wrapper(child), [] if content is None else list(content))
            else:
                self._keep(_Opaque((child,)), _text_of(child))

    def _wrap(self, payload: _Payload, children: Sequence[Element]) -> None:
        self._settle(None)
        self.inline.open(payload)
        self._walk(children)
        self._settle(None)
        self.inline.close()

    def _keep(self, payload: _Payload, text: str) -> None:
        if text.strip():
            self._settle(None)
            self.inline.keep(payload, text)
        else:
            self._pending.append(payload)

    def _field(self, elements: Sequence[Element]) -> None:
        """A whole field: a link's text is translated, another's result is kept."""
        instruction = "".join(
            found.text or "" for one in elements for found in one.iter(f"{W}instrText")
        )
        separators = [at for at, one in enumerate(elements) if _field_character(one, "separate")]
        begins = [at for at, one in enumerate(elements) if _field_character(one, "begin")]
        simple = len(separators) == 1 and len(begins) == 1
        if simple and instruction.split()[:1] == ["HYPERLINK"]:
            cut = separators[0] + 1
            link = _FieldLink(tuple(elements[:cut]), (elements[-1],))
            self._wrap(link, elements[cut:-1])
        else:
            shown = elements[separators[0] + 1 :] if separators else []
            self._keep(_Opaque(tuple(elements)), "".join(_text_of(one) for one in shown))

    def _run(self, run: Element) -> None:
        properties = run.find(f"{W}rPr")
        if _is_blank_line_to_fill(run, properties):
            if not self.inline.last[-1:].isspace():
                self._settle(None)
                self.inline.add(" ")
            self._pending.append(_InRun(properties, tuple(c for c in run if c.tag != f"{W}rPr")))
            return
        for child in run:
            text = _text_in_run(child)
            if text is None:
                if child.tag not in _IN_RUN_DROPPED:
                    self._pending.append(_InRun(properties, (child,)))
            elif text:
                if text.strip():
                    self._settle(_format_key(properties), properties)
                else:
                    self._settle(self._format)  # the format of white space is not seen
                self.inline.add(text)

    def _settle(self, wanted: Look | None, properties: Element | None = None) -> None:
        """Let the format be ``wanted`` from here on; points come before the change.

        A point at the end of a range stands after it: a bookmark's end is no part of bold text.
        """
        if wanted == self._base:
            wanted = None
        if wanted != self._format and self._format is not None:
            self.inline.close()
            self._format = None
        for payload in self._pending:
            self.inline.point(payload)
        self._pending.clear()
        if wanted != self._format:
            self.inline.open(_Format(properties))
            self._format = wanted

    # Writing.

    def _emit(
        self,
        holder: Element,
        items: Sequence[Item[_Payload]],
        properties: Element | None,
        tag: str,
    ) -> None:
        for item in items:
            if isinstance(item, str):
                _emit_text(holder, item, properties, tag)
            else:
                self._emit_held(holder, item, properties, tag)

    def _emit_held(
        self, holder: Element, item: Held[_Payload], properties: Element | None, tag: str
    ) -> None:
        payload = item.payload
        match payload:
            case _Format():
                self._emit(holder, item.items, payload.properties, tag)
            case _Wrapper(element):
                copy = empty_copy(element)
                holder.append(copy)
                if element.tag == f"{W}sdt":
                    for child in element:
                        if child.tag != f"{W}sdtContent":
                            copy.append(deepcopy(child))
                    content = copy.makeelement(f"{W}sdtContent")
                    copy.append(content)
                    copy = content
                self._emit(copy, item.items, properties, tag)
            case _FieldLink(before, after):
                for element in before:
                    holder.append(detach(element))
                self._emit(holder, item.items, properties, tag)
                for element in after:
                    holder.append(detach(element))
            case _Opaque(elements):
                for element in elements:
                    holder.append(detach(element))
            case _InRun(run_properties, elements):
                run = _new_run(holder, run_properties)
                for element in elements:
                    run.append(detach(element))


def _emit_text(holder: Element, text: str, properties: Element | None, tag: str) -> None:
    text = clean(text)
    if not text:
        return
    run = _new_run(holder, properties, tag)
    for found in _PIECE.finditer(text):
        piece = found[0]
        element = run.makeelement(_SIGNS.get(piece, f"{W}t"))
        run.append(element)
        if piece not in _SIGNS:
            element.text = piece
            element.set(f"{XML}space", "preserve")


def _new_run(holder: Element, properties: Element | None, tag: str | None = None) -> Element:
    run = holder.makeelement(f"{W}r")
    holder.append(run)
    if properties is not None:
        copy = deepcopy(properties)
        for name in (f"{W}rPrChange", f"{W}ins", f"{W}del"):
            for change in copy.findall(name):
                copy.remove(change)
        language = copy.find(f"{W}lang")
        if language is not None and tag is not None:
            language.set(f"{W}val", tag)
        run.append(copy)
    return run


def _runs(element: Element) -> Iterator[Element]:
    """The runs whose text is the paragraph's own, not a text box's."""
    for child in element:
        if child.tag == f"{W}r":
            yield child
        elif child.tag in _WRAPPERS or child.tag in _ACCEPTED:
            yield from _runs(child)
        elif child.tag == f"{W}sdt":
            for content in child.findall(f"{W}sdtContent"):
                yield from _runs(content)


def _commonest_format(element: Element) -> tuple[Look, Element | None]:
    """The format of most letters."""
    letters: Counter[Look] = Counter()
    properties: dict[Look, Element | None] = {}
    for run in _runs(element):
        own = run.find(f"{W}rPr")
        key = _format_key(own)
        properties.setdefault(key, own)
        letters[key] += sum(len((text.text or "").strip()) for text in run.findall(f"{W}t"))
    if not letters:
        return (), None
    key = letters.most_common(1)[0][0]
    return key, properties[key]


def _format_key(properties: Element | None) -> Look:
    """Equal for runs that look alike."""
    if properties is None:
        return ()
    shown = (c for c in properties if isinstance(c.tag, str) and c.tag not in _NO_FORMAT)
    return tuple(sorted(map(look, shown)))


def _text_in_run(child: Element) -> str | None:
    """What a run's child says; None: it is no text."""
    if child.tag == f"{W}t":
        return clean(child.text or "").replace("\n", " ").replace("\t", " ")
    if child.tag in (f"{W}tab", f"{W}cr"):
        return "\t" if child.tag == f"{W}tab" else "\n"
    if child.tag == f"{W}br" and child.get(f"{W}type", "textWrapping") == "textWrapping":
        return "\n"
    return "\u2011" if child.tag == f"{W}noBreakHyphen" else None


def _text_of(element: Element) -> str:
    """All text in it but that of paragraphs in it."""
    if next(element.iter(f"{W}p"), None) is not None:
        return ""
    return "".join(found.text or "" for found in element.iter(f"{W}t"))


def _is_blank_line_to_fill(run: Element, properties: Element | None) -> bool:
    """Underlined white space: the line on which a form is filled in."""
    if properties is None or properties.find(f"{W}u") is None:
        return False
    texts = [_text_in_run(child) for child in run if child.tag != f"{W}rPr"]
    if not texts or None in texts:
        return False
    text = "".join(text or "" for text in texts)
    return text.isspace() and (len(text) > 1 or "\t" in text) and "\n" not in text


def _is_fixed(control: Element) -> bool:
    """A content control whose text is chosen, not written."""
    properties = control.find(f"{W}sdtPr")
    return properties is not None and any(
        properties.find(name) is not None for name in _FIXED_CONTROLS
    )


def _field_character(run: Element, kind: str) -> bool:
    return run.tag == f"{W}r" and any(
        found.get(f"{W}fldCharType") == kind for found in run.findall(f"{W}fldChar")
    )


def _field_ends(children: Sequence[Element]) -> dict[int, int]:
    """Where fields begin and end among the runs of one holder, outermost ones only."""
    ends: dict[int, int] = {}
    begun: list[int] = []
    for at, child in enumerate(children):
        if child.tag != f"{W}r":
            continue
        for found in child.findall(f"{W}fldChar"):
            kind = found.get(f"{W}fldCharType")
            if kind == "begin":
                begun.append(at)
            elif kind == "end" and begun:
                ends[begun.pop()] = at
    return ends
