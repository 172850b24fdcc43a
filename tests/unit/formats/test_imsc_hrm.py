"""TTML documents and live segments stay within what a receiver can draw in time.

Judged by the validator of the IMSC Hypothetical Render Model (https://www.w3.org/TR/imsc-hrm/).
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from foundation.media_time import TICKS_PER_SECOND, from_seconds
from streaming.cues.model import Cue
from streaming.cues.presets import PRESETS, load_preset
from streaming.formats.ttml import Place, Profile, TtmlConfig
from streaming.formats.ttml.writer import TtmlWriter
from tests.unit.formats.tracks import KAZAKH

hrm = pytest.importorskip("imschrm.hrm")
doc_sequence = pytest.importorskip("imschrm.doc_sequence")

Document = tuple[Fraction, Fraction | None, str]


class Findings(hrm.EventHandler):  # type: ignore[misc,name-defined]  # untyped
    """What the validator says."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.drawn = 0

    def error(self, msg: str, doc_index: int, time_offset: Any, *_: Any) -> None:
        self.errors.append(f"{msg} at {float(time_offset)}")

    def warn(self, *_: Any) -> None:
        """The model has no warnings that concern us."""

    def info(self, *_: Any) -> None:
        """Nor notes."""

    def debug(self, msg: str, index: int, offset: Any, available: Any, stats: Any) -> None:
        self.drawn += stats.gren_count + stats.gcpy_count


def judged(documents: Iterable[Document]) -> Findings:
    findings = Findings()
    hrm.validate(screens(documents), findings)
    return findings


def screens(documents: Iterable[Document]) -> Iterator[Any]:
    """What is shown from when on, document by document.

    The validator's own iterator ends with the first document that shows nothing at its end.
    """
    for document in documents:
        yield from doc_sequence.iter_isd([document])


def longest_cues(preset_name: str, count: int) -> list[Cue]:
    """Full screens, as fast as the preset lets them follow one another, all of other letters."""
    preset = load_preset(preset_name)
    letters = KAZAKH + KAZAKH.upper() + string.ascii_letters + string.digits
    length = preset.min_ticks
    cues = []
    for number in range(count):
        lines = tuple(
            "".join(
                letters[(number * 31 + line * 17 + place) % len(letters)]
                for place in range(preset.max_chars["kk"])
            )
            for line in range(preset.max_lines)
        )
        start = number * length
        cues.append(Cue(number + 1, start, start + length, lines, "kk"))
    return cues


def whole(writer: TtmlWriter, cues: list[Cue]) -> list[Document]:
    text = writer.header() + "".join(map(writer.cue, cues)) + writer.footer()
    return [(Fraction(0), None, text)]


def segments(writer: TtmlWriter, cues: list[Cue], length: int, clip: bool) -> Iterator[Document]:
    start = 0
    while start < cues[-1].end:
        end = start + length
        text = writer.segment(cues, start, end, clip=clip)
        yield Fraction(start, TICKS_PER_SECOND), Fraction(end, TICKS_PER_SECOND), text
        start = end


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("profile", Profile)
def test_documents_can_be_drawn_in_time(preset: str, profile: Profile) -> None:
    findings = judged(whole(TtmlWriter(TtmlConfig(profile, "kk")), longest_cues(preset, 12)))
    assert findings.errors == []
    assert findings.drawn > 500


@pytest.mark.parametrize("seconds", [1, 4])
@pytest.mark.parametrize("clip", [True, False])
def test_live_segments_can_be_drawn_in_time(seconds: int, clip: bool) -> None:
    writer = TtmlWriter(TtmlConfig(Profile.IMSC, "kk", Place.TOP))
    cues = longest_cues("hls-live", 8)
    findings = judged(segments(writer, cues, from_seconds(seconds), clip))
    assert findings.errors == []
    assert findings.drawn > 500


def test_the_validator_finds_what_cannot_be_drawn() -> None:
    """Full screens that follow one another ten times a second."""
    cues = [
        replace(cue, start=number * 9000, end=(number + 1) * 9000)
        for number, cue in enumerate(longest_cues("vod", 3))
    ]
    assert judged(whole(TtmlWriter(TtmlConfig(Profile.IMSC, "kk")), cues)).errors
