"""``dauys interpret`` as a user runs it, with the starter models."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from services.command_line.demo import BULLETIN, speak
from services.command_line.runtime import ensure_model

pytestmark = [pytest.mark.models, pytest.mark.slow]


def dauys(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.command_line.main", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)


@pytest.fixture(scope="module")
def bulletin(tmp_path_factory: pytest.TempPathFactory, whisper_base: Path) -> Path:
    ensure_model("piper-en-us-joe")
    path = tmp_path_factory.mktemp("bulletin") / "bulletin.wav"
    speak(BULLETIN[:2], path)
    return path


def test_a_recording_is_spoken_in_russian_after_its_source(bulletin: Path, tmp_path: Path) -> None:
    out = tmp_path / "news.ru.flac"
    result = dauys("interpret", bulletin, "--to", "ru", "--language", "en", "--out", out)
    assert result.returncode == 0, result.stderr
    phrases = [json.loads(line) for line in out.with_suffix(".jsonl").read_text().splitlines()]
    assert phrases
    assert f"{len(phrases)} phrases" in result.stdout
    with av.open(str(out)) as container:
        metadata = container.metadata
        frames = list(container.decode(audio=0))
    rate = frames[0].sample_rate
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]) / 32_768
    assert {key.lower(): value for key, value in metadata.items()}["synthetic"] == "true"
    until = 0.0
    for phrase in phrases:
        assert re.search("[а-яё]", phrase["text"].lower())
        assert phrase["synthetic"] is True
        assert phrase["start"] >= max(phrase["source_end"], until) - 0.05
        until = phrase["end"]
        heard = samples[round(phrase["start"] * rate) : round(phrase["end"] * rate)]
        assert np.sqrt(np.mean(heard**2)) > 0.01
    assert not np.abs(samples[: round(phrases[0]["start"] * rate) - rate // 10]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--to", "de"), "--to"),
        (("--to", "ru", "--out", "x.doc"), "--out"),
        (("--to", "ru", "--out", "/no/such/folder/x.wav"), "no folder"),
        (("--to", "ru", "--voice", "piper-en-us-joe"), "--to: 'piper-en-us-joe' speaks en, not ru"),
        (("--to", "ru", "--max-rate", "nan"), "--max-rate: nan is not within 1 to 4"),
    ],
)
def test_what_is_wrong_is_named(bulletin: Path, arguments: tuple[str, ...], message: str) -> None:
    result = dauys("interpret", bulletin, *arguments)
    assert result.returncode == 2, result.stderr
    assert message in result.stderr


def test_a_recording_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    result = dauys("interpret", tmp_path / "x.wav", "--to", "en", "--out", tmp_path / "out.wav")
    assert result.returncode == 1
    assert result.stderr == f"dauys: no such file: {tmp_path / 'x.wav'}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["bulletin.wav", "bulletin.jsonl"])
def test_what_is_heard_is_not_written_over(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    source.write_bytes(b"precious")
    result = dauys("interpret", source, "--to", "en", "--out", tmp_path / "bulletin.wav")
    assert result.returncode == 2
    assert "name another file" in result.stderr
    assert source.read_bytes() == b"precious"


def test_a_full_disk_ends_a_live_feed_with_one_line(bulletin: Path, tmp_path: Path) -> None:
    """At once, not when the feed does, which may be tomorrow."""
    out = tmp_path / "news.wav"
    out.symlink_to("/dev/full")
    command = ("interpret", bulletin, "--to", "en", "--language", "en", "--realtime", "--out", out)
    result = dauys(*command)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "dauys: cannot write news.wav: No space left on device"
