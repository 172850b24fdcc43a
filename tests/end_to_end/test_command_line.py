"""The command line as a user runs it, with the real model."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import jiwer
import m3u8
import numpy as np
import pytest
import structlog
import webvtt
from numpy.typing import NDArray

from services.command_line.demo import BULLETIN, speak
from services.command_line.runtime import ensure_model
from services.command_line.scoring import normalise
from tests.command_line import runner

pytestmark = [pytest.mark.models, pytest.mark.slow]

RATE = 16_000
ROOT = Path(__file__).parents[2]


def dauys(*arguments: str | Path, timeout: float = 110) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.command_line.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def write_wav(path: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def bulletin(tmp_path_factory: pytest.TempPathFactory, whisper_base: Path) -> Path:
    ensure_model("piper-en-us-joe")
    path = tmp_path_factory.mktemp("bulletin") / "bulletin.wav"
    speak(BULLETIN[:3], path)
    return path


def test_transcribes_what_is_said(bulletin: Path) -> None:
    result = dauys("transcribe", bulletin, "--language", "en")
    assert result.returncode == 0, result.stderr
    assert jiwer.wer(normalise(" ".join(BULLETIN[:3])), normalise(result.stdout)) <= 0.1


def test_transcribes_to_json_and_goes_on_after_a_bad_file(bulletin: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("this is no audio")
    result = dauys("transcribe", bad, bulletin, "--format", "json", "--out", tmp_path / "out")
    assert result.returncode == 1
    assert "bad.wav" in result.stderr
    document = json.loads((tmp_path / "out" / "bulletin.json").read_text())
    assert document["cues"][0]["words"]


@pytest.mark.parametrize(
    ("name", "ending", "begins"),
    [
        ("stl", ".stl", b"850STL25.01000"),
        ("docx", ".docx", b"PK"),
    ],
)
def test_transcribes_to_files_of_bytes(
    bulletin: Path, tmp_path: Path, name: str, ending: str, begins: bytes
) -> None:
    result = dauys("transcribe", bulletin, "--language", "en", "--format", name, "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / f"bulletin{ending}").read_bytes().startswith(begins)


def test_live_subtitles_are_right_and_never_revised(bulletin: Path, tmp_path: Path) -> None:
    hls = ("--hls", tmp_path / "hls", "--hls-segment", "2", "--hls-window", "0", "--video", "copy")
    result = dauys("subtitle", bulletin, "--realtime", "--language", "en", "--out", tmp_path, *hls)
    assert result.returncode == 0, result.stderr
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    words = [word for e in events if e["kind"] == "committed" for word in e["words"]]
    assert all(a["start"] <= b["start"] for a, b in itertools.pairwise(words))
    heard = " ".join(word["text"] for word in words)
    assert jiwer.wer(normalise(" ".join(BULLETIN[:3])), normalise(heard)) <= 0.15
    # Every committed word stands once, in order, in the cues and in both files.
    cues = " ".join(e["text"].replace("\n", " ") for e in events if e["kind"] == "cue")
    assert cues.split() == heard.split()
    for name in ("source.vtt", "source.srt"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        shown = [line for line in text.splitlines() if line and "-->" not in line]
        shown = [line for line in shown if not line.isdigit() and line != "WEBVTT"]
        assert " ".join(shown).split() == heard.split()
    published = {
        caption.identifier: caption.text
        for segment in m3u8.load(str(tmp_path / "hls" / "source.m3u8")).segments
        for caption in webvtt.read(str(tmp_path / "hls" / str(segment.uri)))
    }
    assert " ".join(published.values()).split() == heard.split()
    assert (tmp_path / "hls" / "media.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")
    log = (tmp_path / "delivery-hls.jsonl").read_text(encoding="utf-8").splitlines()
    delivered = [json.loads(line) for line in log]
    assert [str(entry["index"]) for entry in delivered] == list(published)
    assert all(entry["delay"] > 0 and entry["moved"] == 0 for entry in delivered)
    tentative = [e for e in events if e["kind"] == "tentative" and e["text"]]
    assert tentative, "text is shown before it is committed"


def test_a_track_of_what_is_said_in_its_language_needs_no_translator(
    bulletin: Path, tmp_path: Path
) -> None:
    result = dauys("subtitle", bulletin, "--language", "en", "--to", "en", "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    assert "source  " in result.stdout
    assert "en      " in result.stdout
    for ending in (".vtt", ".srt"):
        spoken = (tmp_path / f"source{ending}").read_text(encoding="utf-8")
        assert "-->" in spoken
        assert (tmp_path / f"en{ending}").read_text(encoding="utf-8") == spoken


@pytest.mark.parametrize(
    "sound",
    [
        lambda: np.zeros(10 * RATE),
        lambda: np.random.default_rng(1).normal(0, 0.1, 10 * RATE),
        lambda: 0.3 * np.sin(2 * np.pi * 440 * np.arange(10 * RATE) / RATE),
    ],
    ids=["silence", "white-noise", "sine"],
)
def test_no_speech_gives_no_text(
    sound: Callable[[], NDArray[np.float64]], tmp_path: Path, whisper_base: Path
) -> None:
    path = write_wav(tmp_path / "sound.wav", sound())
    result = dauys("subtitle", path, "--out", tmp_path)
    assert result.returncode == 0, result.stderr
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert set(kinds) == {"feed"}
    assert dauys("transcribe", path).stdout.strip() == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("subtitle", "missing.wav"), "missing.wav"),
        (("subtitle", ""), "url"),
        (("subtitle", "gopher://example.org/"), "gopher"),
        (("subtitle", "-f lavfi"), ""),
        (("subtitle", "README.md", "--language", "tr"), "language"),
        (("subtitle", "README.md", "--preset", "cinema"), "preset"),
        (("subtitle", "README.md", "--to", "tr"), "--to"),
        (("subtitle", "README.md", "--to", "kk", "--translation-model", "no-such"), "no-such"),
        (("subtitle", "README.md", "--language", "en", "--script", "latin"), "--script"),
        (("subtitle", "README.md", "--video", "copy"), "--hls"),
        (("subtitle", "README.md", "--hls", "out", "--hls-window", "5"), "window"),
        (("subtitle", "README.md", "--output", "dvd=x"), "dvd"),
        (("subtitle", "README.md", "--output", "hls"), "hls=FOLDER"),
        (("subtitle", "README.md", "--output", "hls=x", "--hls", "x"), "outputs[1]"),
        (("subtitle", "README.md", "--outputs", "none.toml"), "none.toml"),
        (("subtitle", "README.md", "--outputs", "pyproject.toml"), "[[output]]"),
        (("outputs", "dvd"), "dvd"),
        (("transcribe", "README.md"), "README.md"),
        (("transcribe", "README.md", "--format", "doc"), "format"),
        (("transcribe", "README.md", "--format", "stl", "--language", "kk"), "--transliterate"),
        (("transcribe", "README.md", "CHANGELOG.md", "--format", "docx"), "--out"),
        (("transcribe", "README.md", "--model", "no-such"), "no-such"),
        (("serve", "--only", "nothing"), "nothing"),
    ],
)
def test_bad_input_ends_in_one_clear_line(
    arguments: tuple[str, ...],
    message: str,
    whisper_base: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    result = runner(monkeypatch, capsys)(*arguments)
    structlog.reset_defaults()
    assert result.code in (1, 2)
    assert message in result.err
    assert "Traceback" not in result.err
