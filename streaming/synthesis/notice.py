"""A sentence that says that what follows is a synthetic voice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from foundation.languages import Language
from text.spoken import SpokenSentence, SpokenSpan, SpokenToken

NOTICES: Final[Mapping[Language, str]] = {
    "kk": "Мәтінді жасанды дауыс оқиды.",
    "ru": "Текст читает синтезированный голос.",
    "en": "This text is read by a synthetic voice.",
}
"""By the language of the first sentence."""


def notice(sentence: SpokenSentence) -> SpokenSentence | None:
    """The notice to be spoken before ``sentence``, by its voice; None: nothing in it is spoken."""
    span = next(sentence.spans, None)
    if span is None:
        return None
    text = NOTICES[span.language]
    place = sentence.start
    token = SpokenToken(0, len(text), place, place)
    spoken = SpokenSpan(span.language, text, (token,), voice=span.voice)
    return SpokenSentence((spoken,), place, place, ends_paragraph=True)
