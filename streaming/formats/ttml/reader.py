"""Reads TTML, IMSC and EBU-TT documents: the text, its times and languages; no looks.

Times are read in every syntax of TTML (clock time with fraction or frames, and offsets in h, m, s,
ms, f, t), nested in ``par`` and ``seq`` containers. Where parts of a paragraph have times of their
own, the paragraph becomes a cue for each stretch in which the same parts are shown. Not read:
animation, the times of regions, wall-clock time bases, what a ``display`` style hides, and how
long a container without a time of its own lasts inside a ``seq``. What has no end ends after 1000
hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.cues.model import Cue
from streaming.formats.ttml.clock import Clock, read_clock, round_ticks

_TT: Final = "{http://www.w3.org/ns/ttml}"
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_FOREVER: Final[Ticks] = 1000 * 3600 * TICKS_PER_SECOND
"""The end of what says none."""

_MAX_DEPTH: Final = 60
_MAX_PIECES: Final = 1000
"""Parts of one paragraph with times of their own; each is looked at for each moment of change."""


@dataclass(frozen=True, slots=True)
class _Context:
    """What an element inherits."""

    start: Ticks
    end: Ticks
    language: Language
    preserve: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text, or a line break, that is shown from ``start`` to ``end``."""

    text: str
    start: Ticks
    end: Ticks
    preserve: bool = True


def read(text: str | bytes, language: Language) -> list[Cue]:
    """The cues of a document.

    Args:
        text: the document.
        language: of paragraphs that say none of ours.

    Raises:
        InvalidArgument: it is no TTML, declares a document type, or a time in it is none.
    """
    root = _parse(text)
    clock = read_clock(root)
    body = root.find(f"{_TT}body")
    if body is None:
        return []
    context = _Context(0, _FOREVER, language, False)
    context = _attributes(root, context)
    cues: list[Cue] = []
    for paragraph, inherited in _paragraphs(body, context, clock, 0):
        for cue in _paragraph_cues(paragraph, inherited, clock):
            cues.append(replace(cue, index=len(cues) + 1))
    return cues


def _parse(text: str | bytes) -> Any:
    from lxml import etree

    data = text.encode("utf-8") if isinstance(text, str) else text
    # A str is UTF-8 by now, whatever its declaration says.
    encoding = "utf-8" if isinstance(text, str) else None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, encoding=encoding
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidArgument("text", f"not well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise InvalidArgument("text", "declares a document type, which TTML has no use for")
    if root.tag != f"{_TT}tt":
        raise InvalidArgument("text", f"the root is {root.tag}, not tt of TTML")
    return root


def _paragraphs(
    element: Any, context: _Context, clock: Clock, depth: int
) -> Iterator[tuple[Any, _Context]]:
    """Paragraphs with what they inherit, their own times applied."""
    if depth > _MAX_DEPTH:
        raise InvalidArgument("text", f"nests more than {_MAX_DEPTH} deep")
    context = _timed(element, context, clock)
    if element.tag == f"{_TT}p":
        yield element, context
        return
    cursor = context.start
    for child in element:
        if child.tag not in (f"{_TT}div", f"{_TT}p"):
            continue
        inner = context
        if element.get("timeContainer") == "seq":
            inner = replace(context, start=cursor)
            cursor = min(_timed(child, inner, clock).end, context.end)
        yield from _paragraphs(child, inner, clock, depth + 1)


def _paragraph_cues(paragraph: Any, context: _Context, clock: Clock) -> Iterator[Cue]:
    pieces = [piece for piece in _pieces(paragraph, context, clock, 0) if piece.start < piece.end]
    if len(pieces) > _MAX_PIECES and len({(piece.start, piece.end) for piece in pieces}) > 1:
        raise InvalidArgument("text", f"a paragraph has more than {_MAX_PIECES} timed parts")
    edges = sorted({edge for piece in pieces for edge in (piece.start, piece.end)})
    shown: list[Cue] = []
    for start, end in pairwise(edges):
        visible = [piece for piece in pieces if piece.start <= start and piece.end >= end]
        lines = _lines(visible)
        if not lines:
            continue
        last = shown[-1] if shown else None
        if last is not None and last.end == start and last.lines == lines:
            shown[-1] = replace(last, end=end)
        else:
            shown.append(Cue(1, start, end, lines, context.language))
    yield from shown


def _pieces(element: Any, context: _Context, clock: Clock, depth: int) -> Iterator[_Piece]:
    """What stands in an element whose own times and attributes ``context`` has."""
    if depth > _MAX_DEPTH:
        raise InvalidArgument("text", f"nests more than {_MAX_DEPTH} deep")

    def piece(text: str, inside: _Context, preserve: bool) -> _Piece:
        return _Piece(text, inside.start, inside.end, preserve)

    # Text that stands by itself in a sequence lasts no time (TTML2 §12.2.4).
    sequential = element.get("timeContainer") == "seq"
    if element.text and not sequential:
        yield piece(element.text, context, context.preserve)
    cursor = context.start
    for child in element:
        if child.tag in (f"{_TT}span", f"{_TT}br"):
            inherited = replace(context, start=cursor) if sequential else context
            inner = _timed(child, inherited, clock)
            cursor = min(inner.end, context.end)
            if child.tag == f"{_TT}br":
                yield piece("\n", inner, True)
            else:
                yield from _pieces(child, inner, clock, depth + 1)
        if child.tail and not sequential:
            yield piece(child.tail, context, context.preserve)


def _lines(pieces: list[_Piece]) -> tuple[str, ...]:
    """Lines of what is visible; white space collapses where it is not preserved."""
    lines = [""]
    for piece in pieces:
        if piece.text == "\n" and piece.preserve:
            lines.append("")
        elif piece.preserve:
            first, *more = piece.text.split("\n")
            lines[-1] += first
            lines += more
        else:
            words = " ".join(piece.text.split())
            if piece.text[:1].isspace() and lines[-1] and not lines[-1].endswith(" "):
                lines[-1] += " "
            lines[-1] += words
            if words and piece.text[-1:].isspace():
                lines[-1] += " "
    if not all(piece.preserve for piece in pieces if piece.text != "\n"):
        lines = [line.strip(" ") for line in lines]
    return tuple(line for line in lines if line.strip())


def _timed(element: Any, context: _Context, clock: Clock) -> _Context:
    """The context with an element's own attributes and times."""
    context = _attributes(element, context)
    begin, end, duration = (element.get(name) for name in ("begin", "end", "dur"))
    start = context.start + (round_ticks(clock.read(begin)) if begin else 0)
    until = context.end
    if end is not None:
        until = min(until, context.start + round_ticks(clock.read(end)))
    if duration is not None:
        until = min(until, start + round_ticks(clock.read(duration)))
    return replace(context, start=start, end=until)


def _attributes(element: Any, context: _Context) -> _Context:
    space = element.get(f"{_XML}space")
    spoken = (element.get(f"{_XML}lang") or "").partition("-")[0].lower()
    language: Language = next((known for known in LANGUAGES if known == spoken), context.language)
    preserve = context.preserve if space is None else space == "preserve"
    return replace(context, language=language, preserve=preserve)
