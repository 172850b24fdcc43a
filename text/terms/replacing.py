"""Required translations written where the translator left their placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from foundation.languages import Language
from foundation.translation import Pair
from text.protection import RequiredSpan
from text.terms.forms import (
    DEVOICED,
    Case,
    Form,
    kazakh_form_of,
    possessed_chain,
)
from text.terms.matching import TermMatch, find_terms
from text.terms.russian import PLACE, PREPOSITIONS, russian_form
from text.terms.term_base import TermBase
from text.vocabulary.common_words import is_common
from text.vocabulary.kazakh_endings import Chain, attach, chains_of

_GLUED: Final = re.compile(r"[-\u2010\u2011]?([^\W\d_]{1,12})(?![\w-])")
_RUSSIAN_ENDING: Final = re.compile(r"-?([а-яё]{1,3})(?![\w-])")
_RUSSIAN_CASES: Final[tuple[Case, ...]] = (
    "genitive",
    "dative",
    "instrumental",
    "prepositional",
    "accusative",
)
_APART: Final = re.compile(r" ([^\W\d_]{2,6})(?![\w-])")
# Endings even where they are written apart; мен, да, те, дан, тар may be words.
_ALONE: Final = (
    "ға ге қа ке ның нің дың дің тың тің ны ні ден нен"
    " лар лер дағы дегі тағы тегі ларға лерге дарға дерге тарға терге"
)
_ENDINGS_ALONE: Final = frozenset(_ALONE.split())
_LAST_WORD: Final = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)?)[\s«“„\"(]*$")
_BEGINNING: Final = re.compile(r"(?:^|[.!?…]\s)[\s«»“”„\"'(\[—–-]*$")
# Without a preposition Russian has other cases where Kazakh has its dative (заңға қол қойды,
# подписал закон), so that one is not carried over.
_CARRIED_OVER: Final[frozenset[Case]] = frozenset({"genitive", "accusative", "instrumental"})


@dataclass(frozen=True, slots=True)
class RequiredTranslation:
    """What stands for a term in a translation; a ``text.protection.Replacement``."""

    text: str
    """In the nominative."""

    language: Language
    """Of the translation."""

    forms: frozenset[Form] | None = None
    """Of the term in the source, where that has cases."""

    changes: bool = True
    """False: the term stays as it is, but for Kazakh endings."""

    opens: bool = False
    """It takes a capital where it begins the translation."""

    shouted: bool = False
    """All in capitals, as it stands in the source."""

    def fit(self, before: str, after: str) -> tuple[str, int]:
        """The term in the form that its place asks for; see ``text.protection.Replacement``."""
        text, used = self.text, 0
        if self.language == "kk":
            text, used = self._kazakh(after)
        elif self.language == "ru" and self.changes:
            text, used = self._russian(before, after)
        if self.shouted:
            text = text.upper()
        elif self.opens and _BEGINNING.search(before):
            text = text[:1].upper() + text[1:]
        if self.language == "ru" and text[-1:].isalnum() and after[used : used + 1].isalnum():
            text += " "  # Kazakh and English suffixes (-сыз, -s) may stay
        return text, used

    def _kazakh(self, after: str) -> tuple[str, int]:
        """With the ending that the translator wrote after the placeholder, in harmony."""
        glued = _GLUED.match(after)
        found = glued or _APART.match(after)
        if found is None or (glued is None and found[1].lower() not in _ENDINGS_ALONE):
            return self.text, 0
        heard = found[1].lower()
        possessed = _is_possessed(self.text)
        chains = _chains(heard, possessed)
        if not chains:
            return self.text, 0
        written = attach(self.text, heard, chains, after="their" if possessed else None)
        return written, found.end()

    def _russian(self, before: str, after: str) -> tuple[str, int]:
        plural = self.forms is not None and all(form.plural for form in self.forms)
        glued = _RUSSIAN_ENDING.match(after)
        if glued is not None:  # the translator declined the placeholder
            for each in _RUSSIAN_CASES:
                form = russian_form(self.text, each, plural)
                if form is not None and form != self.text and form.endswith(glued[1]):
                    return form, glued.end()
        case = self._russian_case(before)
        if case is None and not plural:
            return self.text, 0
        return russian_form(self.text, case or "nominative", plural) or self.text, 0

    def _russian_case(self, before: str) -> Case | None:
        """What the preposition asks for, or else the case that the term has in the source."""
        cases: set[Case] = {form.case for form in self.forms or ()}
        word = _LAST_WORD.search(before[-80:])
        preposition = word[1].lower() if word else ""
        if preposition in PLACE:
            if cases & {"locative", "prepositional", "ablative"}:
                return "prepositional"
            return "accusative" if cases and cases <= {"dative", "accusative"} else None
        if preposition in ("с", "со") and cases == {"ablative"}:
            return "genitive"
        if preposition in PREPOSITIONS:
            return PREPOSITIONS[preposition]
        case = next(iter(cases)) if len(cases) == 1 else None
        return case if case in _CARRIED_OVER else None


def required_spans(text: str, terms: TermBase, pair: Pair) -> tuple[RequiredSpan, ...]:
    """Terms of ``text`` with their required translations, for ``text.protection.protect``."""
    return tuple(
        RequiredSpan(match.start, match.end, _translation(text, match, pair))
        for match in find_terms(text, terms, pair)
    )


def _translation(text: str, match: TermMatch, pair: Pair) -> RequiredTranslation:
    found = text[match.start : match.end]
    source = match.term.source
    written = match.term.written
    return RequiredTranslation(
        text=written,
        language=pair[1],
        forms=match.forms,
        changes=bool(match.term.target),
        opens=written[:1].islower() and _first_letter(text).isupper(),
        shouted=found.isupper() and len(found) > 2 and not source.isupper(),
    )


def _first_letter(text: str) -> str:
    return next((letter for letter in text if letter.isalpha()), "")


@lru_cache(maxsize=16_384)
def _is_possessed(text: str) -> bool:
    """Does a phrase end in a possessive, as Kazakh compounds do (Қазақстан Республикасы)?

    Alone ы and і also end other words (бас кеңесші, Жаңа Алматы).
    """
    *before, last = text.lower().split()
    if not before or last[-1] not in "ыі":
        return False
    if last.endswith(("сы", "сі")):
        return True
    stem = last[:-1]
    stems = (stem, stem[:-1] + DEVOICED.get(stem[-1:], stem[-1:]))
    return any(is_common(each, "kk") for each in stems)


def _chains(heard: str, possessed: bool) -> tuple[Chain, ...]:
    if not possessed:
        return chains_of(heard)
    if (chain := possessed_chain(heard)) is not None:
        return (chain,)
    cases = {chain[1:] if chain[:1] == ("their",) else chain for chain in chains_of(heard)}
    return tuple(sorted(chain for chain in cases if len(chain) == 1 and _is_case(chain)))


def _is_case(chain: Chain) -> bool:
    return kazakh_form_of(chain).case != "nominative"
