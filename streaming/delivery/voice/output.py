"""A session's track as a voice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import structlog

from foundation.errors import FailedPrecondition, InvalidArgument
from streaming.delivery.context import HeardPhrase, OutputContext, VoiceHealth
from streaming.delivery.voice.config import VoiceConfig
from streaming.delivery.voice.original import Ducking, OriginalSound, OverOriginal
from streaming.delivery.voice.target import parse_voice_target
from streaming.interpretation.interpreter import Interpreter, SpokenPhrase
from streaming.interpretation.sink import VoiceSink
from streaming.session_events import SessionEvent
from streaming.synthesis.encoding import Provenance

_log = structlog.get_logger(__name__)


class VoiceOutput:
    """Speaks one track as its sentences are committed, and sends the voice without a gap.

    Args:
        config: See ``VoiceConfig``.
        context: The session's; with a booth.
        anew: Write over no file.

    Raises:
        FailedPrecondition: the session has no such track, or there is no booth.
        NotFound: no such voice, or none here for the language.
        InvalidArgument: of the voice; or the feed's sound is wanted, and it does not come as fast
            as it plays.
    """

    name = "voice"

    def __init__(self, config: VoiceConfig, context: OutputContext, *, anew: bool = False) -> None:
        if context.booth is None:
            raise FailedPrecondition("a voice needs workers that speak, and there are none here")
        if not context.renditions:
            raise FailedPrecondition("the session has no such track to speak")
        if config.original_db is not None and (context.wall is None or context.audio is None):
            raise InvalidArgument(
                "original_db", "needs a feed that comes as fast as it plays: with a file, realtime"
            )
        rendition = context.renditions[0]
        self._track = rendition.track
        self._language = rendition.languages[0] if len(rendition.languages) == 1 else None
        self._plan = context.booth.choose(self._language, config.voice, config.speaker)
        self._booth = context.booth
        self._config = config
        self._context = context
        self._anew = anew
        self._target = parse_voice_target(config.target)
        self._heard = self._left_out = 0
        self._interpreter: Interpreter | None = None
        self._sink: VoiceSink | None = None
        self.on_spoken: Callable[[SpokenPhrase], None] = lambda phrase: None
        """Told of each phrase once its last sample was heard, or it was left out."""

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """Speak until the session has ended and its last phrase was heard."""
        config, rate = self._config, self._target.sample_rate
        sink = self._sink = await self._open()
        with contextlib.ExitStack() as stack:
            if config.original_db is not None:
                assert self._context.audio is not None, "checked"
                original = OriginalSound(rate)
                stack.enter_context(self._context.audio.listening(original.put))
                ducking = Ducking(rate, config.original_db, config.between_db)
                sink = OverOriginal(sink, original, ducking)
            interpreter = self._interpreter = Interpreter(
                self._booth.pool,
                self._plan,
                self._track,
                self._language,
                sink,
                rate,
                lambda: self._context.clock.first_sample,
                self._context.wall,
                config,
                from_start=self._context.from_start,
            )
            interpreter.on_spoken = self._tell
            try:
                await interpreter.run(events)
            finally:
                for phrase in interpreter.unspoken:
                    self._tell(phrase)
                _log.info("voice.ended", heard=self._heard, left_out=self._left_out)

    async def _open(self) -> VoiceSink:
        """In a thread: files may lie on slow disks."""
        provenance = Provenance(self._voices, self._config.speaker, self._language or "")
        opening = asyncio.ensure_future(
            asyncio.to_thread(
                self._target.open,
                self._language,
                provenance,
                self._context.report,
                anew=self._anew,
            )
        )
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            await (await opening).abort()  # the thread goes on, and nobody would have its file
            raise

    @property
    def _voices(self) -> tuple[str, ...]:
        """Who may be heard: where several languages are spoken, each one's own voice."""
        plan = self._plan
        if plan.voice:
            return (plan.voice,)
        languages = self._context.renditions[0].languages
        return tuple(dict.fromkeys(filter(None, map(plan.defaults.get, languages))))

    @property
    def waiting_seconds(self) -> float:
        """Speech that waits to be heard."""
        return self._interpreter.waiting_seconds if self._interpreter is not None else 0.0

    def _tell(self, phrase: SpokenPhrase) -> None:
        number = self._heard + self._left_out + 1
        lost = phrase.reason
        if self._sink is not None and not self._sink.works:
            lost = lost or "the target is not reached"
        if lost:
            self._left_out += 1
            told = HeardPhrase(number, phrase.source, None, lost=lost)
        else:
            self._heard += 1
            health = VoiceHealth(phrase.lag, self.waiting_seconds, phrase.rate)
            told = HeardPhrase(number, phrase.source, self._began(phrase), health)
        self._context.report.spoken(self._track, told)
        self.on_spoken(phrase)

    def _began(self, phrase: SpokenPhrase) -> datetime:
        wall = self._context.wall
        ago = wall() - phrase.start if wall is not None else 0.0
        return datetime.now(UTC) - timedelta(seconds=ago)
