"""How cues are built for an output. A new preset is one TOML file here and one line below."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Literal

from foundation.errors import InvalidArgument
from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds

PRESETS: Final = (
    "overlay-live",
    "hls-live",
    "vod",
)


@dataclass(frozen=True, slots=True)
class CuePreset:
    """Figures of cue building."""

    name: str
    mode: Literal["roll-up", "block", "pop-on"]
    """How a display should show the cues."""

    max_lines: int
    max_chars: Mapping[Language, int]
    """A line's length in characters."""

    max_cps: Mapping[Language, float]
    """Reading speed in characters a second; a cue is shown longer to keep it where time is free."""

    min_ticks: Ticks
    max_ticks: Ticks
    gap_ticks: Ticks
    """Least time between two cues."""

    close_gaps_under_ticks: Ticks
    """A shorter gap is closed: the earlier cue stays."""

    hold_ticks: Ticks
    """A cue that has been open this long ends at the next clause."""

    wait_for_next: bool
    """Hold a finished cue back until the next word is known, to time its end by it."""


def load_preset(name: str) -> CuePreset:
    """Read a preset.

    Raises:
        InvalidArgument: there is no preset of that name.
    """
    if name not in PRESETS:
        raise InvalidArgument("preset", f"{name!r} is not one of {', '.join(PRESETS)}")
    table = tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))
    return CuePreset(
        name=name,
        mode=table["mode"],
        max_lines=table["max_lines"],
        max_chars=table["max_chars"],
        max_cps=table["max_cps"],
        min_ticks=from_seconds(table["min_seconds"]),
        max_ticks=from_seconds(table["max_seconds"]),
        gap_ticks=from_seconds(table["gap_seconds"]),
        close_gaps_under_ticks=from_seconds(table.get("close_gaps_under_seconds", 0)),
        hold_ticks=from_seconds(table["hold_seconds"]),
        wait_for_next=table["wait_for_next"],
    )
