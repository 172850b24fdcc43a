"""Whether a translation holds its required terms."""

from __future__ import annotations

from foundation.translation import Pair
from text.terms.matching import find_terms, target_finder
from text.terms.term_base import Term, TermBase


def missing_terms(source: str, translation: str, terms: TermBase, pair: Pair) -> tuple[Term, ...]:
    """Terms of the source whose required translation stands nowhere in the translation.

    In any of its forms that ``find_terms`` knows, or exactly as it is written. A term that stands
    twice in the source need stand once only: the second may have become a pronoun.
    """
    wanted = dict.fromkeys(match.term for match in find_terms(source, terms, pair))
    if not wanted:
        return ()
    present = {match.term.written for match in target_finder(terms, pair).find(translation)}
    folded = translation.casefold()
    return tuple(
        term
        for term in wanted
        if term.written not in present and term.written.casefold() not in folded
    )
