"""Which of the catalogue's models speak for a caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from foundation.errors import InvalidArgument, NotFound
from foundation.languages import LANGUAGES, Language
from models.catalogue import Catalogue, ModelCard
from models.store import ModelState, ModelStore
from models.voices import TASK, languages_of, voice_cards, voice_of
from services.server.cards import is_available, named_card
from streaming.interpretation.booth import VoiceChooser
from streaming.synthesis.voices import VoiceCard, VoicePlan

if TYPE_CHECKING:
    from services.server.settings import Settings

_FALLBACK_ENGINES: Final = frozenset({"espeak"})
"""Understood, but no pleasure: they speak where nothing else does."""


def default_voices(store: ModelStore, settings: Settings) -> dict[Language, str]:
    """The voice of each language where a caller names none.

    The operator's (``DAUYS_VOICES``); else one of the voices that are here: a pulled one before one
    that would have to be pulled, the catalogue's ``default`` before others in its order, espeak-ng
    where there is nothing else.

    Raises:
        NotFound, InvalidArgument: the setting names a voice that is not in the catalogue, or one
            for a language that it does not speak.
    """
    chosen: dict[Language, str] = {}
    here = [card for card in voice_cards(store.catalogue) if is_available(store, card)]
    here.sort(
        key=lambda card: (
            card.engine in _FALLBACK_ENGINES,
            store.state(card.id) is not ModelState.PULLED,
            not card.default,
        )
    )
    for language in LANGUAGES:
        named = settings.voices.get(language)
        if named is not None:
            card = voice_card(store.catalogue, named, "DAUYS_VOICES")
            if language not in card.languages:
                raise InvalidArgument("DAUYS_VOICES", f"{named!r} does not speak {language}")
            chosen[language] = named
            continue
        found = next((card.id for card in here if language in card.languages), None)
        if found is not None:
            chosen[language] = found
    return chosen


def voice_card(catalogue: Catalogue, name: str, field: str) -> ModelCard:
    """The card of a voice that was named.

    Raises:
        NotFound: there is none; names the field.
        InvalidArgument: it is another kind of model.
    """
    return named_card(catalogue, name, TASK, voice_cards(catalogue), field, "voice")


def voice_plan(
    catalogue: Catalogue,
    defaults: Mapping[Language, str],
    *,
    voice: str = "",
    language: Language | None = None,
    speaker: str = "",
    voices: Mapping[Language, str] | None = None,
    field: str = "config",
) -> VoicePlan:
    """What a caller has chosen, checked against the catalogue.

    Args:
        catalogue: Where ids are looked up.
        defaults: From ``default_voices``.
        voice: A catalogue id, or empty.
        language: Of the text; None: detected.
        speaker: Of the voice, or empty.
        voices: The caller's voices of other languages.
        field: Where all this stands, for errors; may be empty.

    Raises:
        NotFound: no such voice, or none here for the language.
        InvalidArgument: names the field below ``field``.
    """
    prefix = f"{field}." if field else ""
    by_language: dict[Language, str] = {}
    for code, name in (voices or {}).items():
        where = f"{prefix}voices[{code}]"
        _speaks(voice_card(catalogue, name, where), code, where)
        by_language[code] = name
    if voice:
        card = voice_card(catalogue, voice, f"{prefix}voice")
        if language is not None and language not in by_language:
            _speaks(card, language, f"{prefix}language")
    elif language is not None:
        voice = by_language.get(language) or defaults.get(language, "")
        if not voice:
            raise NotFound(f"{prefix}language: {_none_speaks(catalogue, language)}")
    elif speaker:
        raise InvalidArgument(f"{prefix}speaker", "name its voice, or the language, too")
    return VoicePlan(voice, speaker, by_language, defaults, _known(voice_cards(catalogue)))


def voice_chooser(store: ModelStore, settings: Settings) -> VoiceChooser:
    """Who speaks on this machine, for outputs that do."""

    def choose(language: Language | None, voice: str, speaker: str) -> VoicePlan:
        return voice_plan(
            store.catalogue,
            default_voices(store, settings),
            voice=voice,
            language=language,
            speaker=speaker,
            field="",
        )

    return choose


def _speaks(card: ModelCard, language: Language, field: str) -> None:
    if language not in card.languages:
        spoken = ", ".join(languages_of(card)) or "none of the suite's languages"
        raise InvalidArgument(field, f"{card.id!r} speaks {spoken}, not {language}")


def _none_speaks(catalogue: Catalogue, language: Language) -> str:
    others = [card.id for card in voice_cards(catalogue) if language in card.languages]
    known = f"; to be had by `dauys models pull`: {', '.join(others)}" if others else ""
    return f"no voice on this server speaks {language}{known}"


def _known(cards: Iterable[ModelCard]) -> tuple[VoiceCard, ...]:
    return tuple(
        VoiceCard(card.id, languages_of(card), card.display_name, voice_of(card).speakers)
        for card in cards
    )
