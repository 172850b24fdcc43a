"""The translated tracks that a caller asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dauys.v1 import subtitling_pb2

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language, parse_language
from models.catalogue import Catalogue
from services.server.settings import Settings
from services.translation.mapping import is_latin, term_base
from services.translation.models import translation_models
from streaming.tracks import Translations
from streaming.translation import Protector, Route, TranslationModels, term_protector
from text.terms import TermBase, required_spans

_FIELD: Final = "live_session"


@dataclass(frozen=True, slots=True)
class SessionTracks:
    """Translated tracks, checked."""

    translations: Translations
    latin: bool
    terms: TermBase
    routes: tuple[Route, ...]
    """From each language that is spoken."""

    settings: tuple[subtitling_pb2.TranslatedTrack, ...]
    """The tracks without what only the server says."""

    def compile(self) -> None:
        """Have the terms' finders made: thousands of Russian ones take seconds, off the loop."""
        for route in self.routes:
            required_spans("", self.terms, (route.source, route.target))


def session_tracks(
    wanted: subtitling_pb2.LiveSession,
    languages: Sequence[Language],
    catalogue: Catalogue,
    settings: Settings,
) -> SessionTracks:
    """Check and map the translated tracks of a session.

    Args:
        wanted: Its translations, script and terms.
        languages: That are spoken in it.
        catalogue: Where models are looked up.
        settings: The server's.

    Raises:
        NotFound: the catalogue has no such model.
        InvalidArgument: names the field and its limit.
    """
    latin = is_latin(wanted.script, None, f"{_FIELD}.script")
    terms = term_base(wanted.terms, f"{_FIELD}.terms")
    if len(wanted.translations) > len(LANGUAGES):
        raise InvalidArgument(f"{_FIELD}.translations", f"more than {len(LANGUAGES)}")
    targets: dict[Language, TranslationModels] = {}
    routes: list[Route] = []
    for place, track in enumerate(wanted.translations):
        field = f"{_FIELD}.translations[{place}]"
        target = parse_language(track.target_language, f"{field}.target_language")
        if target in targets:
            raise InvalidArgument(f"{field}.target_language", f"{target!r} stands twice")
        models = translation_models(catalogue, settings, track.model, f"{field}.model")
        targets[target] = models
        routes += [
            _route(models, source, target, field) for source in languages if source != target
        ]

    def protectors(source: Language, target: Language) -> Protector:
        return term_protector(terms, source, target)

    return SessionTracks(
        Translations(targets, protectors),
        latin,
        terms,
        tuple(routes),
        tuple(
            subtitling_pb2.TranslatedTrack(target_language=t.target_language, model=t.model)
            for t in wanted.translations
        ),
    )


def _route(models: TranslationModels, source: Language, target: Language, field: str) -> Route:
    try:
        return models.route(source, target)
    except InvalidArgument as error:
        raise InvalidArgument(f"{field}.target_language", error.description) from None
