"""Playlists of HTTP Live Streaming (RFC 8216) as text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.utc import utc_text
from streaming.delivery.hls.config import TRANSCRIPTION
from streaming.delivery.renditions import Rendition, names
from streaming.delivery.segments.entries import Entry, Window

_VERSION: Final = 6
_VERSION_WITH_GAPS: Final = 8
"""EXT-X-GAP came with version 8 (draft-pantos-hls-rfc8216bis §8)."""

SUBTITLES_GROUP: Final = "subtitles"


class MediaPlaylist:
    """One rendition's segments: a live window, or all of them (an event).

    Args:
        target_duration: In seconds, never less than a segment's rounded duration.
        window: Ticks that stay listed; None: all.
    """

    def __init__(self, target_duration: int, window: Ticks | None) -> None:
        self._target_duration = target_duration
        self._window = Window(window)
        self.ended = False
        """No segment will follow."""

    @property
    def entries(self) -> Sequence[Entry]:
        """What is listed now."""
        return self._window.entries

    def append(self, entry: Entry) -> list[Entry]:
        """List one more segment; return those that leave the window."""
        return self._window.append(entry)

    def render(self) -> bytes:
        """The playlist as UTF-8."""
        entries = self._window.entries
        first = entries[0] if entries else None
        has_gap = any(entry.gap for entry in entries)
        lines = [
            "#EXTM3U",
            f"#EXT-X-VERSION:{_VERSION_WITH_GAPS if has_gap else _VERSION}",
            f"#EXT-X-TARGETDURATION:{self._target_duration}",
            f"#EXT-X-MEDIA-SEQUENCE:{first.number if first else 0}",
        ]
        if first is not None and first.discontinuity:
            lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.discontinuity}")
        if self._window.length is None:
            lines.append("#EXT-X-PLAYLIST-TYPE:EVENT")
        before = first.discontinuity if first else 0
        for entry in entries:
            lines += ["#EXT-X-DISCONTINUITY"] * (entry.discontinuity - before)
            before = entry.discontinuity
            if entry.date is not None:
                lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{utc_text(entry.date)}")
            if entry.gap:
                lines.append("#EXT-X-GAP")
            lines += [f"#EXTINF:{_seconds(entry.duration)},", entry.uri]
        if self.ended:
            lines.append("#EXT-X-ENDLIST")
        return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Variant:
    """Picture and sound."""

    uri: str
    bandwidth: int
    """Bits a second of its heaviest segment."""

    codecs: str = ""
    """RFC 6381; empty: unknown."""

    width: int = 0
    """Pixels; 0: no picture, or unknown."""

    height: int = 0


def multivariant_playlist(
    renditions: Sequence[Rendition], variants: Iterable[Variant], *, automatic: bool = False
) -> bytes:
    """The playlist that a player opens: one group of subtitles, the spoken track first.

    The spoken track is the default; all may be chosen by the player from the user's settings.

    Args:
        renditions: The tracks.
        variants: Picture and sound.
        automatic: The tracks' names say that a machine made them.
    """
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}"]
    listed = names(renditions, automatic=automatic)
    for rendition, name in zip(renditions, listed.values(), strict=True):
        attributes = {
            "TYPE": "SUBTITLES",
            "GROUP-ID": f'"{SUBTITLES_GROUP}"',
            "NAME": f'"{name}"',
            "LANGUAGE": f'"{rendition.language}"',
            "DEFAULT": "NO" if rendition.translated else "YES",
            "AUTOSELECT": "YES",
            "FORCED": "NO",
        }
        if not rendition.translated:
            attributes["CHARACTERISTICS"] = f'"{TRANSCRIPTION}"'
        attributes["URI"] = f'"{rendition.track}.m3u8"'
        lines.append("#EXT-X-MEDIA:" + _attributes(attributes))
    for variant in variants:
        attributes = {"BANDWIDTH": str(variant.bandwidth)}
        if variant.codecs:
            attributes["CODECS"] = f'"{variant.codecs}"'
        if variant.width and variant.height:
            attributes["RESOLUTION"] = f"{variant.width}x{variant.height}"
        attributes |= {"SUBTITLES": f'"{SUBTITLES_GROUP}"', "CLOSED-CAPTIONS": "NONE"}
        lines += ["#EXT-X-STREAM-INF:" + _attributes(attributes), variant.uri]
    return ("\n".join(lines) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where the numbers of an earlier playlist go on."""

    number: int = 0
    discontinuity: int = 0
    uris: tuple[str, ...] = ()
    """What it lists."""


def continuation(playlist: str) -> Continuation:
    """Where a new run goes on after the playlist that another left: numbers never go back."""
    if not playlist:
        return Continuation()
    first = _number(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", playlist)
    passed = _number(r"#EXT-X-DISCONTINUITY-SEQUENCE:(\d+)", playlist)
    uris = tuple(line for line in playlist.splitlines() if line and not line.startswith("#"))
    marks = len(re.findall(r"^#EXT-X-DISCONTINUITY$", playlist, re.MULTILINE))
    return Continuation(first + len(uris), passed + marks + 1, uris)


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def _attributes(attributes: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in attributes.items())


def _seconds(ticks: Ticks) -> str:
    return f"{round(Fraction(ticks * 1_000_000, TICKS_PER_SECOND)) / 1_000_000:.6f}"
