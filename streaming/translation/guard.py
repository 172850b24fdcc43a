"""What must come through a translation unchanged, and how it is seen to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from foundation.languages import Language
from text.protection import PlaceholderStyle, Protected, ProtectedSpan, protect

Protector: TypeAlias = Callable[[str, PlaceholderStyle], Protected]
"""Takes a sentence and replaces what must not be translated."""


def default_protector(source: Language, target: Language) -> Protector:
    """URLs, addresses, markup, variables, numbers with units; no terms."""

    def protector(sentence: str, style: PlaceholderStyle) -> Protected:
        return protect(sentence, cyrillic_units="en" not in (source, target), style=style)

    return protector


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a sentence between protected spans, or such a span."""

    text: str
    translate: bool


def stretches(protected: Protected) -> list[Stretch]:
    """The sentence cut at its protected spans, in order; whitespace belongs to the text around.

    For models that copy no placeholders, and sentences whose placeholders got lost.
    """
    parts: list[Stretch] = []
    rest = protected.text
    for span in protected.spans:
        before, rest = _around(rest, span, protected.style)
        parts += [Stretch(before, translate=True), Stretch(span.text, translate=False)]
    parts.append(Stretch(rest, translate=True))
    return [part for part in parts if part.text]


def _around(text: str, span: ProtectedSpan, style: PlaceholderStyle) -> tuple[str, str]:
    before, _, after = text.partition(style.placeholder(span.number))
    before = before.removesuffix(" ") if span.space_before else before
    after = after.removeprefix(" ") if span.space_after else after
    return before, after
