"""A session's glossary: hotwords for the engine, and names mended after recognition."""

from text.vocabulary.corrector import Correction, VocabularyCorrector
from text.vocabulary.glossary import Glossary, GlossaryEntry, glossary_of
from text.vocabulary.parsing import parse_glossary, parse_json, parse_tsv
from text.vocabulary.timed_words import correct_words

__all__ = [
    "Correction",
    "Glossary",
    "GlossaryEntry",
    "VocabularyCorrector",
    "correct_words",
    "glossary_of",
    "parse_glossary",
    "parse_json",
    "parse_tsv",
]
