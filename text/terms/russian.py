"""Case forms of Russian terms, as far as they are sure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from text.terms.forms import PYMORPHY_CASES, Case, Parse, nominative_parse
from text.vocabulary.russian_forms import decline

_TAGS: Final[dict[Case, str]] = {
    case: tag for tag, case in PYMORPHY_CASES.items() if tag not in ("gen2", "loc2")
}

_GENITIVE: Final = (
    "без для до из изо от ото у около возле вокруг после против кроме вместо ради среди"
    " относительно касательно вследствие путём помимо из-за из-под"
)
_DATIVE: Final = "к ко по благодаря согласно вопреки навстречу"
_INSTRUMENTAL: Final = "с со над надо перед передо между"
PREPOSITIONS: Final[dict[str, Case]] = {
    **dict.fromkeys(_GENITIVE.split(), "genitive"),
    **dict.fromkeys(_DATIVE.split(), "dative"),
    **dict.fromkeys(("про", "через", "сквозь"), "accusative"),
    **dict.fromkeys(_INSTRUMENTAL.split(), "instrumental"),
    **dict.fromkeys(("о", "об", "обо", "при"), "prepositional"),
}
"""Prepositions that leave one case, or one that is meant nearly always."""

PLACE: Final = frozenset({"в", "во", "на"})
"""Prepositional where something is, accusative whither."""


@lru_cache(maxsize=16_384)
def russian_form(term: str, case: Case, plural: bool = False) -> str | None:
    """The form of a term that stands in the nominative; None: none is sure.

    The dictionary inflects adjectives and the noun that they belong to; what follows that noun
    stays. A term that begins with a word that it does not know, a name mostly, is declined by
    ``text.vocabulary.russian_forms``.
    """
    if case not in _TAGS:
        return None
    words = term.split(" ")
    parses = [nominative_parse(word.lower()) for word in words]
    head = next(
        (index for index, each in enumerate(parses) if each is None or each.tag.POS == "NOUN"), None
    )
    if head is None:
        return None
    noun = parses[head]
    if noun is None or "Name" in noun.tag or "Surn" in noun.tag:
        return _declined(term, case) if head == 0 and not plural else None
    wanted = {_TAGS[case]} | ({"plur"} if plural and noun.tag.number == "sing" else set())
    inflected = noun.inflect(wanted)
    if inflected is None:
        return None
    adjective_case = case
    if case == "accusative":
        adjective_case = _accusative_like(noun, inflected, wanted)
    written = [inflected.word]
    for parse in reversed(parses[:head]):
        wanted_here = {_TAGS[adjective_case]} | (wanted & {"plur"})
        form = parse.inflect(wanted_here) if parse is not None else None
        if form is None:
            return None
        written.insert(0, form.word)
    spelt = [_spelt_like(form, word) for form, word in zip(written, words, strict=False)]
    if None in spelt:
        return None
    return " ".join([*map(str, spelt), *words[head + 1 :]])


def _accusative_like(noun: Parse, accusative: Parse, wanted: set[str]) -> Case:
    """Which case an adjective takes beside an accusative."""
    number = wanted & {"plur"}
    genitive = noun.inflect({"gent"} | number)
    nominative = noun.inflect({"nomn"} | number)
    if nominative is not None and accusative.word == nominative.word:
        return "nominative"
    if genitive is not None and accusative.word == genitive.word:
        return "genitive"
    return "accusative"


def _declined(term: str, case: Case) -> str | None:
    forms = decline(term)
    head = forms.get(f"head {case}")
    return head if head is not None else forms.get(case)


def _spelt_like(form: str, word: str) -> str | None:
    """A form from the dictionary with the capitals of the term."""
    if word == word.lower():
        return form
    if len(word) > 1 and word.isupper():
        return None if form != word.lower() else word  # abbreviations stay
    if word[1:] == word[1:].lower():
        return form[:1].upper() + form[1:]
    return None
