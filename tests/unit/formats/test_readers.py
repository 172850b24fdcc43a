"""What is written is read back; files of others are read as their tools read them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND
from streaming.cues.model import Cue
from streaming.formats import FORMATS, READERS, encode_track, read_track, write_track
from streaming.formats.webvtt.reader import cue_text
from tests.unit.formats.tracks import ALPHABET, KAZAKH, WHOLE_ALPHABET, seconds, tracks

MILLISECOND = 90
OTHERWISE_IN_VTT_JS = {
    # It takes three digits for minutes; the algorithm takes them for hours, and refuses.
    "min-top-digits",
    "minimum-spots-over-sixty",
    # It loses the cue whose identifier is an arrow.
    "id",
}
UNICODE_FORMATS = sorted(FORMATS)


@pytest.mark.parametrize("name", sorted(READERS))
@given(cues=tracks(MILLISECOND))
def test_every_track_is_read_back(name: str, cues: list[Cue]) -> None:
    # WebVTT and SubRip say no language. SubRip writes the arrow otherwise, for want of an escape.
    cues = [
        Cue(cue.index, cue.start, cue.end, tuple(without_arrow(cue.lines)), "kk") for cue in cues
    ]
    text = write_track(cues, name)
    assert read_track(text, name, "kk") == cues


def without_arrow(lines: tuple[str, ...]) -> list[str]:
    return [line.replace("-->", "->").replace("-->", "->") for line in lines]


@pytest.mark.parametrize("name", sorted(READERS))
@settings(max_examples=25)
@given(cues=tracks(MILLISECOND, ALPHABET.replace("<", "").replace(">", "")))
def test_the_subtitle_edit_rate_of_a_round_trip_is_0(
    name: str, cues: list[Cue], tmp_path_factory: pytest.TempPathFactory
) -> None:
    suber = pytest.importorskip("suber.metrics.suber")
    from suber.file_readers import SRTFileReader

    # A cue of signs alone has no word, which SubER has no measure for.
    cues = [cue for cue in cues if any(map(str.isalnum, cue.text))]
    if not cues:
        return
    folder = tmp_path_factory.mktemp("suber")
    tracks_as_srt = {
        "reference": write_track(cues, "srt"),
        "hypothesis": write_track(read_track(write_track(cues, name), name, "kk"), "srt"),
    }
    read = {}
    for role, text in tracks_as_srt.items():
        (folder / role).write_text(text, encoding="utf-8")
        read[role] = SRTFileReader(str(folder / role)).read()
    for metric in ("SubER", "SubER-cased"):
        assert suber.calculate_SubER(read["hypothesis"], read["reference"], metric) == 0


@pytest.mark.parametrize("name", UNICODE_FORMATS)
def test_every_format_of_unicode_carries_every_kazakh_letter(name: str) -> None:
    track = encode_track(WHOLE_ALPHABET, name)
    text = track.data.decode("utf-8")
    for letters in (KAZAKH, KAZAKH.upper()):
        assert letters[:21] in text
        assert letters[21:] in text
    assert not track.losses


@pytest.mark.parametrize("name", ["srt", "webvtt", "imsc", "ass"])
def test_cues_that_would_break_the_file_do_not(name: str) -> None:
    cues = [
        Cue(1, 0, 90_000, ("бірінші\n\nекінші\r\n", "", "\x00\x1b"), "kk"),
        Cue(2, 90_000, 180_000, (" ",), "kk"),
        Cue(3, 180_000, 270_000, ("үш",), "kk"),
    ]
    text = write_track(cues, name)
    assert "\n\n\n" not in text
    if name in READERS:
        read = [(cue.start, cue.lines) for cue in read_track(text, name, "kk")]
        assert read == [(0, ("бірінші", "екінші")), (180_000, ("үш",))]


@pytest.mark.parametrize(
    "line", ["<i>x</i>", "{\\an8}x", "</FONT>", "<font color=red>", "a <b", "{x}", "<u\t>"]
)
def test_what_looks_like_markup_is_text(line: str) -> None:
    cues = [Cue(1, 0, 90_000, (line,), "en")]
    for name in sorted(READERS):
        assert read_track(write_track(cues, name), name, "en") == cues


def test_srt_of_others() -> None:
    text = (
        "\ufeff1\r\n00:00:01,000 --> 00:00:02,500 X1:40 X2:600\r\n<i>Бір</i> <FONT color='red'>екі"
        "</font>\r\n{\\an8}үш\r\n\r\n2\r\n0:0:3.5 --> 0:0:4\r\nтек мәтін\r\n\r\n\r\n"
        "00:00:05,000 --> 00:00:06,000\r\n7\r\n\r\n8\r\n"
        "00:00:09,000 --> 00:00:08,000\r\nкері\r\n9\r\n00:00:10,000 --> 00:00:11,000\r\n10"
    )
    assert [
        (cue.index, cue.start, cue.end, cue.lines) for cue in read_track(text, "srt", "kk")
    ] == [
        (1, seconds(1), seconds(2.5), ("Бір екі", "үш")),
        (2, seconds(3.5), seconds(4), ("тек мәтін",)),
        (3, seconds(5), seconds(6), ("7",)),
        (4, seconds(10), seconds(11), ("10",)),
    ]


@pytest.mark.parametrize("name", sorted(READERS))
def test_what_is_not_of_the_format_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument):
        read_track("Just some text.", name, "kk")


def test_names_are_checked() -> None:
    for call in (
        lambda: read_track("", "ass", "kk"),
        lambda: write_track([], "scc"),
        lambda: encode_track([], "doc"),
    ):
        with pytest.raises(InvalidArgument, match="is not one of"):
            call()


def test_srt_samples_are_read(subtitle_samples: Path) -> None:
    counts = {}
    for file in sorted(subtitle_samples.rglob("*.srt")):
        data = file.read_bytes()
        if "windows" in file.name:
            with pytest.raises(InvalidArgument, match="UTF-8"):
                read_track(data, "srt", "en")
            continue
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
        times = sum("-->" in line for line in text.splitlines())
        counts[file.name] = (len(read_track(data, "srt", "en")), times)
    assert len(counts) > 20
    # One sample of each of these has a time without text.
    without_text = {"1_SRT.srt", "3_SRT.srt", "requirement-0704-001.srt"}
    for name, (cues, times) in counts.items():
        assert cues == times - (name in without_text), name


def test_webvtt_samples_of_mozilla_are_read_as_expected(subtitle_samples: Path) -> None:
    compared = 0
    for file in sorted((subtitle_samples / "mozilla+vtt.js").rglob("*.vtt")):
        expected_file = file.with_suffix(".json")
        if not expected_file.exists() or file.stem in OTHERWISE_IN_VTT_JS:
            continue
        expected: Any = json.loads(expected_file.read_text(encoding="utf-8"))
        if not isinstance(expected, dict) or "cues" not in expected:
            continue
        shown = [
            (cue["startTime"], cue["endTime"], lines)
            for cue in expected["cues"]
            if (lines := [line for line in cue_text(cue["text"]).split("\n") if line.strip()])
            and cue["endTime"] > cue["startTime"]
        ]
        cues = read_track(file.read_text(encoding="utf-8"), "webvtt", "en")
        read = [
            (cue.start / TICKS_PER_SECOND, cue.end / TICKS_PER_SECOND, list(cue.lines))
            for cue in cues
        ]
        assert read == shown, file
        compared += 1
    assert compared > 100


def test_webvtt_samples_of_w3c_are_read_as_expected(subtitle_samples: Path) -> None:
    folder = subtitle_samples / "w3c+webvtt.js" / "test"
    for file in sorted((folder / "wpt-file-parsing").glob("*.vtt")):
        # Byte by byte: line ends are what some of them test.
        text = file.read_bytes().decode("utf-8")
        said = [line.strip() for cue in read_track(text, "webvtt", "en") for line in cue.lines]
        if file.name.startswith("settings-"):
            # What is invalid there is a setting.
            wanted = set(re.findall(r"\b(?:in)?valid\d+|\btext\d+", text))
        elif file.name == "timings-negative.vtt":
            # Its cues end before they start: they are read there, and are no cue here.
            wanted = set()
        else:
            assert "invalid" not in said, file
            wanted = set(re.findall(r"\btext\d+", text))
        assert wanted <= set(said), file
    compared = 0
    for file in sorted((folder / "wpt-cue-parsing").glob("*.json")):
        for case in json.loads(file.read_text(encoding="utf-8")):
            tree = case["expectedTree"]
            if "\n\n" in case["text"]:
                continue  # which ends the cue
            if tree.count("\n") == 1 and tree.startswith('| "'):
                assert (
                    cue_text(case["text"].removesuffix("\n").replace("\0", "\ufffd")) == tree[3:-2]
                ), case
                compared += 1
    assert compared > 20


@pytest.mark.parametrize("name", sorted(READERS))
@given(data=st.data())
def test_broken_files_are_read_or_refused(name: str, data: st.DataObject) -> None:
    """Whatever comes out of a file with pieces cut out, doubled or put in, it is cues or an error
    that says what is wrong."""
    text = write_track(data.draw(tracks(MILLISECOND)), name)
    for _ in range(data.draw(st.integers(1, 4))):
        first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        put = data.draw(
            st.one_of(
                st.just(""),
                st.just(text[first:last] * 2),
                st.text(max_size=5),
                st.sampled_from(["-->", "\n\n", "00:00:99.999", "<", "&#x110000;", 'dur="1t"']),
            )
        )
        text = text[:first] + put + text[last:]
    try:
        cues = read_track(text, name, "kk")
    except InvalidArgument:
        return
    for cue in cues:
        assert 0 <= cue.start < cue.end
        assert cue.lines
        assert all(line.strip() for line in cue.lines)
