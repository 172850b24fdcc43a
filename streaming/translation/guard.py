"""What must come through a translation unchanged, and how it is seen to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from foundation.languages import Language
from text.protection import PlaceholderStyle, Protected, protect

Protector: TypeAlias = Callable[[str, PlaceholderStyle], Protected]
"""Takes a sentence and replaces what must not be translated."""


def default_protector(source: Language, target: Language) -> Protector:
    """URLs, addresses, markup, variables, numbers with units; no terms."""

    def protector(sentence: str, style: PlaceholderStyle) -> Protected:
        return protect(sentence, cyrillic_units="en" not in (source, target), style=style)

    return protector


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a protected sentence: text between placeholders, or one of these."""

    text: str
    translate: bool


def stretches(protected: Protected) -> list[Stretch]:
    """The sentence cut at its placeholders, nothing lost.

    For models that copy no placeholders, and sentences whose placeholders got lost: what is between
    them is translated, and the whole restored.
    """
    placeholders = [protected.style.placeholder(span.number) for span in protected.spans]
    union = "|".join(f"{re.escape(one)}(?!\\d)" for one in placeholders)
    parts = re.split(f"({union})", protected.text) if placeholders else [protected.text]
    return [Stretch(part, number % 2 == 0) for number, part in enumerate(parts) if part]
