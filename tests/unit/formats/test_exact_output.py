"""Exact bytes of every text format."""

from __future__ import annotations

import json

from foundation.media_time import TICKS_PER_SECOND
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.formats import write_track

KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
FIRST = Cue(
    1,
    TICKS_PER_SECOND // 2,
    2 * TICKS_PER_SECOND,
    ("Сәлем, <әлем> & бәрі!", f"{KAZAKH} --> x"),
    "kk",
    (Word("Сәлем,", TICKS_PER_SECOND // 2, TICKS_PER_SECOND, 0.98765),),
)
LATE = Cue(2, 360_001 * TICKS_PER_SECOND + 45, 360_002 * TICKS_PER_SECOND, ("Соңы.",), "kk")
EARLY = Cue(1, -90, -45, ("x",), "en")


def test_srt() -> None:
    assert write_track([FIRST, LATE], "srt") == (
        "1\n00:00:00,500 --> 00:00:02,000\n"
        f"Сәлем, <әлем> & бәрі!\n{KAZAKH} → x\n\n"
        "2\n100:00:01,001 --> 100:00:02,000\nСоңы.\n\n"
    )


def test_webvtt() -> None:
    assert write_track([FIRST], "webvtt") == (
        "WEBVTT\n\n1\n00:00:00.500 --> 00:00:02.000\n"
        f"Сәлем, &lt;әлем&gt; &amp; бәрі!\n{KAZAKH} --&gt; x\n\n"
    )


def test_plain_text() -> None:
    assert write_track([LATE, EARLY], "plain_text") == "Соңы.\nx\n"


def test_json() -> None:
    document = json.loads(write_track([FIRST, LATE], "json"))
    assert document["cues"][0] == {
        "index": 1,
        "start": 0.5,
        "end": 2.0,
        "language": "kk",
        "lines": list(FIRST.lines),
        "words": [{"text": "Сәлем,", "start": 0.5, "end": 1.0, "confidence": 0.988}],
    }
    assert json.loads(write_track([], "json")) == {"cues": []}


def test_times_are_never_negative_and_never_empty() -> None:
    assert "00:00:00,000 --> 00:00:00,001" in write_track([EARLY], "srt")
