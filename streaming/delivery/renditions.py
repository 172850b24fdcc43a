"""A session's subtitle tracks as outputs list them for viewers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from text.transliteration import to_latin

_NAMES: Final[dict[Language, str]] = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
_TRANSLATED: Final[dict[Language, str]] = {
    "kk": "Қазақша (аударма)",
    "ru": "Русский (перевод)",
    "en": "English (translation)",
}

_AUTOMATIC: Final[dict[Language, str]] = {"kk": "авто", "ru": "авто", "en": "auto"}


@dataclass(frozen=True, slots=True)
class Rendition:
    """A subtitle track as a player lists it."""

    track: str
    """The session's name of the track; also that of its files."""

    languages: tuple[Language, ...]
    """That may be spoken or written in it; one for a translation."""

    translated: bool = False

    latin: bool = False
    """Kazakh is written in Latin letters."""

    def __post_init__(self) -> None:
        if not self.track.isascii() or not self.track.replace("-", "").isalnum():
            raise InvalidArgument("track", f"{self.track!r} cannot name a file")
        if not self.languages:
            raise InvalidArgument("track", f"{self.track!r} is in no language")

    @property
    def language(self) -> str:
        """LANGUAGE: BCP 47; ``mul`` where several are spoken."""
        if len(self.languages) > 1:
            return "mul"
        return "kk-Latn" if self.latin and self.languages[0] == "kk" else self.languages[0]

    @property
    def automatic(self) -> str:
        """The word for it in the first language of the track, for a menu."""
        word = _AUTOMATIC[self.languages[0]]
        return to_latin(word) if self.latin and self.languages[0] == "kk" else word

    def names(self, table: Mapping[Language, str]) -> str:
        """Its languages by their names in ``table``."""
        return " / ".join(
            to_latin(table[language]) if self.latin and language == "kk" else table[language]
            for language in self.languages
        )


def names(renditions: Sequence[Rendition], *, automatic: bool = False) -> dict[str, str]:
    """Each track's name in its own language; no two are alike (RFC 8216 §4.3.4.1.1).

    Args:
        renditions: The tracks.
        automatic: Say of each that it was made by a machine: "Русский · авто".

    Raises:
        InvalidArgument: two tracks are the same to a viewer.
    """
    found: dict[str, str] = {}
    for rendition in renditions:
        name = rendition.names(_NAMES)
        if rendition.translated and name in found.values():
            name = rendition.names(_TRANSLATED)
        if name in found.values() or rendition.track in found:
            raise InvalidArgument("tracks", f"two tracks are {name}")
        found[rendition.track] = name
    if not automatic:
        return found
    return {each.track: f"{found[each.track]} · {each.automatic}" for each in renditions}


def session_renditions(
    spoken: str, languages: Sequence[Language], translations: Sequence[Language], *, latin: bool
) -> tuple[Rendition, ...]:
    """A session's tracks, the spoken one first.

    Args:
        spoken: Name of the spoken track.
        languages: That are spoken in it.
        translations: Languages of the translated tracks, which are named by them.
        latin: Kazakh is written in Latin letters.
    """
    own = Rendition(spoken, tuple(languages), latin=latin)
    return own, *(
        Rendition(language, (language,), translated=True, latin=latin) for language in translations
    )


def rendition_of(track: str, *, latin: bool = False) -> Rendition:
    """A translated track that came while on air, by its name."""
    language = next((code for code in LANGUAGES if code == track), None)
    languages = LANGUAGES if language is None else (language,)
    return Rendition(track, languages, translated=True, latin=latin)
