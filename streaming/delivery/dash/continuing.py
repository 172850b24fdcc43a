"""A folder that an earlier run left: what goes on, what is deleted."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree

from streaming.delivery.dash.manifest import NAMESPACE, RECORDING
from streaming.delivery.segments.folder import Folder

_FILE: Final = re.compile(
    r"(?P<track>[A-Za-z0-9-]+)-(?P<period>\d+)-(?:init\.mp4|\d+\.m4s)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where a new run goes on."""

    period: int = 0
    """Number of its first period: file names of two runs never meet in a cache."""

    available_from: datetime | None = None
    """Of a presentation that did not end: players that have it open go on with the new run.
    None: a new presentation begins."""


def take_over(folder: Folder, manifest_name: str, tracks: Collection[str]) -> Continuation:
    """Read what another run left, and delete its segments unless they are a recording.

    Args:
        folder: Of both runs.
        manifest_name: File name of the manifest.
        tracks: Whose files are ours to delete.
    """
    root = _manifest(folder.read(manifest_name))
    files = [found for name in folder.names() if (found := _FILE.fullmatch(name))]
    periods = [int(found["period"]) for found in files]
    if root is not None:
        for element in root.iter(f"{{{NAMESPACE}}}Period"):
            number = element.get("id", "")
            periods += [int(number)] if number.isascii() and number.isdigit() else []
    live = root is not None and root.get("type") == "dynamic"
    if root is None or root.get("id") != RECORDING:
        for found in files:
            if found["track"] in tracks:
                folder.remove(found.string)
    available_from = _date(root.get("availabilityStartTime", "")) if root is not None else None
    return Continuation(max(periods, default=-1) + 1, available_from if live else None)


def _manifest(text: str) -> ElementTree.Element | None:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    return root if root.tag == f"{{{NAMESPACE}}}MPD" else None


def _date(text: str) -> datetime | None:
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None
