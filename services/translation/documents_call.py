"""TranslateDocument: a document comes in chunks, progress and chunks go out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

from dauys.v1 import translation_pb2 as pb

from foundation.errors import DeadlineExceeded, InvalidArgument, ResourceExhausted
from services.translation import mapping
from services.translation.document_job import TranslatedFile, translate_file
from services.translation.documents import DocumentLimits, check_name
from services.translation.texts import TextJob
from workers.interface import Priority

if TYPE_CHECKING:
    from services.server.registry import ServiceContext
    from streaming.translation import MemoryLookup

MAX_CHUNK_BYTES: Final = 2**20
_CHUNK_BYTES: Final = 256 * 1024
_BUSY_RETRY_SECONDS: Final = 10.0
_LEFT_TO_SEND_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 60.0
"""A client that sends nothing for so long does not keep others from their turn."""


class DocumentCalls:
    """The calls of one service, of which so many run at once as documents fit in memory."""

    def __init__(self, context: ServiceContext, memory: MemoryLookup | None) -> None:
        self._context = context
        self._memory = memory
        self._running = 0

    async def translate(
        self, requests: AsyncIterator[pb.TranslateDocumentRequest], context: Any
    ) -> AsyncIterator[pb.TranslateDocumentResponse]:
        """Carry out one call.

        Raises:
            InvalidArgument: names the field and its limit.
            ResourceExhausted: as many documents as the settings allow are being translated.
            DeadlineExceeded: the client sends nothing for a minute.
        """
        first = await _next(requests)
        if first is None or first.WhichOneof("request") != "config":
            raise InvalidArgument("request", "the first message must carry config")
        name = first.config.file_name
        try:
            check_name(name)
        except InvalidArgument as error:
            raise InvalidArgument("config.file_name", error.description) from None
        job = mapping.text_job(
            first.config.config,
            self._context.store.catalogue,
            self._context.settings,
            self._memory,
            field="config.config",
        )
        limit = self._context.settings.max_documents
        if self._running >= limit:
            raise ResourceExhausted(
                "documents", f"{self._running} of {limit} are being translated", _BUSY_RETRY_SECONDS
            )
        self._running += 1
        try:
            await context.send_initial_metadata(())  # tells that the configuration is taken
            async for response in self._translate(job, name, requests, context):
                yield response
        finally:
            self._running -= 1

    async def _translate(
        self,
        job: TextJob,
        name: str,
        requests: AsyncIterator[pb.TranslateDocumentRequest],
        context: Any,
    ) -> AsyncIterator[pb.TranslateDocumentResponse]:
        limits = DocumentLimits()
        data = await _read(requests, limits.bytes)
        told: asyncio.Queue[tuple[int, int]] = asyncio.Queue(maxsize=1)

        def tell(done: int, total: int) -> None:
            if told.full():
                told.get_nowait()
            told.put_nowait((done, total))

        work = asyncio.create_task(
            translate_file(
                self._context.pool,
                mapping.urgent(job, Priority.BATCH, context.time_remaining()),
                data,
                name,
                limits,
                tell,
            )
        )
        try:
            async for done, total in _until(work, told):
                progress = pb.DocumentProgress(sentences_done=done, sentences_total=total)
                yield pb.TranslateDocumentResponse(progress=progress)
            translated = await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        yield pb.TranslateDocumentResponse(result=_result(translated))
        saved = translated.saved.data
        for start in range(0, len(saved), _CHUNK_BYTES):
            yield pb.TranslateDocumentResponse(chunk=saved[start : start + _CHUNK_BYTES])


async def _next(
    requests: AsyncIterator[pb.TranslateDocumentRequest],
) -> pb.TranslateDocumentRequest | None:
    """The next message; None: the client has sent all."""
    try:
        async with asyncio.timeout(_IDLE_SECONDS):
            return await anext(aiter(requests), None)
    except TimeoutError:
        raise DeadlineExceeded(f"the client sent nothing for {_IDLE_SECONDS:g} s") from None


async def _read(requests: AsyncIterator[pb.TranslateDocumentRequest], limit: int) -> bytes:
    """All chunks.

    A fault is told when the client has sent all, or after a while: one that is still writing when
    the call ends may never see why.

    Raises:
        InvalidArgument: a chunk, or all together, are over their limit, or something else comes.
        DeadlineExceeded: nothing comes for a minute.
    """
    chunks: list[bytes] = []
    try:
        size = 0
        while (request := await _next(requests)) is not None:
            if request.WhichOneof("request") != "chunk":
                raise InvalidArgument("request", "only the first message carries config")
            if len(request.chunk) > MAX_CHUNK_BYTES:
                raise InvalidArgument(
                    "chunk", f"{len(request.chunk)} bytes, limit {MAX_CHUNK_BYTES}"
                )
            size += len(request.chunk)
            if size > limit:
                raise InvalidArgument("chunk", f"the document has over {limit} bytes, the limit")
            chunks.append(request.chunk)
    except InvalidArgument:
        chunks.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LEFT_TO_SEND_SECONDS):
                async for _ in requests:
                    pass
        raise
    return b"".join(chunks)


async def _until(
    work: asyncio.Task[TranslatedFile], told: asyncio.Queue[tuple[int, int]]
) -> AsyncIterator[tuple[int, int]]:
    """What is told until the work ends."""
    while True:
        following = asyncio.ensure_future(told.get())
        try:
            await asyncio.wait({following, work}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                return
            yield following.result()
        finally:
            following.cancel()


def _result(translated: TranslatedFile) -> pb.DocumentResult:
    saved = translated.saved
    return pb.DocumentResult(
        file_name=saved.file_name,
        media_type=saved.media_type,
        size_bytes=len(saved.data),
        source_language=translated.source or "",
        models=translated.models,
        pivot_language=translated.pivot or "",
        warnings=[
            pb.WarningCount(warning=warning, count=count)  # type: ignore[arg-type]
            for warning, count in sorted(translated.warnings.items())
        ],
    )
