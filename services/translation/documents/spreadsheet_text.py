"""A string of a workbook (CT_Rst, ECMA-376 part 1 §18.4): plain, or runs in several formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from typing import Final

from foundation.languages import Language
from services.translation.documents.inline import Inline, Item, translated_items
from services.translation.documents.interface import Role, Segment, TranslatedSegment
from services.translation.documents.xml_parsing import XML, Element, Look, clean, look

S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class StringPlace:
    """An ``si``, an ``is``, or the text of a comment; payloads are the formats of runs."""

    def __init__(self, element: Element, role: Role) -> None:
        self._element = element
        self._inline: Inline[Element | None] = Inline()
        self._runs = element.find(f"{S}r") is not None
        self._base: Element | None = None
        self._read()
        found = self._inline.segment(role)
        self.found = found is not None
        self.segment = found or Segment("")

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        items = translated_items(self.segment, self._inline.payloads, translation)
        for child in list(self._element):
            if child.tag in (f"{S}t", f"{S}r", f"{S}rPh"):
                self._element.remove(child)
        holder = self._element
        written = [holder.makeelement(f"{S}t")] if not self._runs else []
        if written:
            _write(written[0], translation.text)
        else:
            self._emit(items, self._base, written)
        for at, element in enumerate(written):
            holder.insert(at, element)

    def _read(self) -> None:
        if not self._runs:
            self._inline.add(string_text(self._element))
            return
        runs = self._element.findall(f"{S}r")
        letters: Counter[Look] = Counter()
        for run in runs:
            letters[_key(run)] += len((run.findtext(f"{S}t") or "").strip())
        base = letters.most_common(1)[0][0]
        current = base
        for run in runs:
            text, key = clean(run.findtext(f"{S}t") or ""), _key(run)
            if key == base and self._base is None:
                self._base = run.find(f"{S}rPr")
            if text.strip() and key != current:
                if current != base:
                    self._inline.close()
                if key != base:
                    self._inline.open(run.find(f"{S}rPr"))
                current = key
            self._inline.add(text)
        if current != base:
            self._inline.close()

    def _emit(
        self,
        items: Sequence[Item[Element | None]],
        properties: Element | None,
        written: list[Element],
    ) -> None:
        for item in items:
            if not isinstance(item, str):
                self._emit(item.items, item.payload, written)
                continue
            run = self._element.makeelement(f"{S}r")
            if properties is not None:
                run.append(deepcopy(properties))
            text = run.makeelement(f"{S}t")
            run.append(text)
            _write(text, item)
            written.append(run)


def string_text(element: Element) -> str:
    """What a string says, all runs together."""
    texts = [element.findtext(f"{S}t") or ""]
    texts += [run.findtext(f"{S}t") or "" for run in element.findall(f"{S}r")]
    return clean("".join(texts))


def set_string(element: Element, text: str) -> None:
    """Make it a plain string."""
    for child in list(element):
        element.remove(child)
    written = element.makeelement(f"{S}t")
    element.append(written)
    _write(written, text)


def _write(element: Element, text: str) -> None:
    element.text = clean(text)
    element.set(f"{XML}space", "preserve")


def _key(run: Element) -> Look:
    """Equal for runs that look alike."""
    properties = run.find(f"{S}rPr")
    if properties is None:
        return ()
    return tuple(sorted(look(child) for child in properties if isinstance(child.tag, str)))
