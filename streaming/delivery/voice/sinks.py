"""Where the voice goes: a file, or a transport stream to somewhere else."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.error import FFmpegError

from foundation.errors import Unavailable
from foundation.languages import ISO_639_2, Language
from foundation.synthesis import Waveform
from streaming.delivery.context import OutputReport
from streaming.delivery.sending import Sender, Target
from streaming.synthesis.encoding import ByteSink, FileEncoder, Provenance, SpeechFormat
from streaming.synthesis.encoding.provenance import SOFTWARE

_AAC_BIT_RATE: Final = 64_000
_WAITING_BYTES: Final = 32_768
"""Two seconds of such a stream, more or less: an interpreter who is minutes late is of no use."""


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

    works = True
    """What cannot be written is raised."""

    def __init__(
        self, path: Path, speech_format: SpeechFormat, rate: int, provenance: Provenance
    ) -> None:
        self._name = path.name
        self._failed = False
        self._lock = threading.Lock()
        """A close that was cancelled may still be going on in its thread."""
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
        await asyncio.to_thread(self._finish)

    async def abort(self) -> None:
        """As ``close``: what was said so far is to be heard. A disk that is full was told."""
        with contextlib.suppress(Unavailable):
            await self.close()

    def _finish(self) -> None:
        with self._lock:
            if self._file.closed:
                return
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


class TransportSink:
    """AAC in an MPEG transport stream to ``srt://``, ``udp://``, ``rtp://`` or a ``.ts`` file.

    A live target that is gone misses what was said meanwhile and is connected to again
    (``delivery.sending.Sender``). The stream carries its language, and says in its service name
    that the voice is synthetic.

    Args:
        target: Checked.
        rate: Samples a second, one that AAC knows: 24 000.
        language: Of the track; None: it has several.
        provenance: What the stream says of itself.
        report: Is told when the target goes and comes.
    """

    def __init__(
        self,
        target: Target,
        rate: int,
        language: Language | None,
        provenance: Provenance,
        report: OutputReport | None = None,
    ) -> None:
        self._sender = Sender(target, "voice", report, limit_bytes=_WAITING_BYTES)
        self._bytes = ByteSink()
        self._container = av.open(
            self._bytes,
            "w",
            format="mpegts",
            # Each frame is a packet of its own: none waits for others.
            container_options={"pes_payload_size": "0", "flush_packets": "1"},
        )
        self._container.metadata.update(
            {
                "service_provider": SOFTWARE,
                "service_name": f"Synthetic voice {', '.join(provenance.voices)}",
            }
        )
        self._stream = self._container.add_stream("aac", rate=rate, layout="mono")
        self._stream.bit_rate = _AAC_BIT_RATE
        self._stream.metadata["language"] = ISO_639_2[language] if language else "mul"
        self._rate = rate
        self._position = 0
        self._begun = self._closed = False
        self._lock = threading.Lock()
        """A write that was cancelled may still be going on in its thread."""

    @property
    def works(self) -> bool:
        """The receiver is there."""
        return self._sender.works

    async def write(self, samples: Waveform) -> None:
        """Encode and send; waits where a file does not take it.

        Raises:
            DauysError: a fault of the target that does not pass.
        """
        if not self._begun:
            self._begun = True
            self._sender.start()
        if (failure := self._sender.failure) is not None:
            raise failure
        self._sender.put(await asyncio.to_thread(self._encode, samples))
        await self._sender.room()

    def _encode(self, samples: Waveform) -> bytes:
        with self._lock:
            if self._closed:
                return b""
            frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
            frame.sample_rate = self._rate
            frame.time_base = Fraction(1, self._rate)
            frame.pts = self._position
            self._position += samples.size
            self._container.mux(self._stream.encode(frame))
            return self._bytes.take()

    async def close(self) -> None:
        """Send what is held back, for five seconds at most.

        Raises:
            DauysError: a fault of the target that does not pass.
        """
        self._sender.put(await asyncio.to_thread(self._end))
        await self._sender.close()

    async def abort(self) -> None:
        """End at once; the receiver misses what waits.

        Raises:
            DauysError: a fault of the target that does not pass.
        """
        await asyncio.to_thread(self._end)
        await self._sender.abort()

    def _end(self) -> bytes:
        with self._lock:
            if self._closed:
                return b""
            self._closed = True
            if not self._position:
                return b""  # nothing was said: not even a header is due
            self._container.mux(self._stream.encode(None))
            self._container.close()
            return self._bytes.take()
