"""Sentences become what is done one after the other: utterances of one voice, pauses, marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from foundation.languages import Language
from foundation.synthesis import (
    MAX_PITCH_SEMITONES,
    MAX_RATE,
    MIN_RATE,
    SpeechSpan,
    SynthesisRequest,
)
from streaming.synthesis.config import SynthesisConfig
from streaming.synthesis.voices import Cast, Casting
from text.spoken import Break, Mark, Prosody, SpokenSentence, SpokenSpan


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one voice says in one manner: one request to its model."""

    cast: Cast
    request: SynthesisRequest
    volume: float
    """dB."""

    spans: tuple[SpokenSpan, ...]
    """As the request's."""

    sentence: SpokenSentence
    first: bool
    """Does the sentence begin with it?"""

    last: bool
    """Does the sentence end with it?"""

    joins_before: bool
    """It follows another utterance of the sentence without a pause: its quiet lead is cut."""

    joins_after: bool


def speech_spans(spans: Iterable[SpokenSpan], cast: Cast) -> tuple[SpeechSpan, ...]:
    """Spans as a voice is asked for them."""
    reads_phonemes = cast.capabilities.input == "phonemes"
    return tuple(
        SpeechSpan(span.text, span.language, span.ipa if reads_phonemes else "") for span in spans
    )


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class MarkHere:
    """A mark of SSML."""

    mark: Mark


Step: TypeAlias = Utterance | Pause | MarkHere


class Planner:
    """Plans one text or stream, sentence after sentence."""

    def __init__(self, casting: Casting, config: SynthesisConfig) -> None:
        self._casting = casting
        self._config = config
        self._pending: float | None = None
        """The pause before the next word, if the text does not say another."""

    async def steps(self, sentence: SpokenSentence) -> list[Step]:
        """What is done for the next sentence.

        Raises:
            DauysError: as of ``Casting.cast``.
        """
        grouped = await self._grouped(sentence)
        spoken = [place for place, one in enumerate(grouped) if isinstance(one, _Group)]
        steps: list[Step] = []
        for place, one in enumerate(grouped):
            if isinstance(one, Break):
                self._pending = None
                if one.seconds > 0:
                    steps.append(Pause(one.seconds))
            elif isinstance(one, Mark):
                steps.append(MarkHere(one))
            else:
                if self._pending:
                    steps.append(Pause(self._pending))
                self._pending = None
                steps.append(
                    self._utterance(
                        one,
                        sentence,
                        first=place == spoken[0],
                        last=place == spoken[-1],
                        joins_before=_joins(grouped, place, spoken, -1),
                        joins_after=_joins(grouped, place, spoken, +1),
                    )
                )
        if spoken and not isinstance(sentence.parts[-1], Break):
            config = self._config
            self._pending = (
                config.paragraph_pause if sentence.ends_paragraph else config.sentence_pause
            )
        return steps

    async def _grouped(self, sentence: SpokenSentence) -> list[_Group | Break | Mark]:
        """Neighbouring spans of one cast and prosody go into one request."""
        language = _language_of(sentence)
        grouped: list[_Group | Break | Mark] = []
        for part in sentence.parts:
            if not isinstance(part, SpokenSpan):
                grouped.append(part)
                continue
            cast = await self._casting.cast(part, language or part.language)
            last = grouped[-1] if grouped else None
            if isinstance(last, _Group) and last.cast == cast and last.prosody == part.prosody:
                grouped[-1] = _Group(cast, part.prosody, (*last.spans, part))
            else:
                grouped.append(_Group(cast, part.prosody, (part,)))
        # A line of asterisks or of a dash has no sound, and voices refuse it.
        return [one for one in grouped if not isinstance(one, _Group) or one.says_something]

    def _utterance(
        self,
        group: _Group,
        sentence: SpokenSentence,
        *,
        first: bool,
        last: bool,
        joins_before: bool,
        joins_after: bool,
    ) -> Utterance:
        manner, prosody = self._config.manner, group.prosody
        request = SynthesisRequest(
            speech_spans(group.spans, group.cast),
            group.cast.speaker,
            rate=min(max(manner.rate * prosody.rate, MIN_RATE), MAX_RATE),
            pitch=min(max(manner.pitch + prosody.pitch, -MAX_PITCH_SEMITONES), MAX_PITCH_SEMITONES),
        )
        return Utterance(
            group.cast,
            request,
            manner.volume + prosody.volume,
            group.spans,
            sentence,
            first,
            last,
            joins_before,
            joins_after,
        )


@dataclass(frozen=True, slots=True)
class _Group:
    cast: Cast
    prosody: Prosody
    spans: tuple[SpokenSpan, ...]

    @property
    def says_something(self) -> bool:
        """Has it a letter or a digit?"""
        return any(map(str.isalnum, "".join(span.text for span in self.spans)))


def _language_of(sentence: SpokenSentence) -> Language | None:
    """The language of most of its letters; None: nothing is said."""
    letters: dict[Language, int] = {}
    for span in sentence.spans:
        letters[span.language] = letters.get(span.language, 0) + len(span.text)
    return max(letters, key=lambda language: letters[language], default=None)


def _joins(
    grouped: Sequence[_Group | Break | Mark], place: int, spoken: Sequence[int], step: int
) -> bool:
    """Is the next spoken thing in that direction joined without a pause? Marks do not part."""
    while True:
        place += step
        if not 0 <= place < len(grouped) or not spoken[0] <= place <= spoken[-1]:
            return False
        one = grouped[place]
        if isinstance(one, Break):
            if one.seconds > 0:
                return False
        elif isinstance(one, _Group):
            return True
