"""TTML, IMSC and EBU-TT-D files: the texts of paragraphs are edited, all else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds
from services.translation.documents.cue_groups import SourceCue, group_cues
from services.translation.documents.inline import Inline, Item
from services.translation.documents.limits import DocumentLimits, check_limit, refused
from services.translation.documents.places import PlacedDocument, Places
from services.translation.documents.xml_parsing import (
    XML,
    Element,
    clean,
    detach,
    empty_copy,
    parse_xml,
    write_xml,
)

MEDIA_TYPE: Final = "application/ttml+xml"
_SPACE: Final = re.compile("[ \t\n\r]+")
_CLOCK: Final = re.compile(r"(\d{1,6}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?(?::\d{1,3}(?:\.\d+)?)?")
_OFFSET: Final = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s)")
_SECONDS: Final = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 1000),
}


@dataclass(frozen=True, slots=True)
class _Node:
    """A span, or an element that stays as it is; equal to others that look alike."""

    look: tuple[tuple[str, str], ...]
    element: Element = field(compare=False)


def _node(element: Element) -> _Node:
    shown = sorted((k, v) for k, v in element.attrib.items() if k != f"{XML}id")
    # What has times of its own is like nothing else.
    timed = str(id(element)) if {"begin", "end", "dur"} & set(element.attrib) else ""
    return _Node(((timed, str(element.tag)), *shown), element)


def open_ttml(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """A TTML file of any profile.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    check_limit("bytes of XML", len(data), limits.xml_bytes)
    tree = parse_xml(data, "the file")
    root = tree.getroot()
    if _local(root) != "tt":
        raise refused("the file is no TTML: its root is not tt")
    namespace = root.tag[: root.tag.rfind("}") + 1]
    cues = [_cue(paragraph, namespace) for paragraph in root.iter(f"{namespace}p")]
    places = Places(limits)
    for group in group_cues(cues):
        places.add(group)

    def write(target: Language) -> bytes:
        root.set(f"{XML}lang", target)
        for element in root.iter():
            if element.get(f"{XML}lang"):
                element.set(f"{XML}lang", target)
        return write_xml(tree)

    return PlacedDocument(places, write, file_name, MEDIA_TYPE)


def _cue(paragraph: Element, namespace: str) -> SourceCue[_Node]:
    inline: Inline[_Node] = Inline()
    keep_space = next(
        (
            one.get(f"{XML}space") == "preserve"
            for one in (paragraph, *paragraph.iterancestors())
            if one.get(f"{XML}space")
        ),
        False,
    )
    _read(paragraph, inline, namespace, keep_space=keep_space)

    def write(items: Sequence[Item[_Node]]) -> None:
        for child in list(paragraph):
            paragraph.remove(child)
        paragraph.text = None
        _emit(paragraph, items, namespace)

    timed = any("begin" in one.attrib for one in paragraph.iterdescendants(f"{namespace}span"))
    agent = next((v for k, v in paragraph.attrib.items() if k.endswith("}agent")), "")
    return SourceCue(
        inline,
        _ticks(paragraph.get("begin")),
        _ticks(paragraph.get("end")),
        write,
        f"{_region(paragraph)} {agent}",
        alone=timed or paragraph.get("end") is None,
    )


def _read(holder: Element, inline: Inline[_Node], namespace: str, *, keep_space: bool) -> None:
    def add(text: str | None) -> None:
        shown = clean(text or "")
        if not keep_space:
            shown = _SPACE.sub(" ", shown)
            if shown[:1] == " " and (not inline.length or inline.last[-1:] in " \n"):
                shown = shown[1:]
        inline.add(shown)

    add(holder.text)
    for child in holder:
        if child.tag == f"{namespace}br":
            inline.add("\n")
        elif child.tag == f"{namespace}span":
            inline.open(_node(child))
            _read(child, inline, namespace, keep_space=keep_space)
            inline.close()
        else:
            inline.point(_node(child))
        add(child.tail)


def _emit(holder: Element, items: Sequence[Item[_Node]], namespace: str) -> None:
    for item in items:
        if not isinstance(item, str):
            original = item.payload.element
            is_span = original.tag == f"{namespace}span"
            element = empty_copy(original) if is_span else detach(original)
            holder.append(element)
            if is_span:
                _emit(element, item.items, namespace)
            continue
        for number, line in enumerate(clean(item).split("\n")):
            if number:
                holder.append(holder.makeelement(f"{namespace}br"))
            if len(holder):
                holder[-1].tail = (holder[-1].tail or "") + line
            else:
                holder.text = (holder.text or "") + line


def _ticks(time: str | None) -> Ticks:
    """Where a cue is, to the second at worst: frames count for nothing here."""
    clock = _CLOCK.fullmatch(time or "")
    if clock is not None:
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
        return from_seconds(seconds + Fraction(f"0.{clock[4] or 0}"))
    offset = _OFFSET.fullmatch(time or "")
    return 0 if offset is None else from_seconds(Fraction(offset[1]) * _SECONDS[offset[2]])


def _region(paragraph: Element) -> str:
    for one in (paragraph, *paragraph.iterancestors()):
        if one.get("region"):
            return str(one.get("region"))
    return ""


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
