"""Which of the catalogue's models translate for a caller."""

from __future__ import annotations

from typing import Final

from foundation.errors import InvalidArgument, NotFound
from foundation.languages import LANGUAGES
from foundation.translation import ALL_PAIRS, Pair
from models.catalogue import Catalogue, ModelCard
from services.server.settings import Settings
from streaming.translation.routing import TranslationModels

TRANSLATION_TASK: Final = "translation"


def translation_models(
    catalogue: Catalogue, settings: Settings, model: str = "", field: str = "model"
) -> TranslationModels:
    """The model named, for all pairs that it translates; else the server's.

    The server's are ``default_translation_model`` for its pairs and, before it,
    ``translation_models`` for single ones.

    Args:
        catalogue: Where ids are looked up.
        settings: The server's.
        model: A catalogue id, several with commas between (a chain's), or empty.
        field: Where the caller named it, for errors.

    Raises:
        NotFound: the catalogue has no such model; names the field or the setting, too.
        InvalidArgument: it does something else, or not the pair that it is set for.
    """
    by_pair: dict[Pair, str] = {}
    if model:
        for name in model.split(","):
            for pair in _pairs(_card(catalogue, name.strip(), field)):
                by_pair.setdefault(pair, name.strip())
        return TranslationModels(by_pair)
    if settings.default_translation_model:
        name = settings.default_translation_model
        card = _card(catalogue, name, "DAUYS_DEFAULT_TRANSLATION_MODEL")
        by_pair = dict.fromkeys(_pairs(card), name)
    for text, name in settings.translation_models.items():
        pair = _parse_pair(text)
        if pair not in _pairs(_card(catalogue, name, "DAUYS_TRANSLATION_MODELS")):
            raise InvalidArgument("DAUYS_TRANSLATION_MODELS", f"{name!r} does not translate {text}")
        by_pair[pair] = name
    return TranslationModels(by_pair)


def _parse_pair(text: str) -> Pair:
    for source, target in ALL_PAIRS:
        if text == f"{source}-{target}":
            return source, target
    codes = ", ".join(LANGUAGES)
    raise InvalidArgument("DAUYS_TRANSLATION_MODELS", f"{text!r} is not SOURCE-TARGET of {codes}")


def _card(catalogue: Catalogue, name: str, field: str) -> ModelCard:
    try:
        card = catalogue.get(name)
    except NotFound as error:
        raise NotFound(f"{field}: {error.message}") from None
    if card.task != TRANSLATION_TASK:
        raise InvalidArgument(field, f"{name!r} is a {card.task} model, not {TRANSLATION_TASK}")
    return card


def _pairs(card: ModelCard) -> tuple[Pair, ...]:
    served = card.translates
    return tuple(pair for pair in ALL_PAIRS if pair in served)
