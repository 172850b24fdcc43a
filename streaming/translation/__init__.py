"""Text between Kazakh, Russian and English, by models of a pool."""

from streaming.translation.routing import Route, Step, TranslationModels
from streaming.translation.sentences import Search, translate_sentences

__all__ = ["Route", "Search", "Step", "TranslationModels", "translate_sentences"]
