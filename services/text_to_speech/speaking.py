"""One text or stream of a caller, from what was asked to a synthesiser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from foundation.errors import InvalidArgument, ResourceExhausted
from foundation.languages import Language
from services.text_to_speech.voices import default_voices, voice_plan
from streaming.synthesis import (
    CapabilityBook,
    Casting,
    LevelBook,
    Provenance,
    SpeechFormat,
    SynthesisConfig,
    Synthesizer,
)
from text.spoken import Lexicon, LexiconEntry, SpeechText, SpeechTextOptions
from text.spoken.lexicon_files import MAX_FILE_BYTES, parse_lexicon
from workers.interface import Priority

if TYPE_CHECKING:
    from models.store import ModelStore
    from services.server.settings import Settings
    from workers.interface import WorkerPool

LONGEST_UTTERANCE: Final = 400
"""Characters of a sentence that are spoken at once: some 25 s. A listener waits no longer than it
takes to speak them, and cancelling ends the work soon."""

_BUSY_RETRY_SECONDS: Final = 5.0

_VOICES_KEPT_SECONDS: Final = 10.0
"""A voice that is pulled while the server runs is offered after so long."""


def own_lexicon(settings: Settings) -> Lexicon:
    """The operator's (``DAUYS_LEXICON``).

    Raises:
        InvalidArgument: it cannot be read or has a wrong line.
    """
    if settings.lexicon is None:
        return Lexicon()
    try:
        with settings.lexicon.open(encoding="utf-8") as file:
            return parse_lexicon(file.read(MAX_FILE_BYTES + 1))  # which it refuses
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(
            "DAUYS_LEXICON", f"cannot read {settings.lexicon}: {error}"
        ) from error
    except InvalidArgument as error:
        where = f"DAUYS_LEXICON {settings.lexicon}: {error.field}"
        raise InvalidArgument(where, error.description) from None


def merged(callers: Lexicon, own: Lexicon) -> Lexicon:
    """Both; where both have a word it is said as the caller has it.

    Raises:
        InvalidArgument: they are too many together.
    """
    if not (callers.entries and own.entries):
        return callers if callers.entries else own
    theirs = {(entry.written.casefold(), entry.language) for entry in callers.entries}

    def told(entry: LexiconEntry) -> bool:
        word = entry.written.casefold()
        return (word, entry.language) in theirs or (word, None) in theirs

    return Lexicon([*callers.entries, *(entry for entry in own.entries if not told(entry))])


@dataclass(frozen=True, slots=True)
class SpeechChoice:
    """What a caller asks for, checked as far as it can be without the catalogue."""

    voice: str = ""
    """A catalogue id; empty: the server's of each language."""

    language: Language | None = None
    """None: detected, sentence by sentence."""

    speaker: str = ""
    voices: Mapping[Language, str] = field(default_factory=dict)
    """The caller's voices of other languages."""

    lexicon: Lexicon = field(default_factory=Lexicon)
    synthesis: SynthesisConfig = field(default_factory=SynthesisConfig)
    speech_format: SpeechFormat = field(default_factory=SpeechFormat)


@dataclass(frozen=True, slots=True)
class Speaking:
    """What carries a call out."""

    front_end: SpeechText
    synthesizer: Synthesizer
    provenance: Provenance


class Speech:
    """What all calls of one server share: known voices, their loudness.

    Args:
        pool: Where the voices run.
        store: Which voices are here.
        settings: The server's.
        clock: Seconds, for tests.
    """

    def __init__(
        self,
        pool: WorkerPool,
        store: ModelStore,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._store = store
        self._settings = settings
        self._clock = clock
        self.book = CapabilityBook(pool)
        self._lexicon = own_lexicon(settings)
        self._levels = LevelBook()
        self._running = 0
        self._defaults: Mapping[Language, str] = {}
        self._defaults_until = -1.0

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """One text more is being spoken.

        Raises:
            ResourceExhausted: there are as many as the settings allow.
        """
        limit = self._settings.max_speech_streams
        if self._running >= limit:
            raise ResourceExhausted(
                "texts", f"{self._running} of {limit} texts are being spoken", _BUSY_RETRY_SECONDS
            )
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    def defaults(self) -> Mapping[Language, str]:
        """The voice of each language where a caller names none.

        Raises:
            NotFound, InvalidArgument: as of ``default_voices``.
        """
        now = self._clock()
        if now >= self._defaults_until:
            self._defaults = default_voices(self._store, self._settings)
            self._defaults_until = now + _VOICES_KEPT_SECONDS
        return self._defaults

    async def prepare(
        self,
        choice: SpeechChoice,
        *,
        whole: bool,
        priority: Priority = Priority.INTERACTIVE,
        timeout: float | None = None,
        field: str = "config",
    ) -> Speaking:
        """Check the voices and make a synthesiser.

        Args:
            choice: What is asked.
            whole: Is nothing delivered before all is spoken?
            priority: Of its work.
            timeout: Seconds, of each sentence.
            field: Where the voice stands, for errors.

        Raises:
            NotFound, FailedPrecondition, InvalidArgument: of the voice or its speaker.
        """
        plan = voice_plan(
            self._store.catalogue,
            self.defaults(),
            voice=choice.voice,
            language=choice.language,
            speaker=choice.speaker,
            voices=choice.voices,
            field=field,
        )
        if choice.speaker:
            capabilities = await self.book.of(plan.voice)
            names = [speaker.id for speaker in capabilities.speakers]
            if choice.speaker not in names:
                raise InvalidArgument(
                    f"{field}.speaker", f"{choice.speaker!r} is not one of {', '.join(names)}"
                )
        config = replace(choice.synthesis, priority=priority, timeout=timeout)
        if whole:
            # Its loudness is measured when all is there; all workers may have their part of it.
            ahead = max(config.ahead, self._pool.load().workers + 1)
            config = replace(config, loudness=None, pieces=False, ahead=ahead)
        options = SpeechTextOptions(choice.language, max_sentence_characters=LONGEST_UTTERANCE)
        return Speaking(
            SpeechText(options, merged(choice.lexicon, self._lexicon)),
            Synthesizer(
                self._pool,
                Casting(self.book, plan),
                config,
                choice.speech_format.rate_for,
                self._levels,
            ),
            Provenance((plan.voice,) if plan.voice else (), choice.speaker, choice.language or ""),
        )
