"""``dauys speak`` and ``dauys voices`` over a tiny voice in Piper's format."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import mutagen
import pytest
import structlog

from services.command_line.main import main
from tests.tiny_piper import build

_CATALOGUE: Final = """
[[models]]
id = "tiny"
display_name = "Tiny"
task = "text-to-speech"
languages = ["kk"]
engine = "piper"
license = "CC0-1.0"
commercial_use = true
starter = true
default = true
size_bytes = 1
[models.files]
"tiny.onnx" = {}
"tiny.onnx.json" = {}
[models.settings]
sample_rate = 22050
[models.settings.speakers.low]
gender = "male"
[models.settings.speakers.high]
gender = "female"
"""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("command")
    build(folder / "mirror" / "tiny")
    own = folder / "own.toml"
    own.write_text(_CATALOGUE, encoding="utf-8")
    return {
        "DAUYS_CATALOGUE": str(own),
        "DAUYS_MODELS_DIR": str(folder / "models"),
        "DAUYS_MODELS_MIRROR": str(folder / "mirror"),
        "DAUYS_VOICES": '{"kk": "tiny"}',
    }


@pytest.fixture
def dauys(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Run]:
    """Runs ``dauys`` here, in a folder of its own."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, given: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["dauys", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsysbinary.readouterr()
        return Ended(
            int(ended.value.code or 0), told.out.decode("latin-1"), told.err.decode("utf-8")
        )

    yield run
    structlog.reset_defaults()


def seconds(path: Path) -> float:
    with av.open(path) as container:
        stream = container.streams.audio[0]
        return float(sum(frame.samples for frame in container.decode(stream)) / stream.sample_rate)


def test_a_text_becomes_a_file_here_named_after_it(dauys: Run, tmp_path: Path) -> None:
    ended = dauys("speak", "Сәлем, әлем!", "--language", "kk")
    assert ended.code == 0, ended.err
    written = tmp_path / "сәлем-әлем.wav"
    assert "сәлем-әлем.wav" in ended.out.encode("latin-1").decode("utf-8")
    assert "synthetic voice" in ended.out
    assert seconds(written) > 0.3
    assert b"Synthetic speech, spoken by no person. Voice: tiny" in written.read_bytes()
    assert dauys("speak", "Сәлем, әлем!", "--language", "kk").code == 0
    assert (tmp_path / "сәлем-әлем-2.wav").is_file(), "nothing is written over unasked"
    assert not list(tmp_path.glob(".*")), "no half file is left"


@pytest.mark.parametrize("ending", ["mp3", "opus", "flac", "wav", "ogg"])
def test_the_ending_names_the_encoding(dauys: Run, tmp_path: Path, ending: str) -> None:
    out = tmp_path / "sub" / f"a.{ending}"
    ended = dauys("speak", "-", "--voice", "tiny", "--out", out, given="Сәлем.\n".encode())
    assert ended.code == 0, ended.err
    assert mutagen.File(out).info.length == pytest.approx(seconds(out), abs=0.1)


def test_rate_speaker_loudness_notice_and_ssml(dauys: Run, tmp_path: Path) -> None:
    plain, fast = tmp_path / "plain.wav", tmp_path / "fast.wav"
    document = '<speak>Сәлем <break time="500ms"/> әлем.</speak>'
    assert dauys("speak", document, "--ssml", "--language", "kk", "--out", plain).code == 0
    ended = dauys(
        "speak", document, "--ssml", "--voice", "tiny", "--speaker", "high", "--rate", "2",
        "--loudness", "-20", "--sample-rate", "16000", "--out", fast,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert 0.5 < seconds(fast) < seconds(plain)
    with av.open(fast) as container:
        assert container.streams.audio[0].sample_rate == 16_000
    told = tmp_path / "told.wav"
    assert dauys("speak", "Сәлем.", "--language", "kk", "--notice", "--out", told).code == 0
    assert seconds(told) > seconds(plain)


def test_a_stream_on_standard_output(dauys: Run) -> None:
    ended = dauys("speak", "Сәлем. Әлем.", "--language", "kk", "--out", "-")
    assert ended.code == 0, ended.err
    data = ended.out.encode("latin-1")
    assert data.startswith(b"RIFF\xff\xff\xff\xff")
    with av.open(io.BytesIO(data)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) > 10_000


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["  "], "text: is empty"),
        (["Сәлем", "--out", "a.aac"], "--out"),
        (["Сәлем", "--voice", "nobody"], "--voice: no voice 'nobody'; there are: "),
        (["Сәлем", "--voice", "tiny", "--language", "en"], "--language: 'tiny' speaks kk, not en"),
        (["Сәлем", "--language", "kk", "--speaker", "x"], "--speaker: 'x' is not one of low, high"),
        (["Сәлем", "--language", "xx"], "--language"),
        (["Сәлем", "--lexicon", "none.tsv"], "--lexicon: cannot read none.tsv"),
        (["Сәлем", "--rate", "nan"], "--rate: nan is not within 0.25 to 4"),
        (["Сәлем", "--pitch", "40"], "--pitch"),
        (["Сәлем", "--loudness", "0"], "--loudness"),
        (["Сәлем", "--sample-rate", "1"], "--sample-rate"),
        (["<speak>\n<blink/></speak>", "--ssml", "--language", "kk"], "line 2"),
        (["Сәлем", "--language", "kk", "--out", "/proc/no/a.wav"], "--out: cannot write"),
    ],
)
def test_what_is_wrong_is_said_in_the_command_s_words(
    dauys: Run, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    ended = dauys("speak", *arguments)
    assert ended.code in (1, 2)
    assert reason in ended.err, ended.err
    assert len(ended.err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_voices_are_listed(dauys: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    ended = dauys("voices", "--language", "kk")
    assert ended.code == 0
    [row] = [line for line in ended.out.splitlines() if line.startswith("tiny ")]
    assert row.split()[1:5] == ["kk*", "low", "high", "CC0-1.0"]
    assert "piper-kk-issai" in ended.out
    assert "piper-en-us-joe" not in ended.out


def test_voices_in_a_narrow_window_keep_the_whole_names_of_speakers(
    dauys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ended = dauys("voices", "--language", "kk")
    assert "ISSAI_KazakhTTS_M1_Iseke" in ended.out.split()
    assert "\u2026".encode().decode("latin-1") not in ended.out
