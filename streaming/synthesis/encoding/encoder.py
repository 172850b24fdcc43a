"""Waveform into bytes of an encoding, as they come."""

from __future__ import annotations

import threading
from fractions import Fraction
from io import BytesIO
from typing import BinaryIO, Final, Protocol

import av
import numpy as np
import numpy.typing as npt

from foundation.errors import InvalidArgument
from foundation.synthesis import Waveform
from streaming.synthesis.encoding.formats import TRAITS, SpeechFormat
from streaming.synthesis.encoding.provenance import Provenance

_FULL_SCALE: Final = 32_767


class ByteSink:
    """A file that can only be written on: muxers write headers for a stream of unknown length."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take bytes; returns how many."""
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last call."""
        data = b"".join(self._parts)
        self._parts.clear()
        return data


class SpeechEncoder(Protocol):
    """Makes one stream or file of an encoding; its methods may be called from several threads."""

    def encode(self, samples: Waveform) -> bytes:
        """What can be written after these float32 [n] samples in [-1, 1]; may be empty."""
        ...

    def finish(self) -> bytes:
        """What is left. Nothing is encoded afterwards."""
        ...

    def close(self) -> None:
        """Free the encoder, also before its end; waits for an ``encode`` in another thread."""
        ...


class StreamEncoder:
    """Bytes come out as samples go in; headers name no length (WAV: 0xFFFFFFFF).

    Args:
        speech_format: A valid one.
        rate: Hz, one that the encoding knows (``SpeechFormat.rate_for``).
        provenance: What the container says of the speech.
    """

    def __init__(self, speech_format: SpeechFormat, rate: int, provenance: Provenance) -> None:
        self._sink = ByteSink()
        self._muxer = _Muxer(self._sink, speech_format, rate, provenance, whole=False)

    def encode(self, samples: Waveform) -> bytes:
        """What can be written after these samples; may be empty."""
        self._muxer.add(samples)
        return self._sink.take()

    def finish(self) -> bytes:
        """What the encoder held back."""
        self._muxer.finish()
        return self._sink.take()

    def close(self) -> None:
        """Free the encoder; also before its end."""
        self._muxer.close()


class FileEncoder:
    """One whole file: its header tells lengths, so nothing comes out before the end.

    Args:
        speech_format: A valid one.
        rate: Hz, one that the encoding knows.
        provenance: What the container says of the speech.
        file: Where it is written, which must be able to seek; None: in memory.
    """

    def __init__(
        self,
        speech_format: SpeechFormat,
        rate: int,
        provenance: Provenance,
        file: BinaryIO | None = None,
    ) -> None:
        self._memory = BytesIO() if file is None else None
        target = file if self._memory is None else self._memory
        self._muxer = _Muxer(target, speech_format, rate, provenance, whole=True)

    def encode(self, samples: Waveform) -> bytes:
        """Add samples; returns nothing yet."""
        self._muxer.add(samples)
        return b""

    def finish(self) -> bytes:
        """The file, if it is made in memory."""
        self._muxer.finish()
        return b"" if self._memory is None else self._memory.getvalue()

    def close(self) -> None:
        """Free the encoder; also before its end."""
        self._muxer.close()


class _Muxer:
    def __init__(
        self,
        file: ByteSink | BinaryIO | None,
        speech_format: SpeechFormat,
        rate: int,
        provenance: Provenance,
        *,
        whole: bool,
    ) -> None:
        traits = TRAITS[speech_format.encoding]
        if traits.rates and rate not in traits.rates:
            raise InvalidArgument("sample_rate_hertz", f"{rate} Hz is none of {traits.rates}")
        options = dict(traits.options or {})
        options["flush_packets"] = "1"  # else bytes wait for a buffer of 32 KiB to fill
        if speech_format.encoding == "mp3" and not whole:
            options["write_xing"] = "0"  # its frame count would have to be filled in afterwards
        self._rate = rate
        self._position = 0
        self._container = av.open(file, "w", format=traits.muxer, container_options=options)
        self._container.metadata.update(provenance.metadata(speech_format.encoding, rate))
        self._stream = self._container.add_stream(traits.codec, rate=rate, layout="mono")
        if traits.bit_rate:
            self._stream.bit_rate = speech_format.bit_rate or _sensible(traits.bit_rate, rate)
        self._closed = False
        self._lock = threading.Lock()
        """A call that was cancelled goes on in its thread; closing would free what it writes with,
        and end the process."""

    def add(self, samples: Waveform) -> None:
        with self._lock:
            if self._closed or not samples.size:
                return
            frame = av.AudioFrame.from_ndarray(pcm16(samples)[None], format="s16", layout="mono")
            frame.sample_rate = self._rate
            frame.time_base = Fraction(1, self._rate)
            frame.pts = self._position
            self._position += samples.size
            self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        with self._lock:
            if not self._closed:
                if not self._position:
                    self._container.start_encoding()
                self._container.mux(self._stream.encode(None))
                self._free()

    def close(self) -> None:
        with self._lock:
            self._free()

    def _free(self) -> None:
        if not self._closed:
            self._closed = True
            self._container.close()


def _sensible(bit_rate: int, rate: int) -> int:
    """A default fit for the sample rate: MPEG-2 and 2.5 at 8 to 12 kHz have no use for more."""
    return min(bit_rate, rate * 3)


def pcm16(samples: Waveform) -> npt.NDArray[np.int16]:
    """Signed 16-bit samples of float32 ones; what is out of [-1, 1] is clipped."""
    scaled = np.rint(samples * np.float32(_FULL_SCALE))
    pcm: npt.NDArray[np.int16] = np.clip(scaled, -_FULL_SCALE - 1, _FULL_SCALE).astype(np.int16)
    return pcm
