"""Speech of espeak-ng, with the time of each word: material for models that learn a closed set."""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from typing import Any

import espeakng_loader
import numpy as np
import soxr

from foundation.speech import SAMPLE_RATE, Samples

_SYNCHRONOUS = 2
_UTF8 = 1
_RATE, _PITCH = 1, 3
_WORD = 1


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text as it was spoken."""

    text: str
    samples: Samples
    starts: tuple[int, ...]
    """The sample at which each word begins."""

    def part(self, first: int, last: int) -> Spoken:
        """Words ``first`` to ``last`` (exclusive)."""
        borders = [*self.starts, self.samples.size]
        begin = self.starts[first]
        return Spoken(
            " ".join(self.text.split()[first:last]),
            self.samples[begin : borders[last]],
            tuple(start - begin for start in self.starts[first:last]),
        )


class Espeak:
    """The library, loaded once a process; it knows one voice at a time."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        if self._rate <= 0:
            raise RuntimeError(f"espeak-ng does not start with its data in {data!r}")
        self._callback = _CALLBACK(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        self._lock = threading.Lock()
        self._pieces: list[np.ndarray[Any, Any]] = []
        self._words: list[int] = []

    def say(self, text: str, voice: str, rate: int = 160, pitch: int = 50) -> Spoken:
        """Speak words without punctuation; ``rate`` in words a minute, ``pitch`` 0 to 99."""
        with self._lock:
            self._pieces, self._words = [], []
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise ValueError(f"espeak-ng has no voice {voice!r}")
            self._library.espeak_SetParameter(_RATE, rate, 0)
            self._library.espeak_SetParameter(_PITCH, pitch, 0)
            written = text.encode()
            self._library.espeak_Synth(written, len(written) + 1, 0, 1, 0, _UTF8, None, None)
            samples = np.concatenate(self._pieces).astype(np.float32) / 32768
            starts = [milliseconds * SAMPLE_RATE // 1000 for milliseconds in self._words]
        if len(starts) != len(text.split()):
            raise ValueError(f"espeak-ng spoke {len(starts)} words of {text!r}")
        resampled = soxr.resample(samples, self._rate, SAMPLE_RATE).astype(np.float32)
        return Spoken(text, resampled, tuple(starts))

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._pieces.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        place = 0
        while events[place].type != 0:
            if events[place].type == _WORD:
                self._words.append(events[place].audio_position)
            place += 1
        return 0
