"""A sentence as the ids of a voice's letters, and which word each belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from foundation.errors import FailedPrecondition, InvalidArgument
from foundation.synthesis import SpeechSpan
from models.engines.request_words import word_places

_BLANK: Final = 0
_NO_WORD: Final = -1


@dataclass(frozen=True, slots=True)
class Letters:
    """What ``tokenizer_config.json`` and ``vocab.json`` of a ``VitsTokenizer`` say."""

    ids: Mapping[str, int]
    blanks: bool
    """Does a blank stand between letters?"""

    lower_case: bool


@dataclass(slots=True)
class Reading:
    """What the model is given."""

    ids: list[int]
    words: list[int]
    """For each id the number of its word in the request, or -1 for none."""

    passed_over: dict[str, None] = field(default_factory=dict)
    """Letters without an id, in order."""


def read_letters(folder: Path, size: int) -> Letters:
    """Read a checkpoint's letters.

    Raises:
        FailedPrecondition: a file is missing or broken, an id is beyond the model's ``size``, or
            the text has to be made phonemes or Latin letters first.
    """
    try:
        config: Any = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        table: Any = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        ids = {str(letter): int(number) for letter, number in table.items()}
        phonemize, uroman = config.get("phonemize", True), config.get("is_uroman", False)
        letters = Letters(ids, config.get("add_blank", True), config.get("normalize", True))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise FailedPrecondition(
            f"{folder.name} has no letters of a VitsTokenizer: {type(error).__name__}: {error}"
        ) from error
    if phonemize or uroman:
        raise FailedPrecondition("the voice reads phonemes or Latin letters, made by other tools")
    if any(not 0 <= number < size for number in ids.values()):
        raise FailedPrecondition(f"vocab.json has an id that is not in 0..{size - 1}")
    return letters


def read(spans: Sequence[SpeechSpan], letters: Letters) -> Reading:
    """Read a request's spans.

    Raises:
        InvalidArgument: the voice knows none of its letters.
    """
    reading = Reading([], [])

    def add(number: int, word: int) -> None:
        if letters.blanks:
            reading.ids.append(_BLANK)
            reading.words.append(word)
        reading.ids.append(number)
        reading.words.append(word)

    space = letters.ids.get(" ")
    for number, place in enumerate(word_places(spans)):
        text = place.text.lower() if letters.lower_case else place.text
        known = [letter for letter in text if letter in letters.ids]
        reading.passed_over |= dict.fromkeys(one for one in text if one not in letters.ids)
        if known and reading.ids and space is not None:
            add(space, _NO_WORD)
        for letter in known:
            add(letters.ids[letter], number)
    if not any(word != _NO_WORD for word in reading.words):
        raise InvalidArgument("spans", "the voice knows none of its letters")
    if letters.blanks:
        reading.ids.append(_BLANK)
        reading.words.append(_NO_WORD)
    return reading
