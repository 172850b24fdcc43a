"""SCC: exact bytes, parity, doubled orders, timecodes, refusals, and what ttconv reads."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.cues.model import Cue
from streaming.formats import encode_track
from streaming.formats.carrying import NotCarried
from streaming.formats.interface import TrackOptions
from streaming.formats.losses import Loss, LossKind
from streaming.formats.scc import SccConfig, codes
from streaming.formats.scc.schedule import ERASE, SHOW, Loading, schedule
from streaming.formats.scc.timecode import frames_of_hours, nearest_frame, timecode
from streaming.formats.scc.writer import write_scc
from tests.unit.formats.tracks import KAZAKH, heard, seconds


def cue(*lines: str, language: Language = "en", index: int = 1, at: float = 10.0) -> Cue:
    return Cue(index, seconds(at), seconds(at + 2), lines, language)


def text(cues: list[Cue], config: SccConfig | None = None) -> str:
    return write_scc(cues, config or SccConfig()).data.decode()


def test_exact_bytes() -> None:
    cues = [
        Cue(1, seconds(2), seconds(4), ("Hello, world", "«Ä♪♪»"), "en"),
        Cue(2, seconds(4.1), seconds(6), ("x",), "en"),
        Cue(3, seconds(6), seconds(7), ("yy",), "en"),
    ]
    assert text(cues) == (
        "Scenarist_SCC V1.0\n\n"
        # Resume loading, erase unseen memory, row 14 indent 8 tab 2, letters …
        "00:00:00;29\t9420 9420 94ae 94ae 9454 9454 97a2 97a2 c8e5 ecec ef2c 20f7 eff2 ec64"
        # … row 15 indent 12 tab 1; stand-in, filler, extended letter twice; show in frame 60.
        " 9476 9476 97a1 97a1 a280 923e 923e c180 13b0 13b0 9137 9137 9137 9137 a280 92bf 92bf"
        " 942f 942f\n\n"
        # The first caption is erased in frame 120, while the second is loaded.
        "00:00:03;22\t9420 9420 94ae 94ae 9476 9476 9723 9723 942c 942c f880 942f 942f\n\n"
        # The third replaces the second.
        "00:00:05;21\t9420 9420 94ae 94ae 9476 9476 9723 9723 7979 942f 942f\n\n"
        "00:00:07;00\t942c 942c\n"
    )


@pytest.mark.parametrize(
    ("frame", "drop", "written"),
    [
        (0, True, "00:00:00;00"),
        (1799, True, "00:00:59;29"),
        (1800, True, "00:01:00;02"),
        (3597, True, "00:01:59;29"),
        (3598, True, "00:02:00;02"),
        (17981, True, "00:09:59;29"),
        (17982, True, "00:10:00;00"),
        (107892, True, "01:00:00;00"),
        (1800, False, "00:01:00:00"),
        (108000, False, "01:00:00:00"),
    ],
)
def test_timecodes(frame: int, drop: bool, written: str) -> None:
    assert timecode(frame, drop) == written


@given(st.integers(0, 24 * 107_892 - 1))
def test_timecodes_are_those_of_ttconv(frame: int) -> None:
    time_code = pytest.importorskip("ttconv.time_code")
    rate = Fraction(30000, 1001)
    for drop in (True, False):
        theirs = time_code.SmpteTimeCode.from_frames(frame, rate, drop)
        assert timecode(frame, drop).replace(";", ":") == str(theirs).replace(";", ":")


def test_times_are_those_of_the_nearest_frame() -> None:
    assert [nearest_frame(tick) for tick in (0, 1501, 1502, 3003, 4504, 4505)] == [0, 0, 1, 1, 1, 2]


def test_the_programme_may_begin_at_an_hour() -> None:
    for drop, end in ((True, "01:00:12;00"), (False, "01:00:11:29")):
        lines = text([cue("x")], SccConfig(drop_frame=drop, programme_start=1)).splitlines()
        frames = frames_of_hours(1, drop) + nearest_frame(seconds(12))
        assert lines[-1] == f"{timecode(frames, drop)}\t942c 942c"
        assert lines[-1].startswith(end) or not drop


@given(st.integers(0, 127))
def test_parity_is_odd(byte: int) -> None:
    assert codes.with_parity(byte).bit_count() % 2 == 1
    assert codes.with_parity(byte) & 0x7F == byte


def test_rows_stand_in_the_middle_of_the_grid() -> None:
    for row in range(1, 16):
        for column in range(32):
            orders = codes.preamble(row, column)
            assert len(orders) == (2 if column % 4 else 1)
            assert read_place(orders) == (row, column)


def read_place(orders: list[codes.Pair]) -> tuple[int, int]:
    found = pytest.importorskip("ttconv.scc.codes.preambles_address_codes")
    place = found.SccPreambleAddressCode.find(*orders[0])
    tab = orders[1][1] - 0x20 if len(orders) > 1 else 0
    return place.get_row(), place.get_indent() + tab


def test_kazakh_and_russian_are_refused_by_letter_and_cue() -> None:
    cues = [cue("Hi"), cue("Қала", index=2, at=20), cue("ab", index=3, at=30)]
    with pytest.raises(NotCarried) as caught:
        write_scc(cues, SccConfig())
    assert str(caught.value) == "cues: CEA-608 (SCC) has no Қ а л (cue 2)"
    for letter in KAZAKH:
        with pytest.raises(NotCarried):
            write_scc([cue(letter)], SccConfig())


def test_transliteration_is_reported() -> None:
    cues = [
        cue("Шұғыла — ақшам", language="kk"),
        cue("Ёж и щука", language="ru", index=2, at=20),
        cue("Plain", index=3, at=30),
    ]
    track = encode_track(cues, "scc", TrackOptions(transliterate=True))
    assert track.losses.losses == (
        Loss(1, LossKind.TRANSLITERATED, "Шұғыла — ақшам", "Shughyla — aqsham"),
        Loss(2, LossKind.TRANSLITERATED, "Ёж и щука", "Yozh i shchuka"),
    )
    said = [lines for _, lines in read(track.data.decode())]
    # ttconv reads the dash as a drawn line.
    assert said == [["Shughyla ━ aqsham"], ["Yozh i shchuka"], ["Plain"]]


def test_long_lines_are_broken_and_reported() -> None:
    line = "forty-two letters in one line are too many"
    track = write_scc([cue(line)], SccConfig())
    (loss,) = track.losses
    assert loss == Loss(1, LossKind.LAYOUT, line, "forty-two letters in one line\nare too many")
    with pytest.raises(InvalidArgument, match="cue 1 takes 5 rows of 32 letters, at most 4"):
        write_scc([cue("thirty letters are in this line " * 5)], SccConfig())


def test_a_caption_that_cannot_be_loaded_in_time_is_late_and_reported() -> None:
    lines = ("This line has thirty-two letters", "and this one has so as well, sir")
    cues = [cue(*lines), Cue(2, seconds(12), seconds(12.5), lines, "en")]
    cues.append(Cue(3, seconds(12.5), seconds(14), lines, "en"))
    (loss,) = write_scc(cues, SccConfig()).losses
    # From frame 362: two orders and two preambles of two frames each, 32 frames of letters, two
    # that erase the second.
    assert loss == Loss(3, LossKind.TIME, "00:00:12;15", "00:00:13;14")


def test_the_day_has_24_hours() -> None:
    with pytest.raises(InvalidArgument, match="24 hours"):
        write_scc([cue("x", at=5 * 3600)], SccConfig(programme_start=20))


@pytest.mark.parametrize("wrong", [{"programme_start": 24}, {"last_row": 3}, {"last_row": 16}])
def test_options_are_checked(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidArgument):
        SccConfig(**wrong)  # type: ignore[arg-type]


@st.composite
def loadings(draw: st.DrawFn) -> list[Loading]:
    now = draw(st.integers(0, 60))
    found = []
    for index in range(draw(st.integers(0, 6))):
        now += draw(st.one_of(st.just(0), st.integers(0, 60)))
        end = now + draw(st.integers(1, 60))
        units = draw(
            st.lists(
                st.sampled_from([((0x41, 0x42),), ((0x14, 0x20), (0x14, 0x20))]),
                min_size=1,
                max_size=30,
            )
        )
        found.append(Loading(index + 1, now, end, tuple(units)))
        now = end
    return found


@given(loadings())
def test_the_schedule(wanted: list[Loading]) -> None:
    runs, shown = schedule(wanted)
    for first, second in pairwise(runs):
        assert first.frame + len(first.pairs) < second.frame
    frames = [(run.frame + at, pair) for run in runs for at, pair in enumerate(run.pairs)]
    sent = sum(sum(map(len, loading.units)) for loading in wanted)
    shows = [frame for frame, pair in frames if pair == SHOW[0]][::2]
    erased = [frame for frame, pair in frames if pair == ERASE[0]][::2]
    assert len(frames) == sent + 2 * len(shows) + 2 * len(erased)
    assert [caption.start for caption in shown] == shows
    free = 0
    for loading, caption, following in zip(wanted, shown, [*shown, None][1:], strict=True):
        length = sum(map(len, loading.units))
        assert caption.start >= loading.start
        # As early as the bytes allow: the last one is shown, its erasure and the loading are sent.
        assert caption.start <= max(loading.start, free + length + 2)
        free = caption.start + 2
        gone = [
            frame
            for frame in erased
            if caption.start < frame and (following is None or frame < following.start)
        ]
        if following is None or following.start >= max(loading.end, free) + 2:
            assert max(loading.end, free) <= gone[0] <= max(loading.end, free) + 1
        else:
            assert gone == []


def test_every_letter_is_what_ttconv_reads() -> None:
    letters = "".join(
        letter for letter in {**codes.BASIC, **codes.SPECIAL, **codes.EXTENDED} if codes.has(letter)
    ).replace(" ", "")
    assert len(letters) == 94 + 15 + 63
    lines = [letters[at : at + 20] for at in range(0, len(letters), 20)]
    cues = [cue(line, index=at + 1, at=5 + 4 * at) for at, line in enumerate(lines)]
    # ttconv reads some signs as drawn lines, and the caret as a turned v.
    drawn = str.maketrans({"—": "━", "^": "ʌ", "¦": "┃", **dict(zip("┌┐└┘", "┏┓┗┛", strict=True))})
    assert ["".join(said) for _, said in read(text(cues))] == [
        line.translate(drawn) for line in lines
    ]


@given(
    lines=st.lists(
        st.lists(
            st.text("abcäöüñ ♪éÇ«»", min_size=1, max_size=32)
            .map(lambda line: " ".join(line.split()))
            .filter(bool),
            min_size=1,
            max_size=4,
        ),
        max_size=4,
    ),
    drop=st.booleans(),
)
def test_every_track_is_what_ttconv_reads(lines: list[list[str]], drop: bool) -> None:
    cues = [cue(*row, index=at + 1, at=10 + 10 * at) for at, row in enumerate(lines)]
    found = read(text(cues, SccConfig(drop_frame=drop)))
    assert [said for _, said in found] == lines
    for given_cue, (begin, _) in zip(cues, found, strict=True):
        frame = nearest_frame(given_cue.start)
        # ttconv shows a caption with the order's second sending at the latest.
        assert Fraction(frame * 1001, 30000) <= begin <= Fraction((frame + 2) * 1001, 30000)


def read(scc: str) -> list[tuple[Fraction, list[str]]]:
    """Begin and lines of each caption that ttconv reads; nothing may be logged on the way."""
    reader = pytest.importorskip("ttconv.scc.reader")
    from ttconv import model

    with heard("ttconv") as said:
        document = reader.to_model(scc)
    assert said == []
    captions = []
    for paragraph in document.get_body().dfs_iterator():
        if isinstance(paragraph, model.P):
            parts = [
                "\n" if isinstance(element, model.Br) else element.get_text()
                for element in paragraph.dfs_iterator()
                if isinstance(element, model.Br | model.Text)
            ]
            lines = unicodedata.normalize("NFC", "".join(parts)).split("\n")
            captions.append((paragraph.get_begin(), lines))
    return captions
