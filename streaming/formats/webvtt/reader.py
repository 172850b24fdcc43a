"""Reads WebVTT by the parsing algorithm of https://www.w3.org/TR/webvtt1/ (§6).

Blocks that are no cue (comments, styles, regions, cues with a bad time) are passed over as it says.
Tags and settings are left out, character references are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.formats.clock import MILLISECOND

_SIGNATURE: Final = re.compile(r"WEBVTT(?:[ \t].*)?")
_SPACE: Final = r"[ \t\f]*"
_TIME: Final = r"(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})(?!\d)"
_TIME_LINE: Final = re.compile(f"{_SPACE}{_TIME}{_SPACE}-->{_SPACE}{_TIME}.*", re.ASCII)
_TAG: Final = re.compile("<[^>]*(?:>|$)")
_LONGEST_HOURS: Final = 9
"""Digits: more is no time of a programme."""


def read(text: str, language: Language) -> list[Cue]:
    """The cues of a file; cues without text and those that end before they start are left out.

    Args:
        text: the file.
        language: of its cues.

    Raises:
        InvalidArgument: it does not begin with WEBVTT.
    """
    text = text.removeprefix("\ufeff").replace("\0", "\ufffd")
    lines = re.split("\r\n|[\n\r]", text)
    if not _SIGNATURE.fullmatch(lines[0]):
        raise InvalidArgument("text", "a WebVTT file begins with WEBVTT")
    cues: list[Cue] = []
    for start, end, payload in _cues(lines):
        shown = tuple(line for line in cue_text(payload).split("\n") if line.strip())
        if shown and end > start:
            cues.append(Cue(len(cues) + 1, start, end, shown, language))
    return cues


def cue_text(payload: str) -> str:
    """What is shown of a cue's payload: without tags, references read."""
    shown, at = [], 0
    for tag in _TAG.finditer(payload):
        shown.append(html.unescape(payload[at : tag.start()]))
        at = tag.end()
    return "".join([*shown, html.unescape(payload[at:])])


def _cues(lines: list[str]) -> Iterator[tuple[Ticks, Ticks, str]]:
    """Times and payload of every cue block."""
    at = 1
    # Lines right below the signature are the header, which cannot hold a cue.
    in_header = True
    while at < len(lines):
        if not in_header and not lines[at]:
            at += 1
            continue
        times: tuple[Ticks, Ticks] | None = None
        payload: list[str] = []
        seen_arrow = False
        first = at
        while at < len(lines) and lines[at]:
            line = lines[at]
            if "-->" in line:
                if in_header or seen_arrow or at - first > 1:
                    break
                seen_arrow = True
                times = _times(line)
                payload = []
            else:
                payload.append(line)
            at += 1
        in_header = False
        if times is not None:
            yield (*times, "\n".join(payload))


def _times(line: str) -> tuple[Ticks, Ticks] | None:
    found = _TIME_LINE.fullmatch(line)
    if found is None:
        return None
    start, end = (found.groups()[part : part + 4] for part in (0, 4))
    if max(len(start[0] or ""), len(end[0] or "")) > _LONGEST_HOURS:
        return None
    return _ticks(start), _ticks(end)


def _ticks(parts: tuple[str | None, ...]) -> Ticks:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return (((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths) * MILLISECOND
