"""Transcripts as Word documents."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import docx
from docx.oxml.ns import qn
from hypothesis import given, settings

from streaming.cues.model import Cue
from streaming.formats import encode_track
from streaming.formats.docx import DocxConfig
from streaming.formats.docx.writer import AUTOMATIC, write_docx
from streaming.formats.interface import TrackOptions
from tests.unit.formats.tracks import KAZAKH, WHOLE_ALPHABET, seconds, tracks

CUES = [
    Cue(1, seconds(0.9), seconds(3), ("Қайырлы кеш,", "құрметті көрермен."), "kk"),
    Cue(2, seconds(4), seconds(6), ("Басты жаңалықтар.",), "kk"),
    Cue(3, seconds(6), seconds(8), ("Добрый вечер.",), "ru"),
    Cue(4, seconds(3723), seconds(3725), ("Конец.",), "ru"),
]


def lines(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def test_paragraphs_times_and_labels() -> None:
    track = encode_track(CUES, "docx", TrackOptions(title="Жаңалықтар"))
    assert track.extension == ".docx"
    assert not track.losses
    assert lines(track.data) == [
        "Жаңалықтар",
        AUTOMATIC["kk"],
        AUTOMATIC["ru"],
        "[00:00:00] Қайырлы кеш, құрметті көрермен. Басты жаңалықтар.",
        "[00:00:06] Добрый вечер.",
        "[01:02:03] Конец.",
    ]


def test_speakers_without_times_or_label() -> None:
    config = DocxConfig(times=False, automatic=False, speakers={1: "Айгүл", 3: "Иван"})
    assert lines(write_docx(CUES, config).data) == [
        "Айгүл: Қайырлы кеш, құрметті көрермен. Басты жаңалықтар.",
        "Иван: Добрый вечер.",
        "Иван: Конец.",
    ]


def test_a_long_paragraph_ends_with_a_sentence() -> None:
    cues = [
        Cue(at + 1, seconds(30 * at), seconds(30 * at + 30), (text,), "en")
        for at, text in enumerate(["One,", "two,", "three", "four.»", "Five."])
    ]
    config = DocxConfig(times=False, automatic=False)
    assert lines(write_docx(cues, config).data) == ["One, two, three four.»", "Five."]


def test_runs_say_their_language() -> None:
    document = docx.Document(io.BytesIO(write_docx(CUES, DocxConfig(times=False)).data))
    tags = [
        run._r.rPr.find(qn("w:lang")).get(qn("w:val"))
        for paragraph in document.paragraphs
        for run in paragraph.runs
    ]
    assert tags == ["kk-KZ", "ru-RU", "kk-KZ", "ru-RU", "ru-RU"]


def test_properties() -> None:
    config = DocxConfig(title="T", created=datetime(2026, 11, 26, 15, tzinfo=UTC))
    properties = docx.Document(io.BytesIO(write_docx(CUES, config).data)).core_properties
    assert (properties.title, properties.author, properties.language) == ("T", "Dauys", "kk-KZ")
    assert properties.created == datetime(2026, 11, 26, 15, tzinfo=UTC)


def test_every_kazakh_letter_is_carried() -> None:
    text = " ".join(lines(write_docx(WHOLE_ALPHABET, DocxConfig()).data))
    assert set(KAZAKH + KAZAKH.upper()) <= set(text)


def test_a_track_without_cues() -> None:
    assert lines(write_docx([], DocxConfig()).data) == [AUTOMATIC["en"]]


@settings(max_examples=15)
@given(cues=tracks())
def test_no_word_is_lost(cues: list[Cue]) -> None:
    config = DocxConfig(times=False, automatic=False)
    said = " ".join(lines(write_docx(cues, config).data)).split()
    assert said == " ".join(cue.text for cue in cues).split()
