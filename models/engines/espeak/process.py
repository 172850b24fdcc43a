"""The parent's side of ``child.py``."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import FailedPrecondition, Unavailable
from foundation.languages import Language
from models.engines.base import CallContext

VOICES: Final[Mapping[Language, str]] = {"kk": "kk", "ru": "ru", "en": "en-us"}
"""What espeak-ng calls those of the suite's languages."""

_CHILD: Final = Path(__file__).with_name("child.py")
_LONGEST_SECONDS: Final = 20.0
"""A sentence takes milliseconds: what takes so long hangs."""

_POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as espeak-ng reads it."""

    phonemes: str
    """IPA; words between spaces, ``(en)`` where it changes to another language's rules."""

    mark: str
    """The punctuation mark that ends it: one of ``. ? ! , : ;`` or none."""

    ends_sentence: bool


@dataclass(frozen=True, slots=True)
class Spoken:
    """What espeak-ng said."""

    pcm: bytes
    """16-bit samples of this machine's byte order."""

    sample_rate: int
    words: tuple[tuple[int, int, int], ...]
    """Place in the text (from 1), length, both in characters, and first sample, of each word."""


class EspeakProcess:
    """One espeak-ng. Any thread may call; one at a time is served.

    The process is started by the first call, and anew by the first call after it failed.

    Raises:
        FailedPrecondition: piper-tts, which brings espeak-ng, is not installed.
    """

    def __init__(self) -> None:
        self._library, self._data = _find()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def phonemes(self, voice: str, texts: list[str], context: CallContext) -> list[list[Clause]]:
        """The clauses of each text.

        Raises:
            Unavailable: espeak-ng failed on it or has no such voice.
            Cancelled, DeadlineExceeded: the caller no longer waits.
        """
        plain = [_plain(text) for text in texts]
        answer, _ = self._ask({"verb": "phonemes", "voice": voice, "texts": plain}, context)
        return [[Clause(*clause) for clause in clauses] for clauses in answer["texts"]]

    def speak(self, voice: str, text: str, rate: int, pitch: int, context: CallContext) -> Spoken:
        """Speak a text; ``rate`` in words a minute (80 to 450), ``pitch`` 0 to 99, normally 50.

        Raises:
            Unavailable: espeak-ng failed on it or has no such voice.
            Cancelled, DeadlineExceeded: the caller no longer waits.
        """
        answer, sound = self._ask(
            {"verb": "speak", "voice": voice, "text": _plain(text), "rate": rate, "pitch": pitch},
            context,
        )
        words = tuple((place, length, sample) for place, length, sample in answer["words"])
        return Spoken(sound, answer["sample_rate"], words)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, request: dict[str, Any], context: CallContext) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            process = self._running()
            try:
                _send(process, request)
                give_up = time.monotonic() + _LONGEST_SECONDS
                header = _receive(process, 4, give_up, context)
                message = _receive(process, struct.unpack("<I", header)[0], give_up, context)
                answer = json.loads(message)
                sound = _receive(process, 2 * answer.get("samples", 0), give_up, context)
            except (OSError, EOFError, TimeoutError) as error:
                self._end()
                raise Unavailable(f"espeak-ng failed: {error or 'its process ended'}") from error
            except BaseException:
                self._end()  # its answer is not to be taken for that to another request
                raise
        if "error" in answer:
            raise Unavailable(f"espeak-ng failed: {answer['error']}")
        return answer, sound

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # Isolated and without site-packages: it starts in some 20 ms. In a process group of its
            # own: an interrupt from the terminal is for us to handle, and its copies end with it.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_CHILD), self._library, self._data],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=0,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # The copy that speaks may be what hangs. A group of dead processes is none, or forbidden.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                continue  # what was not written yet goes nowhere; the file is closed all the same


def _plain(text: str) -> str:
    """The text with spaces in place of what C or UTF-8 cannot hold; positions stay."""
    return "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in text)


def _send(process: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    assert process.stdin is not None
    body = json.dumps(request).encode()
    process.stdin.write(struct.pack("<I", len(body)) + body)
    process.stdin.flush()


def _receive(
    process: subprocess.Popen[bytes], size: int, give_up: float, context: CallContext
) -> bytes:
    assert process.stdout is not None
    received = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while len(received) < size:
            if not selector.select(_POLL_SECONDS):
                context.check()
                if time.monotonic() >= give_up:
                    raise TimeoutError(f"no answer within {_LONGEST_SECONDS:.0f} s")
                continue
            data = os.read(process.stdout.fileno(), size - len(received))
            if not data:
                raise EOFError
            received += data
    return bytes(received)


def _find() -> tuple[str, str]:
    """The paths of Piper's espeak-ng and of its data, without importing Piper."""
    spec = importlib.util.find_spec("piper")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        data = Path(folder) / "espeak-ng-data"
        for library in sorted(Path(folder).glob("espeakbridge*.so")):
            if data.is_dir():
                return str(library), str(data)
    raise FailedPrecondition(
        "espeak-ng comes with piper-tts, which is not installed: pip install 'dauys-server[speech]'"
    )
