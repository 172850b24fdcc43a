"""The places of a document where text stands, and the document that is made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Final, Protocol

from foundation.languages import Language
from services.translation.documents.interface import Role, Saved, Segment, TranslatedSegment
from services.translation.documents.limits import DocumentLimits, check_limit, refused
from services.translation.documents.xml_parsing import Element, clean

LANGUAGE_TAGS: Final[dict[Language, str]] = {"kk": "kk-KZ", "ru": "ru-RU", "en": "en-US"}
"""As office documents write languages."""

_FILE_NAME: Final = re.compile(r"[^\n]{1,200}\.(?:png|jpe?g|gif|bmp|tiff?|svg|emf|wmf|webp)", re.I)


class Place(Protocol):
    """Where a segment stands."""

    @property
    def segment(self) -> Segment:
        """What stands there."""
        ...

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """Write a translation there; may be called again."""
        ...


class Places:
    """Collects places within the limits."""

    def __init__(self, limits: DocumentLimits) -> None:
        self._limits = limits
        self._places: list[Place] = []
        self._characters = 0

    def add(self, place: Place) -> None:
        """One more.

        Raises:
            InvalidArgument: there are too many, or too many characters.
        """
        self._places.append(place)
        self._characters += len(place.segment.text)
        check_limit("segments", len(self._places), self._limits.segments)
        check_limit("characters", self._characters, self._limits.characters)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class PlacedDocument:
    """A document whose places are written to one by one."""

    def __init__(
        self,
        places: Places,
        write: Callable[[Language], bytes],
        file_name: str,
        media_type: str,
    ) -> None:
        """``write`` is called when all places are written and says the document's language."""
        self._places = list(places)
        self._write = write
        self._file_name = file_name
        self._media_type = media_type
        self._segments = tuple(place.segment for place in self._places)

    @property
    def segments(self) -> Sequence[Segment]:
        """See ``Document``."""
        return self._segments

    def save(self, translations: Sequence[TranslatedSegment], target: Language) -> Saved:
        """See ``Document``."""
        if len(translations) != len(self._places):
            raise refused(f"{len(self._places)} segments, {len(translations)} translations")
        for place, translation in zip(self._places, translations, strict=True):
            place.put(translation, target)
        return Saved(
            self._write(target), translated_name(self._file_name, target), self._media_type
        )


def translated_name(file_name: str, target: Language, suffix: str | None = None) -> str:
    """``folder/report.docx`` becomes ``report.kk.docx``; ``suffix`` is another ending."""
    path = PurePath(file_name.replace("\\", "/"))
    return f"{path.stem}.{target}{path.suffix if suffix is None else suffix}"


class LabelPlace:
    """An attribute of an element."""

    def __init__(self, element: Element, name: str) -> None:
        self._element, self._name = element, name
        self.segment = Segment(clean(element.get(name)), role=Role.LABEL)

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        self._element.set(self._name, clean(translation.text))


class TextPlace:
    """The text of an element without children."""

    def __init__(self, element: Element, role: Role) -> None:
        self._element = element
        self.segment = Segment(clean(element.text), role=role)

    def put(self, translation: TranslatedSegment, target: Language) -> None:
        """See ``Place``."""
        self._element.text = clean(translation.text)


def add_label(places: Places, element: Element, name: str) -> None:
    """An attribute that people read, unless it is a picture's file name."""
    text = element.get(name)
    if is_language(text) and not _FILE_NAME.fullmatch(text):
        places.add(LabelPlace(element, name))


def is_language(text: str | None) -> bool:
    """Is there a letter in it? Numbers and signs need no translation."""
    return text is not None and any(character.isalpha() for character in text)
