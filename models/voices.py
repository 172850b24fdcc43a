"""The voices of a catalogue, as they can be offered before any is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from foundation.synthesis import Speaker, SynthesisCapabilities, Voice, VoiceInput
from models.catalogue import Catalogue, ModelCard
from models.engines.voice_settings import read_voice_settings

TASK: Final = "text-to-speech"

_INPUTS: Final[Mapping[str, VoiceInput]] = {"piper": "phonemes"}
_STREAMING: Final = frozenset({"piper"})


def voice_cards(catalogue: Catalogue) -> tuple[ModelCard, ...]:
    """All voices that speak one of the suite's languages.

    In the catalogue's order: of a language's voices the best come first.
    """
    return tuple(card for card in catalogue if card.task == TASK and languages_of(card))


def languages_of(card: ModelCard) -> tuple[Language, ...]:
    """What a voice speaks, of the suite's languages."""
    return tuple(code for code in LANGUAGES if code in card.languages)


def voice_of(card: ModelCard) -> Voice:
    """A voice by its card alone; ``capabilities`` of the loaded model has the last word.

    A card without speakers is shown with one, without a sample rate with 0.

    Raises:
        InvalidArgument: the card is of another kind of model.
        FailedPrecondition: its settings are wrong.
    """
    if card.task != TASK:
        raise InvalidArgument("voice", f"{card.id} is no voice but a model for {card.task}")
    settings = read_voice_settings(card.settings)
    reads = _INPUTS.get(card.engine, "graphemes")
    spoken = languages_of(card)
    return Voice(
        id=card.id,
        display_name=card.display_name,
        license=card.license,
        commercial_use=card.commercial_use,
        capabilities=SynthesisCapabilities(
            languages=spoken,
            speakers=settings.speakers or (Speaker("default", card.display_name),),
            sample_rate=settings.sample_rate or 0,
            input=reads,
            streaming=card.engine in _STREAMING,
            word_timing="measured",
            repeatable=True,
            accents=tuple(code for code in LANGUAGES if code not in spoken)
            if reads == "phonemes"
            else (),
        ),
    )
