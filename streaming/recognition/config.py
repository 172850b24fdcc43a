"""Settings of live and offline recognition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from streaming.recognition.routing import SpeechModels


@dataclass(frozen=True, slots=True)
class LiveRecognizerConfig:
    """How a live stream is recognised.

    Raises:
        InvalidArgument: a figure is out of its range.
    """

    model: str
    """Catalogue id."""

    languages: tuple[Language, ...] = LANGUAGES
    """One: given. Several: identified once an utterance."""

    language_models: Mapping[Language, str] = field(default_factory=dict)
    """Models that hear single languages in the place of ``model``."""

    prompt: str = ""
    hotwords: tuple[str, ...] = ()

    tentative: bool = True
    """Tell of words that may still change."""

    tentative_margin_seconds: float = 0.15
    """Open words that end in the last so many seconds heard are not shown: they flicker most."""

    step_seconds: float = 0.75
    """New audio between two decodings; stretched where decoding takes longer."""

    reduce_from_seconds: float = 1.5
    """Where load stretches a step beyond this, tentative text stops and steps are made few."""

    reduced_step_seconds: float = 2.0
    """The least step at a reduced pace."""

    behind_seconds: float = 5.0
    """Audio that may wait to be decoded before the session says that it is behind."""

    max_window_seconds: float = 14.0
    """The longest audio of one decoding."""

    trim_seconds: float = 6.0
    """A window this long, or as long as it may get, loses the audio of committed words."""

    context_seconds: float = 1.5
    """Audio of committed words that a trimmed window keeps for context, if it can."""

    hangover_seconds: float = 0.5
    """The pause that ends an utterance."""

    max_utterance_seconds: float = 60.0
    """Speech without a pause is cut here into utterances; no word is lost or doubled."""

    policy: str = "attended-agreement"
    agreement: int = 2
    """Hypotheses in a row that must agree (policies with agreement)."""

    margin_seconds: float = 0.3
    """Words that end in the last so many seconds heard stay open (policies with attention)."""

    certain_seconds: float = 2.0
    """Words that end before so many seconds heard need no agreement (attended agreement)."""

    identify_seconds: float = 1.5
    """Speech that must be heard before the language is settled."""

    stay_weight: float = 0.8
    """How likely an utterance is in the language of the one before, before it is heard."""

    mixed: bool = False
    """The language may change at the end of each sentence, not only at a pause."""

    step_beam_size: int = 1
    final_beam_size: int = 2
    final_temperatures: tuple[float, ...] = (0.0, 0.4)

    step_timeout_seconds: float = 6.0
    final_timeout_seconds: float = 20.0

    @property
    def models(self) -> SpeechModels:
        """Which model hears which language; ``model`` tells languages apart."""
        return SpeechModels(self.model, self.language_models)

    def __post_init__(self) -> None:
        _check("step_seconds", self.step_seconds, 0.1, 5)
        _check("reduce_from_seconds", self.reduce_from_seconds, self.step_seconds, 5)
        _check("reduced_step_seconds", self.reduced_step_seconds, self.step_seconds, 5)
        _check("behind_seconds", self.behind_seconds, 1, 60)
        _check("max_window_seconds", self.max_window_seconds, 5, 29)
        _check("hangover_seconds", self.hangover_seconds, 0.1, 5)
        _check("max_utterance_seconds", self.max_utterance_seconds, 5, 3600)
        _check("trim_seconds", self.trim_seconds, 3, 29)
        _check("context_seconds", self.context_seconds, 0, self.trim_seconds - 2)
        _check("tentative_margin_seconds", self.tentative_margin_seconds, 0, 5)
        _check("margin_seconds", self.margin_seconds, 0, 5)
        _check("certain_seconds", self.certain_seconds, 0.5, 10)
        _check("stay_weight", self.stay_weight, 0.01, 0.99)
        _check("agreement", self.agreement, 1, 5)
        _check("step_beam_size", self.step_beam_size, 1, 10)
        _check("final_beam_size", self.final_beam_size, 1, 10)


@dataclass(frozen=True, slots=True)
class OfflineConfig:
    """How a recording is recognised.

    Raises:
        InvalidArgument: a figure is out of its range.
    """

    model: str
    """Catalogue id."""

    languages: tuple[Language, ...] = LANGUAGES
    language_models: Mapping[Language, str] = field(default_factory=dict)
    """Models that hear single languages in the place of ``model``."""

    beam_size: int = 5
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6)
    hotwords: tuple[str, ...] = ()
    prompt: str = ""

    max_chunk_seconds: float = 28.0
    """Speech is cut at pauses into chunks of at most this length."""

    in_flight: int = 2
    """Chunks recognised at once."""

    @property
    def models(self) -> SpeechModels:
        """Which model hears which language; ``model`` tells languages apart."""
        return SpeechModels(self.model, self.language_models)

    def __post_init__(self) -> None:
        _check("beam_size", self.beam_size, 1, 10)
        _check("max_chunk_seconds", self.max_chunk_seconds, 2, 30)
        _check("in_flight", self.in_flight, 1, 64)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidArgument(name, f"{value} is not in {low}..{high}")
