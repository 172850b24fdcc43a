"""EBU STL: exact bytes, refusals, reports, and what ttconv reads."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.cues.model import Cue
from streaming.formats import encode_track
from streaming.formats.carrying import NotCarried
from streaming.formats.ebu_stl import Display, StlConfig
from streaming.formats.ebu_stl.character_codes import CYRILLIC, LATIN
from streaming.formats.ebu_stl.writer import nearest_frame, write_stl
from streaming.formats.interface import TrackOptions
from streaming.formats.losses import Loss, LossKind
from tests.unit.formats.tracks import KAZAKH, heard, seconds

RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
DAY = date(2026, 11, 26)


def cue(*lines: str, language: Language = "ru", index: int = 1, at: float = 1.0) -> Cue:
    return Cue(index, seconds(at), seconds(at + 2), lines, language)


def test_exact_bytes() -> None:
    cues = [
        Cue(1, seconds(1.02), seconds(3) + 1799, ("Привет, мир", "№ 2"), "ru"),
        Cue(2, seconds(3661), seconds(3661), ("Да.",), "ru"),
    ]
    config = StlConfig(programme_start=36000, title="Vesti", created=DAY, publisher="Qazaqstan")
    track = write_stl(cues, config)
    assert track.losses.losses == ()
    header = (
        b"850STL25.01" + b"0" + b"01" + b"56" + b"Vesti".ljust(32) + b" " * (5 * 32 + 16)
        + b"261126" * 2 + b"00" + b"00002" + b"00002" + b"001" + b"40" + b"23" + b"1"
        + b"10000000" + b"10000101" + b"1" + b"1" + b"KAZ" + b"Qazaqstan".ljust(32)
        + b" " * 139 + b"Automatic subtitles, not checked by a person.".ljust(576)
    )  # fmt: skip
    first = (
        bytes([0, 1, 0, 0xFF, 0, 10, 0, 1, 1, 10, 0, 3, 0, 21, 2, 0])
        + bytes.fromhex("bfe0d8d2d5e22c20dcd8e08af02032").ljust(112, b"\x8f")
    )  # fmt: skip
    second = (
        bytes([0, 2, 0, 0xFF, 0, 11, 1, 1, 0, 11, 1, 1, 1, 22, 2, 0])
        + bytes.fromhex("b4d02e").ljust(112, b"\x8f")
    )  # fmt: skip
    assert len(header) == 1024
    assert track.data == header + first + second


def test_exact_bytes_of_teletext_and_accents() -> None:
    track = write_stl([cue("Ğ şū", "ı—", language="kk")], StlConfig(Display.TELETEXT))
    assert track.data[11:16] == b"10067"
    text = track.data[1024 + 13 :]
    assert text == bytes([20, 2, 0]) + (
        b"\x0d\x0b\x0b\xc6G \xcbs\xc5u\x0a\x0a\x8a\x8a\x0d\x0b\x0b\xf5\xd0\x0a\x0a"
    ).ljust(112, b"\x8f")


@pytest.mark.parametrize(
    ("ticks", "frame"), [(0, 0), (1799, 0), (1800, 1), (3600, 1), (5399, 1), (5400, 2)]
)
def test_times_are_those_of_the_nearest_frame(ticks: int, frame: int) -> None:
    assert nearest_frame(ticks) == frame


@pytest.mark.parametrize(
    ("cues", "table"),
    [
        ([cue("Plain")], b"00"),
        ([cue("naïve «café» — “x”")], b"00"),
        ([cue("Äğñöşūüı İ")], b"00"),
        ([cue("Да")], b"01"),
        ([cue("Plain"), cue("і")], b"01"),
    ],
)
def test_the_table_that_has_every_letter_is_taken(cues: list[Cue], table: bytes) -> None:
    track = write_stl(cues, StlConfig())
    assert track.data[12:14] == table
    assert not track.losses


def test_kazakh_is_refused_by_letter_and_cue() -> None:
    cues = [cue("Привет"), cue("Қала", index=2), cue("өңір әлі", index=3)]
    with pytest.raises(NotCarried) as caught:
        write_stl(cues, StlConfig())
    assert caught.value.letters == "Қөңә"
    assert caught.value.cues == (2, 3)
    assert str(caught.value) == (
        "cues: EBU STL in Latin and Cyrillic letters (ISO 8859-5) has no Қ ө ң ә (cues 2, 3)"
    )


def test_each_kazakh_letter_but_one_is_refused() -> None:
    refused = set()
    for letter in KAZAKH + KAZAKH.upper():
        try:
            write_stl([cue(letter, language="kk")], StlConfig())
        except NotCarried:
            refused.add(letter)
    assert refused == set("әғқңөұүһӘҒҚҢӨҰҮҺ")


def test_transliteration_is_reported() -> None:
    cues = [cue("Қала «Шу» — өңір", language="kk"), cue("Щука Ёж", index=2, at=4)]
    track = encode_track(cues, "ebu_stl", TrackOptions(transliterate=True))
    assert track.data[12:14] == b"00"
    assert read(track.data) == ["Qala «Şu» — öñır", "Shchuka Yozh"]
    assert track.losses.losses == (
        Loss(1, LossKind.TRANSLITERATED, "Қала «Шу» — өңір", "Qala «Şu» — öñır"),
        Loss(2, LossKind.TRANSLITERATED, "Щука Ёж", "Shchuka Yozh"),
    )
    assert track.losses.summary() == "2 transliterated"


def test_signs_are_written_plainer_and_reported() -> None:
    track = write_stl([cue("«Да» — нет…\u200f")], StlConfig())
    assert read(track.data) == ['"Да" - нет...']
    assert [(loss.original, loss.written) for loss in track.losses] == [
        ("«", '"'),
        ("»", '"'),
        ("—", "-"),
        ("…", "..."),
        ("\u200f", ""),
    ]


def test_what_no_table_has_is_refused_even_when_transliterated() -> None:
    with pytest.raises(NotCarried, match="漢"):
        write_stl([cue("漢 Қ")], StlConfig(transliterate=True))


def test_long_text_goes_on_in_extension_blocks() -> None:
    lines = ("ä" * 40, "ö" * 40)
    track = write_stl([cue(*lines)], StlConfig())
    blocks = [track.data[at : at + 128] for at in range(1024, len(track.data), 128)]
    assert [block[3] for block in blocks] == [0, 0xFF]
    assert track.data[238:248] == b"0000200001"
    assert read(track.data) == ["\n".join(lines)]


def test_lines_that_are_too_long_are_broken_and_reported() -> None:
    line = "слово " * 9 + "конец"
    track = write_stl([cue(line)], StlConfig())
    (loss,) = track.losses
    assert (loss.kind, loss.original) == (LossKind.LAYOUT, line)
    assert read(track.data) == [loss.written]
    with pytest.raises(InvalidArgument, match="cue 1 takes"):
        write_stl([cue("слово " * 50)], StlConfig())


def test_a_cyrillic_title_is_transliterated_and_reported() -> None:
    track = write_stl([cue("x", language="kk")], StlConfig(title="Қазақстан жаңалықтары"))
    assert track.data[16:48].decode("cp850") == "Qazaqstan jañalyqtary".ljust(32)
    assert [(loss.cue, loss.written) for loss in track.losses] == [(0, "Qazaqstan jañalyqtary")]


@pytest.mark.parametrize(
    "wrong",
    [{"columns": 5}, {"programme_start": -1}, {"programme_start": 90000}, {"country": "kz"}],
)
def test_declarations_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidArgument):
        StlConfig(**wrong)  # type: ignore[arg-type]


def test_the_day_has_24_hours() -> None:
    with pytest.raises(InvalidArgument, match="24 hours"):
        write_stl([cue("x", at=86399)], StlConfig())
    with pytest.raises(InvalidArgument, match="24 hours"):
        write_stl([cue("x", at=10)], StlConfig(programme_start=86395))


def test_a_track_without_cues() -> None:
    track = write_stl([], StlConfig())
    assert len(track.data) == 1024
    assert track.data[238:248] == b"0000000000"


@pytest.mark.parametrize(("letters", "table"), [("".join(LATIN.codes), LATIN), (RUSSIAN, CYRILLIC)])
def test_every_letter_is_what_ttconv_reads(letters: str, table: object) -> None:
    # ttconv takes E2 for the Icelandic letter, where ISO 6937 has the Croatian one, E0 for Ohm.
    letters = letters.replace("Đ", "").replace("Ω", "")
    lines = [letters[at : at + 30].strip() for at in range(0, len(letters), 30)]
    cues = [cue(line, index=at + 1, at=at * 3) for at, line in enumerate(lines)]
    assert read(write_stl(cues, StlConfig()).data) == lines
    assert table in (LATIN, CYRILLIC)


@given(
    texts=st.lists(
        st.lists(
            st.text(RUSSIAN + RUSSIAN.upper() + " abc,.!?", min_size=1, max_size=40)
            .map(lambda line: " ".join(line.split()))
            .filter(bool),
            min_size=1,
            max_size=2,
        ),
        max_size=5,
    ),
    display=st.sampled_from(Display),
)
def test_every_russian_track_is_what_ttconv_reads(texts: list[list[str]], display: Display) -> None:
    cues = [cue(*lines, index=at + 1, at=at * 3) for at, lines in enumerate(texts)]
    track = write_stl(cues, StlConfig(display))
    said = [" ".join(lines).split() for lines in texts]
    if not any(loss.kind is LossKind.LAYOUT for loss in track.losses):
        assert [text.split() for text in read(track.data)] == said


def read(data: bytes) -> list[str]:
    """The texts that ttconv reads, a subtitle each; nothing may be logged on the way."""
    reader = pytest.importorskip("ttconv.stl.reader")
    from ttconv import model

    with heard("ttconv") as said:
        document = reader.to_model(io.BytesIO(data))
    assert said == []
    texts = []
    for paragraph in document.get_body().dfs_iterator():
        if isinstance(paragraph, model.P):
            parts = [
                "\n" if isinstance(element, model.Br) else element.get_text()
                for element in paragraph.dfs_iterator()
                if isinstance(element, model.Br | model.Text)
            ]
            texts.append("".join(parts))
    return texts
