r"""Writes Advanced SubStation Alpha, v4.00+, as libass reads it (its wiki: ASS-File-Format-Guide).

A reader of ASS takes ``{…}`` for orders and ``\N``, ``\n``, ``\h`` for breaks and spaces. Braces
are written ``\{`` and ``\}``, which libass and Aegisub know; a backslash is followed by a WORD
JOINER, which nobody sees and which keeps it from meaning anything (ffmpeg does the same).
"""

from __future__ import annotations

from typing import Final

from foundation.languages import Language
from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.formats.ass.config import AssConfig
from streaming.formats.interface import TrackOptions
from streaming.formats.text_lines import text_lines

WIDTH: Final = 1920
HEIGHT: Final = 1080
_CENTISECOND: Final[Ticks] = 900
_ESCAPES: Final = str.maketrans({"\\": "\\\u2060", "{": "\\{", "}": "\\}"})


class AssWriter:
    """Writes a script cue by cue.

    Args:
        config: its looks.
    """

    media_type = "text/x-ssa"
    extension = ".ass"

    def __init__(self, config: AssConfig | None = None) -> None:
        self.config = config or AssConfig()

    def header(self) -> str:
        """Script info, the one style, and the names of an event's fields."""
        config = self.config
        comment = "; Automatic subtitles, not checked by a person.\n" if config.automatic else ""
        title = " ".join(config.title.split())
        name = f"Title: {title}\n" if title else ""
        sides = WIDTH * config.safe_margin_percent // 100
        edge = HEIGHT * config.safe_margin_percent // 100
        # BorderStyle 4 is libass's own: one box behind all lines, wider by the shadow; the boxes of
        # BorderStyle 3, one a line, overlap each other and the letters.
        box = config.background == "box"
        border, outline, shadow = (4, 0, 12) if box else (1, 3, 1)
        back = "&H3D000000" if box else "&H80000000"
        alignment = 2 if config.place == "bottom" else 8
        # WrapStyle 0 breaks lines only where they are too wide for the margins.
        return (
            "[Script Info]\n"
            f"{comment}{name}"
            "ScriptType: v4.00+\n"
            f"PlayResX: {WIDTH}\nPlayResY: {HEIGHT}\n"
            "WrapStyle: 0\nScaledBorderAndShadow: yes\nYCbCr Matrix: TV.709\n\n"
            "[V4+ Styles]\n"
            "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour,"
            " BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle,"
            " BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
            f"Style: Default,{config.font},{config.font_size},&H00FFFFFF,&H00FFFFFF,"
            f"&H00000000,{back},0,0,0,0,100,100,0,0,{border},{outline},{shadow},"
            f"{alignment},{sides},{sides},{edge},1\n\n"
            "[Events]\n"
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        )

    def cue(self, cue: Cue) -> str:
        """One event; nothing for a cue without a letter."""
        lines = text_lines(cue)
        if not lines:
            return ""
        start = max(0, _centiseconds(cue.start))
        end = max(_centiseconds(cue.end), start + 1)
        text = "\\N".join(line.translate(_ESCAPES) for line in lines)
        return f"Dialogue: 0,{_clock(start)},{_clock(end)},Default,,0,0,0,,{text}\n"

    def footer(self) -> str:
        """A script has none."""
        return ""


def ass_writer(options: TrackOptions, language: Language | None) -> AssWriter:
    """A writer with the default looks; a script says no language."""
    del language
    return AssWriter(AssConfig(title=options.title, automatic=options.automatic))


def _centiseconds(ticks: Ticks) -> int:
    """The nearest hundredth of a second, halves up."""
    return (2 * ticks + _CENTISECOND) // (2 * _CENTISECOND)


def _clock(centiseconds: int) -> str:
    seconds, hundredths = divmod(centiseconds, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{hundredths:02}"
