"""Whether the catalogue's models can do what a caller asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from models.catalogue import Catalogue
from models.engines import IDENTIFYING_ENGINES
from streaming.recognition.config import LiveRecognizerConfig, OfflineConfig
from streaming.recognition.routing import SpeechModels

SPEECH_TASK: Final = "speech-to-text"


def check_config(
    catalogue: Catalogue, config: LiveRecognizerConfig | OfflineConfig, field: str
) -> None:
    """``check_models`` of a call's configuration; names the field below ``field``."""
    check_models(
        catalogue, config.models, config.languages, f"{field}.model", f"{field}.language_models"
    )


def check_models(
    catalogue: Catalogue,
    models: SpeechModels,
    languages: Sequence[Language],
    model_field: str,
    language_models_field: str,
) -> None:
    """Can these models hear these languages, and tell them apart?

    Raises:
        NotFound: the catalogue has no such model.
        InvalidArgument: one does something else, does not speak a language that it is to hear, or
            cannot tell those of several models apart.
    """
    groups = models.hearing(languages)
    for model in models.all_for(languages):
        where = model_field if model == models.default else language_models_field
        card = catalogue.get(model)
        if card.task != SPEECH_TASK:
            raise InvalidArgument(where, f"{model!r} is a {card.task} model, not {SPEECH_TASK}")
        unheard = [code for code in groups.get(model, ()) if code not in card.languages]
        if unheard:
            raise InvalidArgument(where, f"{model!r} does not hear {', '.join(unheard)}")
    if len(groups) > 1 and catalogue.get(models.default).engine not in IDENTIFYING_ENGINES:
        raise InvalidArgument(
            model_field,
            f"{models.default!r} cannot tell the languages of several models apart; name a Whisper",
        )
