"""Where the voice goes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from foundation.synthesis import Waveform
from streaming.synthesis.encoding import FileEncoder, Provenance, SpeechFormat


class VoiceSink(Protocol):
    """Takes the voice track, which has no gaps, as it comes."""

    async def write(self, samples: Waveform) -> None:
        """float32 [n] in [-1, 1], mono, at the track's rate.

        Raises:
            DauysError: it cannot be written.
        """
        ...

    async def close(self) -> None:
        """Write what is held back, and free everything; may be called more than once."""
        ...


class FileSink:
    """A file whose ending names its encoding.

    Args:
        path: Its folder must exist.
        speech_format: As the ending says.
        rate: Samples a second.
        provenance: What the file says of itself.
    """

    def __init__(
        self, path: Path, speech_format: SpeechFormat, rate: int, provenance: Provenance
    ) -> None:
        self._file = path.open("wb")
        self._encoder = FileEncoder(speech_format, rate, provenance, self._file)

    async def write(self, samples: Waveform) -> None:
        """Encode, in a thread: files may lie on slow disks."""
        await asyncio.to_thread(self._encoder.encode, samples)

    async def close(self) -> None:
        """Finish the file."""
        if not self._file.closed:
            await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        try:
            self._encoder.finish()
        finally:
            self._encoder.close()
            self._file.close()
