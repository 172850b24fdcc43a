"""Terms found in a text, in any form, the longest first."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from foundation.languages import Language
from foundation.translation import Pair
from text.protection.patterns import MARKUP
from text.terms.forms import Case, Form, Grammar, Reading, grammar_of, kazakh_form_of
from text.terms.term_base import Term, TermBase
from text.terms.tokens import Token, tokens
from text.vocabulary.kazakh_endings import chains_of

_MAX_STATES: Final = 32
"""Ways to read the words so far that are followed at once; more are made by hostile terms only."""


_PREPOSITIONS: Final[dict[str, Case]] = {
    "of": "genitive",
    **dict.fromkeys(("in", "at", "on", "within"), "locative"),
    **dict.fromkeys(("to", "into"), "dative"),
    **dict.fromkeys(("by", "with"), "instrumental"),
    "from": "ablative",
}


@dataclass(frozen=True, slots=True)
class TermMatch:
    """A term in a text."""

    start: int
    """In characters."""

    end: int
    term: Term
    forms: frozenset[Form] | None
    """What form it may be in; None: the text does not tell."""


@dataclass(slots=True)
class _Node:
    next: dict[tuple[bool, str], _Node] = field(default_factory=dict)
    """By whether something stands before the token, and its key."""

    terms: list[tuple[Term, tuple[Token, ...]]] = field(default_factory=list)
    """Terms that end here, with their tokens; they differ in capitals."""


@dataclass(frozen=True, slots=True)
class _State:
    node: _Node
    forms: frozenset[Form] | None
    inflected: Reading | None
    """How the last word was read, where it ends the term."""


class TermFinder:
    """Terms of one language; compiled once."""

    def __init__(self, terms: Sequence[tuple[str, Term]], language: Language) -> None:
        """Compile terms, each with the text that is looked for; later ones win."""
        self._language = language
        cut = [(tokens(text), term) for text, term in terms]
        self._grammar: Grammar = grammar_of(
            language, {token.letters for words, _ in cut for token in words if token.word}
        )
        self._root = _Node()
        for words, term in cut:
            for keys in self._grammar.term_keys([word.letters for word in words]):
                node = self._root
                for index, (word, key) in enumerate(zip(words, keys, strict=True)):
                    node = node.next.setdefault((index > 0 and word.apart, key), _Node())
                node.terms.insert(0, (term, tuple(words)))

    def find(self, text: str) -> tuple[TermMatch, ...]:
        """Terms in ``text`` in order, none inside another, a word or an address."""
        if not self._root.next:
            return ()
        words = tokens(text)
        readings = [self._readings(word) for word in words]
        markup = [match.span() for match in MARKUP.finditer(text)]
        found: list[TermMatch] = []
        at = passed = 0
        while at < len(words):
            length, match = self._longest(words, readings, at)
            while passed < len(markup) and markup[passed][1] <= words[at].start:
                passed += 1
            if match is None or _inside(match, markup[passed : passed + 1]):
                at += 1
                continue
            found.append(match)
            at += length
        return tuple(found)

    def _longest(
        self, words: Sequence[Token], readings: Sequence[Sequence[Reading]], first: int
    ) -> tuple[int, TermMatch | None]:
        """How many tokens it has, and the longest term that begins with a token."""
        if _continues(words, first):
            return 0, None
        best: tuple[int, TermMatch | None] = (0, None)
        states = [_State(self._root, None, None)]
        for index in range(first, len(words)):
            apart = index > first and words[index].apart
            states = [
                reached
                for state in states
                if state.inflected is None
                for reading in readings[index]
                if (reached := _step(state, reading, apart)) is not None
            ][:_MAX_STATES]
            if not states:
                break
            for state in states:
                if state.node.terms:
                    ended = self._ended(state, words, first, index)
                    if ended is not None:
                        best = ended
                        break
        return best

    def _readings(self, word: Token) -> Sequence[Reading]:
        letters = word.letters
        return tuple(self._grammar.readings(letters)) if word.word else (Reading(letters),)

    def _ended(
        self, state: _State, words: Sequence[Token], first: int, last: int
    ) -> tuple[int, TermMatch] | None:
        forms, after = state.forms, last
        if forms is None and self._language == "kk" and (ending := _hyphenated(words, last)):
            forms, after = ending, last + 2
        elif self._language == "en" and _is_possessive(words, last):
            forms = _english_form("genitive", forms)
        elif _joined(words, last):
            return None
        elif self._language == "en" and (case := _english_case(words, first)) is not None:
            forms = _english_form(case, forms)
        for term, spelt in state.node.terms:
            if state.inflected is not None and state.inflected.doubtful and _is_common(spelt):
                continue
            if all(map(_has_capitals, words[first : last + 1], spelt)):
                match = TermMatch(words[first].start, words[after].end, term, forms)
                return after - first + 1, match
        return None


def find_terms(text: str, terms: TermBase, pair: Pair) -> tuple[TermMatch, ...]:
    """Terms of a pair in a source text, in order, the longest where several fit.

    Found are whole words: in Kazakh with endings of nouns, in Russian in every case and number, in
    English in the plural and with 's; in any case where the term is in lower case, else with its
    capitals. The first call of a pair compiles the terms; see ``compile_terms``.
    """
    return _finder(terms, pair, "source").find(text)


def target_finder(terms: TermBase, pair: Pair) -> TermFinder:
    """Finds the required translations of a pair in a translation."""
    return _finder(terms, pair, "target")


def compile_terms(terms: TermBase, pair: Pair) -> None:
    """Do what the first search for a pair's terms, and for their translations, would do.

    It takes up to a second for 2000 Russian terms: do it off the event loop.
    """
    _finder(terms, pair, "source")
    _finder(terms, pair, "target")


_compiled: Final[weakref.WeakKeyDictionary[TermBase, dict[tuple[Pair, str], TermFinder]]] = (
    weakref.WeakKeyDictionary()
)


def _finder(terms: TermBase, pair: Pair, side: Literal["source", "target"]) -> TermFinder:
    finders = _compiled.setdefault(terms, {})
    if (pair, side) not in finders:
        chosen = [
            (term.source if side == "source" else term.written, term) for term in terms.of(pair)
        ]
        finders[pair, side] = TermFinder(chosen, pair[0] if side == "source" else pair[1])
    return finders[pair, side]


def _step(state: _State, reading: Reading, apart: bool) -> _State | None:
    node = state.node.next.get((apart, reading.key))
    if node is None:
        return None
    forms = reading.forms
    if forms is None:
        forms = state.forms
    elif state.forms is not None:
        forms = forms & state.forms
        if not forms:
            return None  # the words do not agree
    return _State(node, forms, reading if reading.ends else None)


def _continues(words: Sequence[Token], first: int) -> bool:
    """Does a hyphen or an apostrophe join the token to a word before it?"""
    return (
        first >= 2
        and not words[first].apart
        and words[first - 1].letters in ("-", "'", "_", "@")
        and not words[first - 1].apart
        and words[first - 2].word
    )


def _joined(words: Sequence[Token], last: int) -> bool:
    """Does a hyphen or an apostrophe join the token to a word after it?"""
    return _suffix(words, last, ("-", "'", "_", "@")) is not None


def _suffix(words: Sequence[Token], last: int, marks: Sequence[str]) -> Token | None:
    following = words[last + 1 : last + 3]
    if len(following) < 2 or following[0].apart or following[1].apart:
        return None
    mark, word = following
    return word if mark.letters in marks and word.word and words[last].word else None


def _hyphenated(words: Sequence[Token], last: int) -> frozenset[Form] | None:
    """Forms of a Kazakh ending after a hyphen (``НАТО-ның``)."""
    word = _suffix(words, last, ("-",))
    if word is None:
        return None
    return frozenset(map(kazakh_form_of, chains_of(word.text))) or None


def _is_possessive(words: Sequence[Token], last: int) -> bool:
    word = _suffix(words, last, ("'",))
    return word is not None and word.letters == "s"


def _english_case(words: Sequence[Token], first: int) -> Case | None:
    """The case that a preposition before the term stands for."""
    before = first - 1
    if before > 0 and words[before].letters in ("the", "a", "an"):
        before -= 1
    return _PREPOSITIONS.get(words[before].letters) if before >= 0 else None


def _english_form(case: Case, forms: frozenset[Form] | None) -> frozenset[Form]:
    return frozenset({Form(case, any(form.plural for form in forms or ()))})


def _is_common(spelt: Sequence[Token]) -> bool:
    return len(spelt) == 1 and spelt[0].text == spelt[0].text.lower()


def _has_capitals(word: Token, term: Token) -> bool:
    return all(
        found.isupper()
        for found, wanted in zip(word.text, term.text, strict=False)
        if wanted.isupper()
    )


def _inside(match: TermMatch, spans: Sequence[tuple[int, int]]) -> bool:
    """Does the term touch an address or a tag without being all of it?"""
    return any(
        match.start < end and start < match.end and not (match.start <= start and end <= match.end)
        for start, end in spans
    )
