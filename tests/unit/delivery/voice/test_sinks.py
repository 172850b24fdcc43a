"""Files that take a voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from foundation.errors import Unavailable
from streaming.delivery.voice.sinks import FileSink
from streaming.synthesis.encoding import Provenance, SpeechEncoding, SpeechFormat

RATE = 24_000
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("encoding", ["wav", "flac", "mp3", "ogg-opus"])
async def test_a_full_disk_is_told_once_and_the_file_closed(encoding: SpeechEncoding) -> None:
    sink = FileSink(FULL, SpeechFormat(encoding), RATE, Provenance(("voice",), "", "en"))
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, RATE).astype(np.float32)
    with pytest.raises(Unavailable, match="cannot write full: No space left on device"):
        for _ in range(30):
            await sink.write(noise)
    await sink.close()
    await sink.close()


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
async def test_a_disk_that_is_full_at_the_end_is_told() -> None:
    sink = FileSink(FULL, SpeechFormat("wav"), RATE, Provenance(("voice",), "", "en"))
    with pytest.raises(Unavailable, match="cannot write full"):
        await sink.close()
    await sink.close()


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot write folder"):
        (tmp_path / "folder").mkdir()
        FileSink(tmp_path / "folder", SpeechFormat("wav"), RATE, Provenance((), "", "en"))
