"""What the output tells its encoder, a child process, over the child's standard input. Pure."""

from __future__ import annotations

import enum
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from foundation.media_time import Ticks
from streaming.delivery.rendering import Colour, Look, TextBlock

NO_PICTURE: Final = 3
"""Exit status of the child: the stream has no video."""

BROKEN: Final = 4
"""Exit status: ffmpeg's libraries cannot go on; standard error says why."""


class Kind(enum.IntEnum):
    """First byte of a message; four bytes with the length of the rest follow."""

    SETTINGS = 1
    MEDIA = 2
    """Part of a transport stream."""

    SCREEN = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """How to encode; the first message."""

    codec: str
    preset: str
    bitrate_kbits: int
    gop_seconds: float
    b_frames: int
    threads: int
    look: Look


@dataclass(frozen=True, slots=True)
class ScreenText:
    """What stands on the screen from a time on."""

    pts: Ticks | None
    """On the feed's clock, modulo 2^33; None: from the next frame on, whatever was told before."""

    blocks: tuple[TextBlock, ...]
    """The lowest first."""


def message(kind: Kind, data: bytes) -> bytes:
    """A message."""
    return bytes((kind,)) + len(data).to_bytes(4, "big") + data


def settings_message(settings: Settings) -> bytes:
    """The first message."""
    fields = asdict(settings)
    if settings.look.font is not None:
        fields["look"]["font"] = str(settings.look.font)
    return message(Kind.SETTINGS, json.dumps(fields).encode())


def screen_message(screen: ScreenText) -> bytes:
    """A change of the screen."""
    blocks = [{"lines": block.lines, "colour": block.colour} for block in screen.blocks]
    return message(Kind.SCREEN, json.dumps({"pts": screen.pts, "blocks": blocks}).encode())


def read_message(pipe: IO[bytes]) -> tuple[Kind, bytes] | None:
    """The next message; None at the end of the pipe, also within a message."""
    head = _read(pipe, 5)
    if head is None:
        return None
    data = _read(pipe, int.from_bytes(head[1:], "big"))
    return None if data is None else (Kind(head[0]), data)


def read_settings(data: bytes) -> Settings:
    """What ``settings_message`` wrote."""
    fields: dict[str, Any] = json.loads(data)
    look = fields.pop("look")
    if look["font"] is not None:
        look["font"] = Path(look["font"])
    return Settings(**fields, look=Look(**look))


def read_screen(data: bytes) -> ScreenText:
    """What ``screen_message`` wrote."""
    fields: dict[str, Any] = json.loads(data)
    blocks = tuple(
        TextBlock(tuple(block["lines"]), _colour(block["colour"])) for block in fields["blocks"]
    )
    return ScreenText(fields["pts"], blocks)


def _colour(values: list[int]) -> Colour:
    red, green, blue = values
    return red, green, blue


def _read(pipe: IO[bytes], size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = pipe.read(size - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)
