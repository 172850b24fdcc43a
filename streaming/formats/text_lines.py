"""Lines of a cue as text formats can hold them."""

from __future__ import annotations

import re
from typing import Final

from streaming.cues.model import Cue

_LINE_BREAK: Final = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
# C0 and C1 controls, halves of characters and the two that Unicode calls no characters: neither
# XML nor a text player can do anything with them.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def text_lines(cue: Cue) -> list[str]:
    """The cue's lines without controls; a line break inside a line breaks it, empty lines go.

    An empty line would end the cue in SubRip and WebVTT.
    """
    lines = (part for line in cue.lines for part in _LINE_BREAK.split(line))
    cleaned = (_NO_TEXT.sub("", line) for line in lines)
    return [line for line in cleaned if line.strip()]
