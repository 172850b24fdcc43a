"""Espeak-ng in a process of its own: phonemes and speech over pipes.

Run as a script with the paths of Piper's ``espeakbridge`` extension (espeak-ng with a few functions
of Piper's own) and of its data; it imports nothing of Dauys and of no package. espeak-ng keeps its
state in global variables and is written in C: here one request at a time reaches it, and a fault in
it ends this process only.

A message is a length (4 bytes, little-endian), that many bytes of JSON, and, where the JSON says
``samples``, twice as many bytes of 16-bit samples.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import struct
import sys
from collections.abc import Callable
from types import ModuleType
from typing import IO, Any

_UTF8 = 1
_RATE, _PITCH = 1, 3
_WORD = 1
_OK = 0


class _Event(ctypes.Structure):
    """``espeak_EVENT`` of speak_lib.h."""

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


class _Espeak:
    def __init__(self, library: str, data: str) -> None:
        self._bridge = _load(library)
        self._bridge.initialize(data)
        self._library: Any = ctypes.CDLL(library)
        self._callback = _CALLBACK(self._take)
        self._library.espeak_SetSynthCallback(self._callback)
        self._pieces: list[bytes] = []
        self._words: list[tuple[int, int, int]] = []

    def phonemes(self, voice: str, texts: list[str]) -> list[list[tuple[str, str, bool]]]:
        """For each text its clauses: IPA, the mark that ends it, and whether the sentence ends."""
        self._bridge.set_voice(voice)
        return [self._bridge.get_phonemes(text) for text in texts]

    def speak(self, voice: str, text: str, rate: int, pitch: int) -> tuple[dict[str, Any], bytes]:
        self._bridge.set_voice(voice)
        self._library.espeak_SetParameter(_RATE, rate, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._pieces, self._words = [], []
        written = text.encode()
        size = len(written) + 1
        if self._library.espeak_Synth(written, size, 0, 1, 0, _UTF8, None, None) != _OK:
            raise RuntimeError("espeak_Synth failed")
        sound = b"".join(self._pieces)
        answer = {
            "sample_rate": self._library.espeak_ng_GetSampleRate(),
            "samples": len(sound) // 2,
            "words": self._words,
        }
        return answer, sound

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._pieces.append(ctypes.string_at(samples, 2 * count))
        place = 0
        while events[place].type != 0:
            event = events[place]
            if event.type == _WORD:
                self._words.append((event.text_position, event.length, event.sample))
            place += 1
        return 0


def _load(library: str) -> ModuleType:
    """The extension without the package around it, which would load an inference library."""
    spec = importlib.util.spec_from_file_location("espeakbridge", library)
    if spec is None or spec.loader is None:
        raise ImportError(f"{library} is no extension module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _answer(espeak: _Espeak, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        if request.pop("verb") == "speak":
            return espeak.speak(**request)
        return {"texts": espeak.phonemes(**request)}, b""
    except Exception as error:  # noqa: BLE001 - the caller hears of it; the next request is another
        return {"error": f"{type(error).__name__}: {error}"}, b""


def _write(stream: IO[bytes], message: dict[str, Any], sound: bytes) -> None:
    header = json.dumps(message).encode()
    stream.write(struct.pack("<I", len(header)) + header + sound)
    stream.flush()


def _in_copy(work: Callable[[], None]) -> None:
    """Do ``work`` in a copy of this process, which stays as it is."""
    copy = os.fork()
    if copy == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - it ends as a process does, not as a function
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(copy, 0)
    if status != 0:
        sys.exit(1)  # the caller sees the pipe end


def main() -> None:
    """Answer requests until the pipe is closed."""
    library, data = sys.argv[1:]
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    espeak = _Espeak(library, data)
    while length := requests.read(4):
        request = json.loads(requests.read(struct.unpack("<I", length)[0]))

        def work(request: dict[str, Any] = request) -> None:
            _write(answers, *_answer(espeak, request))

        # Speech depends on what was said before (where its waves and its noise stopped): said by
        # a copy that has said nothing yet, the same text sounds the same each time.
        if request["verb"] == "speak":
            _in_copy(work)
        else:
            work()


if __name__ == "__main__":
    main()
