"""Required terms beside what is always protected."""

from __future__ import annotations

from foundation.languages import Language
from streaming.translation.guard import Protector, default_protector
from text.protection import PlaceholderStyle, Protected, protect
from text.terms import TermBase, required_spans


def term_protector(terms: TermBase, source: Language, target: Language) -> Protector:
    """What must not be translated of a pair, or only as the terms say."""
    if not terms.terms:
        return default_protector(source, target)

    def protector(sentence: str, style: PlaceholderStyle) -> Protected:
        return protect(
            sentence,
            cyrillic_units="en" not in (source, target),
            style=style,
            required=required_spans(sentence, terms, (source, target)),
        )

    return protector
