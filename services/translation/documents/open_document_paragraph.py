"""One paragraph of an OpenDocument text: mixed content becomes marks, and back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from foundation.languages import Language
from services.translation.documents.inline import Inline, Item, translated_items
from services.translation.documents.interface import Role, Segment, TranslatedSegment
from services.translation.documents.xml_parsing import (
    Element,
    clean,
    detach,
    empty_copy,
    order_pairs,
)

TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
FO: Final = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NO_FORMAT: Final = re.compile(r"\}(rsid|paragraph-rsid|language.*|country.*|rfc-language-tag.*)$")
_PAIRS: Final = {
    f"{TEXT}bookmark-end": f"{TEXT}bookmark-start",
    f"{TEXT}reference-mark-end": f"{TEXT}reference-mark-start",
}
_SPACE: Final = re.compile("[ \n\r\t]+")
_PIECE: Final = re.compile("\n|\t| +|[^\n\t ]+")


class SpanStyles:
    """What the automatic styles of spans change: many only say who wrote the words."""

    def __init__(self, roots: Iterable[Element]) -> None:
        self._keys: dict[str, str] = {}
        for root in roots:
            for style in root.iter(f"{_STYLE}style"):
                if style.getparent().tag == f"{OFFICE}automatic-styles":
                    self._keys.setdefault(style.get(f"{_STYLE}name", ""), _style_key(style))

    def key(self, span: Element) -> str:
        """Equal for spans that look alike; "" for one that changes nothing."""
        name = str(span.get(f"{TEXT}style-name", ""))
        return self._keys.get(name, name)


@dataclass(frozen=True, slots=True)
class _Span:
    element: Element


@dataclass(frozen=True, slots=True)
class _Opaque:
    element: Element


_Payload: TypeAlias = _Span | _Opaque


class OdtParagraph:
    """A ``text:p`` or ``text:h``."""

    def __init__(self, element: Element, role: Role, styles: SpanStyles) -> None:
        self._element = element
        self._styles = styles
        self._inline: Inline[_Payload] = Inline()
        self._pending: list[_Payload] = []
        self._format: str | None = None
        self._base, self._base_span = self._commonest()
        self._walk(element, top=True)
        self._settle(None)
        found = self._inline.segment(role)
        self.found = found is not None
        self.segment = found or Segment("")

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        items = translated_items(self.segment, self._inline.payloads, translation)
        for child in list(self._element):
            self._element.remove(child)
        self._element.text = None
        self._emit(self._element, items, self._base_span)
        order_pairs(self._element, _PAIRS, f"{TEXT}name")

    def _commonest(self) -> tuple[str, Element | None]:
        letters: Counter[str] = Counter({"": len((self._element.text or "").strip())})
        spans: dict[str, Element | None] = {"": None}
        for child in self._element:
            if child.tag == f"{TEXT}span":
                key = self._styles.key(child)
                spans.setdefault(key, child)
                letters[key] += len((child.text or "").strip())
            letters[""] += len((child.tail or "").strip())
        key = letters.most_common(1)[0][0]
        return key, spans[key]

    def _walk(self, holder: Element, *, top: bool) -> None:
        self._add(holder.text, "", None, top=top)
        for child in holder:
            if child.tag == f"{TEXT}span":
                key = self._styles.key(child)
                if key and _is_blank_line_to_fill(child):
                    self._add(" ", "", None, top=top)
                    self._pending.append(_Opaque(child))
                elif top and not len(child):
                    self._add(child.text, key, child, top=True)
                else:
                    self._open_span(child, top=top)
            elif child.tag == f"{TEXT}a":
                self._settle(None)
                self._inline.open(_Span(child))
                self._walk(child, top=False)
                self._settle(None)
                self._inline.close()
            elif child.tag == f"{TEXT}s":
                count = child.get(f"{TEXT}c", "1")
                self._add_sign(" " * min(int(count) if count.isdecimal() else 1, 1000))
            elif child.tag == f"{TEXT}tab":
                self._add_sign("\t")
            elif child.tag == f"{TEXT}line-break":
                self._add_sign("\n")
            elif child.tag != f"{TEXT}soft-page-break":
                self._keep(child)
            self._add(child.tail, "", None, top=top)

    def _open_span(self, span: Element, *, top: bool) -> None:
        """A span with something in it but text."""
        key = self._styles.key(span)
        if key == "" or (top and key == self._base):
            # Its text is in the paragraph's own format.
            self._settle(None)
            self._walk(span, top=False)
            self._settle(None)
            return
        self._settle(None)
        self._inline.open(_Span(span))
        self._walk(span, top=False)
        self._settle(None)
        self._inline.close()

    def _keep(self, child: Element) -> None:
        text = ""
        field = isinstance(child.tag, str) and child.tag.startswith(TEXT)
        if field and next(child.iter(f"{TEXT}p", f"{TEXT}h"), None) is None:
            text = _SPACE.sub(" ", clean("".join(child.itertext())))
        if text.strip():
            self._settle(None)
            self._inline.keep(_Opaque(child), text)
        else:
            self._pending.append(_Opaque(child))

    def _add_sign(self, sign: str) -> None:
        self._settle(self._format)
        self._inline.add(sign)

    def _add(self, text: str | None, key: str, span: Element | None, *, top: bool) -> None:
        """Text as a reader sees it: white space is one space, none at the start."""
        shown = _SPACE.sub(" ", clean(text or ""))
        after_space = self._inline.last[-1:] in " \n" or not self._inline.length
        after_line = self._pending and self._pending[-1].element.tag == f"{TEXT}span"
        if shown[:1] == " " and after_space and not after_line:
            shown = shown[1:]
        if not shown:
            return
        if not shown.strip():
            self._settle(self._format)
        else:
            self._settle(key if top else None, span)
        self._inline.add(shown)

    def _settle(self, wanted: str | None, span: Element | None = None) -> None:
        """Let the format be ``wanted`` from here on; points come before the change."""
        if wanted == self._base:
            wanted = None
        if wanted != self._format and self._format is not None:
            self._inline.close()
            self._format = None
        for payload in self._pending:
            self._inline.point(payload)
        self._pending.clear()
        if wanted != self._format:
            self._inline.open(_Span(empty_copy(self._element) if span is None else span))
            self._format = wanted

    def _emit(self, holder: Element, items: Sequence[Item[_Payload]], base: Element | None) -> None:
        for item in items:
            if isinstance(item, str):
                if base is None:
                    _write(holder, item)
                else:
                    span = empty_copy(base)
                    holder.append(span)
                    _write(span, item)
            elif isinstance(item.payload, _Opaque):
                holder.append(detach(item.payload.element))
            elif item.payload.element.tag == self._element.tag:
                self._emit(holder, item.items, None)  # plain text in a paragraph of spans
            else:
                copy = empty_copy(item.payload.element)
                holder.append(copy)
                link = copy.tag == f"{TEXT}a"
                self._emit(copy, item.items, base if link else None)


def _is_blank_line_to_fill(span: Element) -> bool:
    """Tabs or spaces in a format of their own: the line on which a form is filled in."""
    blanks = (f"{TEXT}tab", f"{TEXT}s")
    texts = [span.text, *(child.tail for child in span)]
    return (
        len(span) > 0
        and all(child.tag in blanks and not len(child) for child in span)
        and not any((text or "").strip() for text in texts)
    )


def _write(holder: Element, text: str) -> None:
    """Text as mixed content; spaces that would be lost become elements."""
    for found in _PIECE.finditer(clean(text)):
        piece = found[0]
        if piece in ("\n", "\t"):
            holder.append(
                holder.makeelement(f"{TEXT}line-break" if piece == "\n" else f"{TEXT}tab")
            )
        elif piece[0] == " ":
            literal = found.start() > 0 or len(holder) > 0 or not _begins(holder)
            count = len(piece) - int(literal)
            if literal:
                _append(holder, " ")
            if count:
                spaces = holder.makeelement(f"{TEXT}s")
                spaces.set(f"{TEXT}c", str(count))
                holder.append(spaces)
        else:
            _append(holder, piece)


def _begins(holder: Element) -> bool:
    """Does the paragraph begin with it, where a literal space would not show?"""
    if holder.text:
        return False
    while holder is not None and holder.tag not in (f"{TEXT}p", f"{TEXT}h"):
        parent = holder.getparent()
        if parent is None or parent.text or parent[0] is not holder:
            return False
        holder = parent
    return True


def _append(holder: Element, text: str) -> None:
    if len(holder):
        holder[-1].tail = (holder[-1].tail or "") + text
    else:
        holder.text = (holder.text or "") + text


def _style_key(style: Element) -> str:
    properties = style.find(f"{_STYLE}text-properties")
    shown = [] if properties is None else properties.attrib.items()
    parts = sorted(f"{name}={value}" for name, value in shown if not _NO_FORMAT.search(name))
    parent = style.get(f"{_STYLE}parent-style-name")
    return " ".join([*parts, *([f"parent={parent}"] if parent else [])])
