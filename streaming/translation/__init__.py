"""Text between Kazakh, Russian and English, by models of a pool."""

from streaming.translation.checks import REFUSED, Fault
from streaming.translation.guard import Protector, default_protector
from streaming.translation.memory import MemoryLookup, MemoryMatch
from streaming.translation.off_loop import computed
from streaming.translation.required import term_protector
from streaming.translation.routing import Route, Step, TranslationModels
from streaming.translation.sentences import Search, translate_sentences
from streaming.translation.translator import (
    Origin,
    TranslatedSentence,
    TranslatedText,
    Translator,
    TranslatorConfig,
)

__all__ = [
    "REFUSED",
    "Fault",
    "MemoryLookup",
    "MemoryMatch",
    "Origin",
    "Protector",
    "Route",
    "Search",
    "Step",
    "TranslatedSentence",
    "TranslatedText",
    "TranslationModels",
    "Translator",
    "TranslatorConfig",
    "computed",
    "default_protector",
    "term_protector",
    "translate_sentences",
]
