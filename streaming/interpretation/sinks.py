"""Where the voice goes."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Protocol

from av.error import FFmpegError

from foundation.errors import Unavailable
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

    Raises:
        Unavailable: it cannot be written.
    """

    def __init__(
        self, path: Path, speech_format: SpeechFormat, rate: int, provenance: Provenance
    ) -> None:
        self._name = path.name
        self._failed = False
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise self._cannot_write(error) from error
        self._encoder = FileEncoder(speech_format, rate, provenance, self._file)

    async def write(self, samples: Waveform) -> None:
        """Encode, in a thread: files may lie on slow disks."""
        try:
            await asyncio.to_thread(self._encoder.encode, samples)
        except (OSError, FFmpegError) as error:
            self._failed = True
            raise self._cannot_write(error) from error

    async def close(self) -> None:
        """Finish the file; of one that could not be written what there is stays."""
        if not self._file.closed:
            await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        try:
            if not self._failed:
                self._encoder.finish()
        except (OSError, FFmpegError) as error:
            raise self._cannot_write(error) from error
        finally:
            # What was told already is not told again.
            with contextlib.suppress(OSError, FFmpegError):
                self._encoder.close()
            with contextlib.suppress(OSError):
                self._file.close()

    def _cannot_write(self, error: OSError | FFmpegError) -> Unavailable:
        # An error of the file reaches us through ffmpeg as that of a callback.
        cause = next((e for e in (error, error.__context__) if type(e) is OSError), error)
        return Unavailable(f"cannot write {self._name}: {cause.strerror}")
