"""StreamingTranslate: live text in, live text out."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dauys.v1 import translation_pb2 as pb

from foundation.errors import InvalidArgument, ResourceExhausted
from services.server.result_queue import ResultQueue
from services.translation import mapping
from streaming.live_translation import LiveTextTranslator, LiveTranslationConfig, TextUpdate
from text.transliteration import to_latin

if TYPE_CHECKING:
    from services.server.registry import ServiceContext

MAX_UPDATE_CHARACTERS: Final = 4_000
_BUSY_RETRY_SECONDS: Final = 5.0


class LiveCalls:
    """The calls of one service."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._running = 0
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """End the input of all calls; what was committed is still translated."""
        self._draining.set()

    async def translate(
        self, requests: AsyncIterator[pb.StreamingTranslateRequest], context: Any
    ) -> AsyncIterator[pb.StreamingTranslateResponse]:
        """Carry out one call.

        Raises:
            InvalidArgument: names the field and its limit.
            ResourceExhausted: as many calls as the settings allow are running.
        """
        first = await anext(aiter(requests), None)
        if first is None or first.WhichOneof("request") != "config":
            raise InvalidArgument("request", "the first message must carry config")
        config = first.config.config
        if not config.source_language:
            raise InvalidArgument("config.config.source_language", "is required for live text")
        settings = self._context.settings
        job = mapping.text_job(
            config, self._context.store.catalogue, settings, field="config.config"
        )
        assert job.source is not None, "it was checked above"
        if self._running >= settings.max_streams:
            raise ResourceExhausted(
                "streams",
                f"{self._running} of {settings.max_streams} live streams are running",
                _BUSY_RETRY_SECONDS,
            )
        settled = LiveTranslationConfig(tentative=first.config.tentative_results)
        if config.beam_size:
            settled = replace(settled, beam_size=config.beam_size)
        translator = LiveTextTranslator(
            self._context.pool,
            job.models,
            job.source,
            job.target,
            uuid.uuid4().hex,
            settled,
            job.protector,
        )
        self._running += 1
        try:
            await job.prepare_protector(job.source, job.target)
            await context.send_initial_metadata(())  # tells that the configuration is taken
            async for update in self._run(translator, requests):
                yield pb.StreamingTranslateResponse(
                    committed=to_latin(update.committed) if job.latin else update.committed,
                    tentative=to_latin(update.tentative) if job.latin else update.tentative,
                    source_position=update.source_position,
                    finalized=update.finalized,
                )
        finally:
            self._running -= 1

    async def _run(
        self,
        translator: LiveTextTranslator,
        requests: AsyncIterator[pb.StreamingTranslateRequest],
    ) -> AsyncIterator[TextUpdate]:
        updates: ResultQueue[TextUpdate] = ResultQueue()

        async def take_all() -> None:
            async for request in requests:
                await _take(request, translator)
                await updates.wait_for_room()

        async def read() -> None:
            """Take the client's messages until it is done or the server drains."""
            taking = asyncio.ensure_future(take_all())
            drained = asyncio.ensure_future(self._draining.wait())
            try:
                await asyncio.wait({taking, drained}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                taking.cancel()
                drained.cancel()
            [fault] = await asyncio.gather(taking, return_exceptions=True)
            # What came before a fault is still translated; the fault is answered after it.
            translator.close()
            if fault is not None and not isinstance(fault, asyncio.CancelledError):
                raise fault

        def offer(update: TextUpdate) -> None:
            kept = update.committed or update.endpoint or update.finalized
            updates.offer(update, tentative=not kept)

        async def translate() -> None:
            try:
                await translator.run(offer)
            finally:
                updates.close()

        tasks = (asyncio.create_task(read()), asyncio.create_task(translate()))
        try:
            async for update in updates:
                yield update
            reading, translating = tasks
            await translating
            await reading
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _take(request: pb.StreamingTranslateRequest, translator: LiveTextTranslator) -> None:
    """Hand a request on.

    Raises:
        InvalidArgument: it carries a second config, nothing, or too much text.
    """
    match request.WhichOneof("request"):
        case "update":
            update = request.update
            parts = {"committed": update.committed, "tentative": update.tentative}
            for name, text in parts.items():
                if len(text) > MAX_UPDATE_CHARACTERS:
                    raise InvalidArgument(
                        f"update.{name}", f"{len(text)} characters, limit {MAX_UPDATE_CHARACTERS}"
                    )
            await translator.push(update.committed, update.tentative, endpoint=update.endpoint)
        case "finalize":
            translator.finalize()
        case "config":
            raise InvalidArgument("request", "only the first message carries config")
        case _:
            raise InvalidArgument("request", "is empty")
