"""Who speaks: a voice and a speaker for each span of a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from foundation.errors import InvalidArgument, NotFound
from foundation.languages import Language
from foundation.synthesis import Speaker, SynthesisCapabilities
from text.spoken import SpokenSpan, VoiceChoice
from workers.interface import Task, WorkerPool


@dataclass(frozen=True, slots=True)
class VoiceCard:
    """What is known of a voice before its model is loaded."""

    id: str
    """Catalogue id."""

    languages: tuple[Language, ...]
    display_name: str = ""
    speakers: tuple[Speaker, ...] = ()
    """As far as the catalogue tells; may be empty."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks a span."""

    voice: str
    speaker: str
    """Id; empty: the voice's first."""

    capabilities: SynthesisCapabilities


class CapabilityBook:
    """What the pool's voices can do, asked once each."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._known: dict[str, SynthesisCapabilities] = {}

    def known(self, voice: str) -> SynthesisCapabilities | None:
        """What was asked before."""
        return self._known.get(voice)

    async def of(self, voice: str) -> SynthesisCapabilities:
        """The capabilities of a voice, which is loaded the first time.

        Raises:
            DauysError: whatever the pool raises.
        """
        found = self._known.get(voice)
        if found is None:
            found = await self._pool.call(Task(voice, "capabilities", None))
            self._known[voice] = found
        return found


@dataclass(frozen=True, slots=True)
class VoicePlan:
    """Which voices a caller has chosen, and which a server has for the rest."""

    voice: str = ""
    """Speaks whatever it can; empty: each language's own voice speaks it."""

    speaker: str = ""
    """Of ``voice``, or of the first voice that speaks."""

    by_language: Mapping[Language, str] = field(default_factory=dict)
    """The caller's voices of other languages."""

    defaults: Mapping[Language, str] = field(default_factory=dict)
    """The server's."""

    cards: Sequence[VoiceCard] = ()
    """All voices that may be named in SSML."""


class Casting:
    """Chooses voices for one text or stream."""

    def __init__(self, book: CapabilityBook, plan: VoicePlan) -> None:
        self._book = book
        self._plan = plan
        self._main = plan.voice

    async def cast(self, span: SpokenSpan, sentence: Language) -> Cast:
        """Who speaks ``span`` of a sentence that is mostly in the language ``sentence``.

        A voice that was named for the language comes first. Else foreign words stay with the
        sentence's voice, in its accent, if it can read them; a sentence is spoken by the main voice
        if the language is its own, by that language's voice if not.

        Raises:
            InvalidArgument: SSML names a voice or speaker that is not here.
            NotFound: no voice speaks the language.
            DauysError: whatever the pool raises when a voice is loaded.
        """
        if span.voice is not None:
            return await self._chosen(span, span.voice)
        if span.language != sentence and span.language not in self._plan.by_language:
            around = await self._usual(sentence)
            known = around.capabilities
            if span.language in (*known.languages, *known.accents):
                return around
        return await self._usual(span.language)

    async def _usual(self, language: Language) -> Cast:
        plan = self._plan
        if named := plan.by_language.get(language):
            return Cast(named, "", await self._book.of(named))
        if not self._main:
            self._main = self._default(language)
        main = await self._book.of(self._main)
        usual = Cast(self._main, plan.speaker, main)
        if language in main.languages:
            return usual
        if other := plan.defaults.get(language):
            return Cast(other, "", await self._book.of(other))
        if language in main.accents:
            return usual
        raise NotFound(f"voice {self._main!r} does not speak {language}, nor does another here")

    def _default(self, language: Language) -> str:
        found = self._plan.defaults.get(language)
        if found is None:
            raise NotFound(f"no voice of this server speaks {language}")
        return found

    async def _chosen(self, span: SpokenSpan, wanted: VoiceChoice) -> Cast:
        """What SSML's ``voice`` asks for, as far as there is such."""
        usual = await self._usual(span.language)
        if wanted.names:
            for name in wanted.names:
                found = await self._named(name, span.language, usual)
                if found is not None:
                    return found
            names = ", ".join(repr(name) for name in wanted.names)
            known = ", ".join(card.id for card in self._plan.cards)
            raise InvalidArgument("ssml", f"<voice> names {names}; the voices here are: {known}")
        if wanted.gender in ("male", "female"):
            return self._of_gender(wanted, usual)
        return usual

    async def _named(self, name: str, language: Language, usual: Cast) -> Cast | None:
        """A voice, one of the usual voice's speakers, or ``voice/speaker``."""
        folded = name.casefold()
        if speaker := _speaker(folded, usual.capabilities.speakers):
            return Cast(usual.voice, speaker, usual.capabilities)
        voice, _, speaker = folded.partition("/")
        for card in self._plan.cards:
            if voice not in (card.id.casefold(), card.display_name.casefold()):
                continue
            capabilities = await self._book.of(card.id)
            if language not in (*capabilities.languages, *capabilities.accents):
                raise InvalidArgument("ssml", f"<voice>: {card.id!r} does not speak {language}")
            found = _speaker(speaker, capabilities.speakers) if speaker else ""
            return None if found is None else Cast(card.id, found, capabilities)
        return None

    def _of_gender(self, wanted: VoiceChoice, usual: Cast) -> Cast:
        """A speaker of the usual voice; SSML lets a processor that has none go on without."""
        for speaker in usual.capabilities.speakers:
            if speaker.gender == wanted.gender:
                return Cast(usual.voice, speaker.id, usual.capabilities)
        return usual


def _speaker(name: str, speakers: Sequence[Speaker]) -> str | None:
    for speaker in speakers:
        if name and name in (speaker.id.casefold(), speaker.display_name.casefold()):
            return speaker.id
    return None
