"""Live audio that outlives a broken stream.

Audio after the server's ``committed_position`` is kept. When the stream breaks, a new one starts at
the first kept sample and gets all that is kept, so that no word is lost; a word that was committed
before the break and is heard again is dropped by its time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any, Final

import grpc
from dauys.client import _mapping
from dauys.client._exceptions import DauysClientError, ResumeError, from_rpc_error
from dauys.client._transport import Transport
from dauys.client._types import (
    AudioFormat,
    Finalize,
    RecognitionOptions,
    StreamingResult,
    Word,
)
from dauys.v1 import speech_to_text_pb2 as pb

_MESSAGE_BYTES: Final = 256 * 1024
_KEPT_SECONDS: Final = 120
_NANOSECONDS: Final = 10**9


class _KeptAudio:
    """Bytes from ``base`` on, and finalisations at byte positions."""

    def __init__(self, audio_format: AudioFormat) -> None:
        width = audio_format.encoding.sample_bytes
        self.frame = width * audio_format.channels if width else None
        self._rate = audio_format.sample_rate
        self.base = 0
        self.sent = 0
        self.data = bytearray()
        self.marks: deque[int] = deque()
        self._answered = 0
        self.ended = False
        self.lost = False
        self.changed = asyncio.Event()

    @property
    def end(self) -> int:
        return self.base + len(self.data)

    @property
    def base_nanoseconds(self) -> int:
        return self.base // (self.frame or 1) * _NANOSECONDS // (self._rate or 1)

    def add(self, item: bytes | Finalize) -> None:
        if isinstance(item, Finalize):
            self.marks.append(self.end)
        else:
            self.data += item
            self._drop_oldest_sent()
        self.changed.set()

    def _drop_oldest_sent(self) -> None:
        """Keep memory bounded where the server commits nothing; resuming is impossible then."""
        if self.frame is None:
            return
        over = len(self.data) - _KEPT_SECONDS * self._rate * self.frame
        drop = min(over, self.sent - self.base)
        if drop > 0:
            del self.data[:drop]
            self.base += drop
            self.lost = True

    def numbered_marks(self) -> list[tuple[int, int]]:
        """Unanswered finalisations: their number, from 1, and byte position."""
        return list(enumerate(self.marks, self._answered + 1))

    def answer_mark(self) -> None:
        if self.marks:
            self.marks.popleft()
            self._answered += 1

    def forget_before(self, nanoseconds: int) -> None:
        """Drop what the server has finished with, whole frames only."""
        if self.frame is None:
            return
        position = nanoseconds * self._rate // _NANOSECONDS * self.frame
        if position >= self.base:
            self.lost = False  # all that is not final is kept again
        cut = min(max(0, position - self.base), len(self.data))
        del self.data[:cut]
        self.base += cut


class LiveRecognition:
    """One ``streaming_recognize`` call over as many streams as it takes."""

    def __init__(
        self,
        transport: Transport,
        audio: AsyncIterable[bytes | Finalize],
        audio_format: AudioFormat,
        options: RecognitionOptions,
        tentative: bool,
    ) -> None:
        self._transport = transport
        self._audio = audio
        self._format = audio_format
        self._options = options
        self._tentative = tentative
        self._kept = _KeptAudio(audio_format)
        self._failure: BaseException | None = None
        self._last_end = 0.0
        self._resumed = False

    async def results(self) -> AsyncGenerator[StreamingResult, None]:
        """Yield results until the audio has ended and all is committed."""
        collecting = asyncio.create_task(self._collect())
        failures = 0
        try:
            while True:
                try:
                    async for result in self._one_stream():
                        failures = 0
                        yield result
                    if self._failure is not None:
                        raise self._failure
                    return
                except grpc.RpcError as rpc_error:
                    error = from_rpc_error(rpc_error)
                    failures += 1
                    self._check_resumable(error)
                    await self._transport.pause_before_retry(error, failures)
                    self._resumed = True
        finally:
            collecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await collecting

    def _check_resumable(self, error: DauysClientError) -> None:
        if self._transport.retry.delay(error, 1) is None or not self._kept.sent:
            return
        if self._kept.frame is None:
            raise ResumeError(
                f"the stream broke and {self._format.encoding.name} cannot be resumed; "
                f"send a headerless encoding: {error}",
                code="UNAVAILABLE",
            )
        if self._kept.lost:
            raise ResumeError(
                f"the stream broke after over {_KEPT_SECONDS} s without a committed position: "
                f"{error}",
                code="UNAVAILABLE",
            )

    async def _collect(self) -> None:
        """Read the caller's audio; its failure ends the recognition after what came before."""
        try:
            async for item in self._audio:
                self._kept.add(item)
        except Exception as error:  # noqa: BLE001 - raised again to the caller of results()
            self._failure = error
        self._kept.ended = True
        self._kept.changed.set()

    async def _one_stream(self) -> AsyncIterator[StreamingResult]:
        method = self._transport.method("SpeechToText", "StreamingRecognize")
        call = method(self._requests(), metadata=self._transport.metadata)
        try:
            async for message in call:
                position = message.committed_position
                self._kept.forget_before(position.seconds * _NANOSECONDS + position.nanos)
                if message.finalized:
                    self._kept.answer_mark()
                yield self._without_repeats(message)
        finally:
            call.cancel()

    async def _requests(self) -> AsyncIterator[Any]:
        kept = self._kept
        yield pb.StreamingRecognizeRequest(
            config=pb.StreamingRecognitionConfig(
                audio_config=_mapping.audio_config(self._format),
                config=_mapping.recognition_config(self._options),
                tentative_results=self._tentative,
                resume_position=_mapping.duration(kept.base_nanoseconds),
            )
        )
        sent = kept.sent = kept.base
        finalized = 0
        while True:
            kept.changed.clear()
            # Marks are counted from the first ever, so that an answered one shifts nothing.
            marks = [(n, at) for n, at in kept.numbered_marks() if n > finalized]
            until = min([at for _, at in marks] + [kept.end])
            while sent < until:
                start = max(sent, kept.base)
                first = start - kept.base
                block = bytes(kept.data[first : first + min(_MESSAGE_BYTES, until - start)])
                sent = kept.sent = start + len(block)
                if kept.frame is None:
                    kept.base, kept.data = sent, kept.data[len(block) :]
                yield pb.StreamingRecognizeRequest(audio=block)
            if marks and sent >= marks[0][1]:
                finalized = marks[0][0]
                yield pb.StreamingRecognizeRequest(finalize=pb.FinalizeRequest())
            elif sent >= kept.end:
                if kept.ended and not any(n > finalized for n, _ in kept.numbered_marks()):
                    return
                if not kept.ended:
                    await kept.changed.wait()

    def _without_repeats(self, message: Any) -> StreamingResult:
        result = _mapping.streaming_result(message)
        committed = result.committed
        if self._resumed:
            committed = tuple(word for word in committed if self._is_new(word))
        if committed:
            self._last_end = committed[-1].end
            self._resumed = self._resumed and len(committed) < len(result.committed)
        return StreamingResult(
            committed=committed,
            tentative=result.tentative,
            language=result.language,
            endpoint=result.endpoint,
            utterance=result.utterance,
            committed_position=result.committed_position,
            audio_position=result.audio_position,
            finalized=result.finalized,
            unpunctuated=result.unpunctuated,
        )

    def _is_new(self, word: Word) -> bool:
        return (word.start + word.end) / 2 > self._last_end
