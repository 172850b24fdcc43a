r"""Reads SubRip, as loosely as players do: there is no standard.

Numbers may be missing and are not kept, hours may be short, the decimal sign may be a point or be
missing, cues need no blank line between them. Tags (``<i>``, ``<font …>``) and orders (``{\an8}``)
are left out; all other angle brackets and braces are text.
"""

from __future__ import annotations

import re
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.cues.model import Cue
from streaming.formats.clock import MILLISECOND
from streaming.formats.srt.writer import WORD_JOINER

_TIME: Final = r"(\d{1,4}):(\d{1,2}):(\d{1,2})(?:[,.](\d{1,3}))?"
_TIME_LINE: Final = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?!\d).*", re.ASCII)
_NUMBER: Final = re.compile(r"[ \t]*\d+[ \t]*", re.ASCII)
_MARKUP: Final = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}", re.IGNORECASE)
_BROKEN: Final = re.compile(f"([<{{]){WORD_JOINER}")


def read(text: str, language: Language) -> list[Cue]:
    """The cues of a file; cues without text and those that end before they start are left out.

    Args:
        text: the file.
        language: of its cues.

    Raises:
        InvalidArgument: there is text, but no time.
    """
    lines = re.split("\r\n|[\n\r]", text.removeprefix("\ufeff"))
    times = [(at, found) for at, line in enumerate(lines) if (found := _TIME_LINE.fullmatch(line))]
    if not times and text.strip("\ufeff \t\r\n"):
        raise InvalidArgument("text", "no time line (00:00:00,000 --> 00:00:00,000) of SubRip")
    cues: list[Cue] = []
    followers = [*(at for at, _ in times), None][1:]
    for (at, found), following in zip(times, followers, strict=True):
        inside = lines[at + 1 : following]
        # What stands right before the next time, after a blank line, is its number.
        if following is not None and inside and _NUMBER.fullmatch(inside[-1]):
            before = inside[-2] if len(inside) > 1 else ""
            if not before.strip():
                inside.pop()
        start, end = (_ticks(found.groups()[part : part + 4]) for part in (0, 4))
        shown = tuple(plain for line in inside if (plain := _plain(line)).strip())
        if shown and end > start:
            cues.append(Cue(len(cues) + 1, start, end, shown, language))
    return cues


def _plain(line: str) -> str:
    return _BROKEN.sub(r"\1", _MARKUP.sub("", line))


def _ticks(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    # A short fraction is one of a second: ,5 is half of it.
    thousandths = int((parts[3] or "").ljust(3, "0"))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 * MILLISECOND + thousandths * MILLISECOND
