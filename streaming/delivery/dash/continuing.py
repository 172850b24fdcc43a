"""A folder that an earlier run left: what goes on, what is deleted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.delivery.dash.manifest import NAMESPACE, RECORDING
from streaming.delivery.segments.folder import Folder

_FILE: Final = re.compile(
    r"(?P<track>[A-Za-z0-9-]+)-(?P<period>\d+)-(?:init\.mp4|\d+\.m4s)", re.ASCII
)
_DURATION: Final = re.compile(r"PT(\d+(?:\.\d+)?)S", re.ASCII)
"""As ``manifest`` writes it."""


@dataclass(frozen=True, slots=True)
class Left:
    """What an earlier run left, and where a new one goes on."""

    period: int = 0
    """Number of the first new period: file names of two runs never meet in a cache."""

    available_from: datetime | None = None
    """Of a presentation that did not end: players that have it open go on with the new run.
    None: a new presentation begins."""

    end: Ticks = 0
    """Of that presentation so far, since its start."""

    periods: tuple[Element, ...] = ()
    """Of that presentation."""

    files: tuple[str, ...] = ()
    """Of those periods, to be deleted with them; none of a recording."""

    recording: bool = False
    """Everything is kept."""


def take_over(folder: Folder, manifest_name: str, tracks: Collection[str]) -> Left:
    """Read what another run left; delete its segments if nobody can be playing them.

    Args:
        folder: Of both runs.
        manifest_name: File name of the manifest.
        tracks: Whose files are ours to delete.
    """
    root = _manifest(folder.read(manifest_name))
    found = [match for name in folder.names() if (match := _FILE.fullmatch(name))]
    old = root.findall(f"{{{NAMESPACE}}}Period") if root is not None else []
    numbers = [int(match["period"]) for match in found]
    numbers += [int(n) for each in old if (n := each.get("id", "")).isascii() and n.isdigit()]
    following = max(numbers, default=-1) + 1
    recording = root is not None and root.get("id") == RECORDING
    ours = [] if recording else [match.string for match in found if match["track"] in tracks]
    if root is not None and root.get("type") == "dynamic":
        available_from = _date(root.get("availabilityStartTime", ""))
        end = _end(old[-1]) if old else None
        if available_from is not None and end is not None:
            for element in (each for period in old for each in period.iter()):
                element.tag = element.tag.rpartition("}")[2]  # as we write them
            return Left(following, available_from, end, tuple(old), tuple(ours), recording)
    for name in ours:
        folder.remove(name)
    return Left(following)


class Inheritance:
    """Periods of an earlier run, listed for as long as players may be in them.

    Args:
        left: By that run.
        seconds: How long they stay; None: for ever.
        now: Monotonic seconds.
    """

    def __init__(
        self, left: Left, seconds: float | None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._periods = left.periods
        self._files = left.files
        self._seconds = seconds
        self._now = now
        self._until: float | None = None
        self._remove_at: float | None = None

    @property
    def periods(self) -> Sequence[Element]:
        """What is listed of it now."""
        if self._seconds is not None and self._until is None:
            self._until = self._now() + self._seconds
        if self._until is not None and self._now() >= self._until:
            self._periods = ()
        return self._periods

    def remove_old(self, folder: Folder, keep: float) -> None:
        """Delete its files once they have not been listed for ``keep`` seconds."""
        if self._periods or not self._files:
            return
        if self._remove_at is None:
            self._remove_at = self._now() + keep
        if self._now() >= self._remove_at:
            for name in self._files:
                folder.remove(name)
            self._files = ()


def _manifest(text: str) -> Element | None:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    return root if root.tag == f"{{{NAMESPACE}}}MPD" else None


def _end(period: Element) -> Ticks | None:
    """When the last segment of a period of ours ends; None: it is none of ours."""
    start = _DURATION.fullmatch(period.get("start", ""))
    if start is None:
        return None
    latest = Fraction(0)
    try:
        for template in period.iter(f"{{{NAMESPACE}}}SegmentTemplate"):
            scale = int(template.attrib["timescale"])
            at = 0
            for run in template.iter(f"{{{NAMESPACE}}}S"):
                at = int(run.get("t", at)) + int(run.attrib["d"]) * (int(run.get("r", "0")) + 1)
            since = at - int(template.attrib["presentationTimeOffset"])
            latest = max(latest, Fraction(since, scale))
    except (KeyError, ValueError, ZeroDivisionError):
        return None
    return round((Fraction(start[1]) + latest) * TICKS_PER_SECOND)


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None
