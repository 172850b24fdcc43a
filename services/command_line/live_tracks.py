"""The translated tracks that ``dauys subtitle`` is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from foundation.errors import InvalidArgument
from foundation.languages import Language, parse_language
from services.command_line import runtime

if TYPE_CHECKING:
    from pathlib import Path

    from streaming.tracks import Translations
    from streaming.translation import Route


@dataclass(frozen=True, slots=True)
class LiveTracks:
    """Translated tracks and what they need."""

    translations: Translations
    routes: tuple[Route, ...]
    """From each language that is spoken."""

    latin: bool

    @property
    def names(self) -> tuple[Language, ...]:
        """Of the tracks, in the order asked for."""
        return tuple(self.translations.targets)


def translated_tracks(
    to: str, languages: Sequence[Language], model: str, terms: Path | None, script: str
) -> LiveTracks:
    """Check what is asked for; no model is pulled.

    Args:
        to: Languages with commas between; empty: none.
        languages: That are spoken.
        model: A catalogue id, or empty for the settings'.
        terms: A file of required translations.
        script: Of Kazakh.

    Raises:
        NotFound: no such model.
        InvalidArgument: a language or script is unknown, no model translates a pair, the terms
            cannot be read.
    """
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.translation.models import translation_models
    from streaming.tracks import Translations
    from streaming.translation import Protector, TranslationModels, term_protector
    from text.terms import required_spans

    targets = tuple(parse_language(code.strip(), "--to") for code in to.split(",") if to)
    if len(set(targets)) < len(targets):
        raise InvalidArgument("--to", "a language stands twice")
    latin = runtime.wants_latin(script, (*targets, *languages))
    required = runtime.term_base(terms)

    def protectors(source: Language, target: Language) -> Protector:
        return term_protector(required, source, target)

    pairs = [(source, target) for target in targets for source in languages if source != target]
    models = TranslationModels()
    if pairs:
        models = translation_models(
            ModelStore().catalogue, Settings(), model, "--translation-model"
        )
    try:
        routes = tuple(models.route(source, target) for source, target in pairs)
    except InvalidArgument as error:
        raise InvalidArgument("--to", error.description) from None
    for pair in pairs:
        required_spans("", required, pair)  # what is made at its first use takes a while
    return LiveTracks(Translations(dict.fromkeys(targets, models), protectors), routes, latin)
