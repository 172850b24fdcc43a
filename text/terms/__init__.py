"""Required translations: terms found in a text, and written into its translation."""

from text.terms.checks import missing_terms
from text.terms.matching import TermMatch, compile_terms, find_terms
from text.terms.parsing import parse_terms
from text.terms.replacing import RequiredTranslation, required_spans
from text.terms.term_base import MAX_TERMS, Term, TermBase

__all__ = [
    "MAX_TERMS",
    "RequiredTranslation",
    "Term",
    "TermBase",
    "TermMatch",
    "compile_terms",
    "find_terms",
    "missing_terms",
    "parse_terms",
    "required_spans",
]
