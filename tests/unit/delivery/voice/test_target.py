"""Where a voice may go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foundation.errors import InvalidArgument, Unavailable
from streaming.delivery.voice.sinks import FileSink
from streaming.delivery.voice.target import parse_voice_target
from streaming.synthesis.encoding import Provenance

PROVENANCE = Provenance(("voice",), "", "ru")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.parametrize(
    ("text", "live", "rate"),
    [
        ("srt://127.0.0.1:9000", True, 24_000),
        ("udp://239.1.2.3:5000?ttl=4", True, 24_000),
        ("rtp://127.0.0.1:5000", True, 24_000),
        ("-", False, 24_000),
        ("voice.TS", False, 24_000),
        ("voice.opus", False, 24_000),
        ("voice.wav", False, 24_000),
    ],
)
def test_what_a_target_is(text: str, live: bool, rate: int) -> None:
    target = parse_voice_target(text)
    assert (target.is_live, target.sample_rate) == (live, rate)


@pytest.mark.parametrize(
    "text", ["", "voice", "voice.doc", "http://127.0.0.1/x.ts", "srt://127.0.0.1", "udp://:1"]
)
def test_what_is_none_is_named(text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        parse_voice_target(text)
    assert refused.value.field == "target"


@pytest.mark.parametrize("name", ["voice.wav", "voice.ts"])
async def test_a_file_that_is_there_is_kept(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"precious")
    target = parse_voice_target(str(path))
    for _ in range(2):
        sink = target.open("ru", PROVENANCE, anew=True)
        await sink.write(np.full(24_000, 0.1, np.float32))
        await sink.close()
    assert path.read_bytes() == b"precious"
    for number in (2, 3):
        assert path.with_stem(f"voice-{number}").stat().st_size > 1000


async def test_a_file_may_be_written_over(tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    path.write_bytes(b"old")
    sink = parse_voice_target(str(path)).open("ru", PROVENANCE)
    assert isinstance(sink, FileSink)
    await sink.close()
    assert path.read_bytes().startswith(b"RIFF")
    assert names(tmp_path) == ["voice.wav"]


async def test_what_is_no_file_gets_no_number(tmp_path: Path) -> None:
    (tmp_path / "full.ts").symlink_to("/dev/null")
    sink = parse_voice_target(str(tmp_path / "full.ts")).open(None, PROVENANCE, anew=True)
    await sink.write(np.full(24_000, 0.1, np.float32))
    await sink.close()
    assert names(tmp_path) == ["full.ts"]


@pytest.mark.parametrize("name", ["voice.wav", "voice.ts"])
def test_a_folder_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    target = parse_voice_target(str(tmp_path / "no" / name))
    with pytest.raises(Unavailable, match=f"cannot write {name}: No such file"):
        target.open("ru", PROVENANCE, anew=True)
