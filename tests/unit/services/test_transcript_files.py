"""Transcripts are written in every format; what one cannot carry is said."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from foundation.media_time import TICKS_PER_SECOND
from foundation.speech import Word
from services.command_line.transcript_files import FORMATS, TranscriptOutput
from streaming.formats import read_track
from streaming.recognition.offline import Utterance

RECORDING = Path("archive/Жаңалықтар.mp4")
KAZAKH = "Қайырлы кеш, құрметті көрермен."
RUSSIAN = "Добрый вечер, уважаемые телезрители."


def utterance(text: str, language: Language, at: int = 1) -> Utterance:
    second = TICKS_PER_SECOND
    words = tuple(
        Word(word, (at + step) * second, (at + step) * second + second // 2, 0.9)
        for step, word in enumerate(text.split())
    )
    return Utterance(words, language, at * second, (at + len(words)) * second, text)


BULLETIN = [utterance(KAZAKH, "kk"), utterance(RUSSIAN, "ru", 11)]


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"stl", "scc"}))
def test_every_letter_is_written(name: str, tmp_path: Path) -> None:
    TranscriptOutput(name, tmp_path).write(RECORDING, BULLETIN)
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("Жаңалықтар.")
    if name == "docx":
        document = docx.Document(io.BytesIO(file.read_bytes()))
        text = " ".join(paragraph.text for paragraph in document.paragraphs)
    else:
        text = file.read_text(encoding="utf-8")
    for word in (KAZAKH + " " + RUSSIAN).split():
        assert word in text


@pytest.mark.parametrize(("name", "letters"), [("stl", "Қ қ ұ ө"), ("scc", "Қ а й")])
def test_letters_that_are_lacking_are_named_with_what_helps(
    name: str, letters: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        TranscriptOutput(name, tmp_path).write(RECORDING, BULLETIN)
    message = str(caught.value)
    assert message.startswith("--format: ")
    assert f"has no {letters}" in message
    assert "(cue" in message
    assert "--script latin" in message
    assert "--transliterate" in message
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["stl", "scc"])
def test_losses_are_listed_beside_the_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = TranscriptOutput(name, tmp_path, transliterate=True)
    output.write(RECORDING, BULLETIN)
    listed = (tmp_path / f"Жаңалықтар.{name}.losses.txt").read_text(encoding="utf-8")
    assert "cue 1: transliterated: 'Қайырлы кеш," in listed
    assert f"Жаңалықтар.{name}.losses.txt" in capsys.readouterr().err
    output.write(RECORDING, [utterance("Good evening.", "en")])
    if name == "scc":  # an STL file also has a title, which is in Kazakh
        assert [file.name for file in tmp_path.iterdir()] == ["Жаңалықтар.scc"]


def test_russian_goes_into_stl_as_it_is(tmp_path: Path) -> None:
    TranscriptOutput("stl", tmp_path).write(Path("vesti.wav"), [utterance(RUSSIAN, "ru")])
    (file,) = tmp_path.iterdir()
    assert RUSSIAN.split()[0].encode("iso8859-5") in file.read_bytes()


def test_kazakh_in_latin_letters(tmp_path: Path) -> None:
    output = TranscriptOutput("vtt", tmp_path, latin=True)
    output.write(RECORDING, BULLETIN)
    (file,) = tmp_path.iterdir()
    said = " ".join(cue.text for cue in read_track(file.read_bytes(), "webvtt", "kk"))
    assert said == f"Qaiyrly keş, qūrmettı körermen. {RUSSIAN}"


def test_standard_output_is_the_file(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    output = TranscriptOutput("scc", None, transliterate=True)
    output.write(Path("a.wav"), [utterance("Қала.", "kk")])
    printed = capsysbinary.readouterr()
    assert printed.out.startswith(b"Scenarist_SCC V1.0")
    assert "a.wav: cue 1: transliterated: 'Қала.' became 'Qala.'" in printed.err.decode()


@pytest.mark.parametrize(
    ("output", "languages", "field"),
    [
        (TranscriptOutput("doc", None), LANGUAGES, "--format"),
        (TranscriptOutput("stl", None, several=True), LANGUAGES, "--out"),
        (TranscriptOutput("stl", Path()), ("kk",), "--format"),
        (TranscriptOutput("scc", Path()), ("ru", "kk"), "--format"),
        (TranscriptOutput("scc", Path(), latin=True), ("kk",), "--format"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(
    output: TranscriptOutput, languages: tuple[Language, ...], field: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        output.check(languages)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("output", "languages"),
    [
        (TranscriptOutput("stl", Path()), LANGUAGES),
        (TranscriptOutput("stl", Path(), latin=True), ("kk",)),
        (TranscriptOutput("stl", Path(), transliterate=True), ("kk",)),
        (TranscriptOutput("scc", Path()), ("en", "ru")),
        (TranscriptOutput("srt", None, several=True), ("kk",)),
    ],
)
def test_what_may_be_written_is_let_through(
    output: TranscriptOutput, languages: tuple[Language, ...]
) -> None:
    output.check(languages)
