"""What must hold whatever is said."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.languages import LANGUAGES, Language
from tests.unit.text.normalisation.cases import ALL_CASES, read_cases
from text.normalisation import InverseNormaliser
from text.normalisation.grammar import Grammar, load_grammar
from text.normalisation.reading import LONGEST_PHRASE, split_parts

LETTERS = "аәбвгғдеёжзиійкқлмнңоөпрстуұүфхһцчшщъыіьэюяabcdefghijklmnopqrstuvwxyz"
MARKS = "0123456789-'.,!?«»()%°₸$€+−:;/—\u00a0"
MARKS_AFTER = (",", ".", "!", "»")
NORMALISERS: dict[Language, InverseNormaliser] = {
    language: InverseNormaliser(language) for language in LANGUAGES
}


def grammars(language: Language) -> list[Grammar]:
    russian = [load_grammar("ru", within="kk")] if language == "kk" else []
    return [load_grammar(language), *russian]


def vocabulary(language: Language) -> list[str]:
    """Every word that may belong to a number phrase."""
    words: set[str] = set()
    for grammar in grammars(language):
        words |= {*grammar.words, *grammar.starters, *grammar.months, *grammar.years}
        words |= {*grammar.centuries, *grammar.decades, *grammar.denominators}
        for phrases in grammar.units.values():
            for phrase in phrases:
                words |= {*phrase.words, *phrase.unit.minor}
        table = grammar.table
        words |= {*table["decimals"]["points"], *table["decimals"].get("joins", ())}
        words |= set(table["untouched"]["alone_before"])
        words |= set(table.get("fractions", {}).get("words", ()))
        words |= set(table["dates"].get("decades", ()))
        for name in ("hours", "minutes", "hour", "minute"):
            words |= set(table["time"].get(name, ()))
    extra: dict[Language, str] = {
        "kk": "жарым жарымда минуттан сыныпта сыныбы бөлігі бөлмеде мектебі тоқсанда",
        "ru": "с половиной по цельсию",
        "en": "and half past to of o'clock oclock pm am p m minutes minute min",
    }
    return sorted(words | set(extra[language].split()))


VOCABULARY: dict[Language, list[str]] = {language: vocabulary(language) for language in LANGUAGES}
KNOWN: dict[Language, frozenset[str]] = {
    language: frozenset(words) for language, words in VOCABULARY.items()
}


def speech_in(language: Language) -> st.SearchStrategy[tuple[Language, list[str]]]:
    """Number words, alone, before a mark or loud; other words; rubbish.

    All forms stand in one table: a draw from it costs a third of nested draws.
    """
    forms = [
        form
        for word in VOCABULARY[language]
        for form in (*[word] * 24, *[word + mark for mark in MARKS_AFTER], *[word.upper()] * 7)
    ]
    number = st.sampled_from(forms)
    rubbish = st.text(st.sampled_from(LETTERS + LETTERS.upper() + MARKS), max_size=8)
    word = st.one_of(number, number, number, number, number, rubbish, st.text(max_size=4))
    return st.tuples(st.just(language), st.lists(word, max_size=14))


SPEECH = st.one_of(*map(speech_in, LANGUAGES))


@settings(max_examples=4_000, deadline=None)
@given(SPEECH)
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_raises_and_no_letter_is_lost_outside_numbers(
    said: tuple[Language, list[str]],
) -> None:
    language, words = said
    written = NORMALISERS[language].rewrite(words)
    edges = [0, *(each.last for each in written)]
    assert [each.first for each in written] == edges[:-1]
    assert edges[-1] == len(words)
    assert all(each.first < each.last for each in written)
    for each in written:
        here = words[each.first : each.last]
        if each.text == here[0] and len(here) == 1:
            continue
        parts = split_parts(here, lambda core: core in KNOWN[language])
        for part in parts:
            digits = part.core[:1].isdigit()
            numbered = language == "kk" and part.core.startswith(NUMBERED)
            assert digits or numbered or part.core in KNOWN[language], (here, each)
        assert each.text.startswith(parts[0].before)
        assert each.text.endswith(parts[-1].after)
    assert 0 <= NORMALISERS[language].open_tail(words) <= 2 * LONGEST_PHRASE


NUMBERED = tuple(stem[:-1] for stem in load_grammar("kk").table["dates"]["numbered"])


@settings(max_examples=1_000, deadline=None)
@given(SPEECH, st.data())
@pytest.mark.slow
def test_what_is_settled_stays(said: tuple[Language, list[str]], data: st.DataObject) -> None:
    language, words = said
    cut = data.draw(st.integers(0, len(words)))
    check_settled(language, words, cut)


def check_settled(language: Language, words: list[str], cut: int) -> None:
    """A prefix without its open tail reads the same alone as in the whole."""
    normaliser = NORMALISERS[language]
    settled = words[: cut - normaliser.open_tail(words[:cut])]
    whole = normaliser.rewrite(words)
    alone = normaliser.rewrite(settled)
    assert whole[: len(alone)] == alone
    rest = normaliser.rewrite(words[len(settled) :])
    assert [each.text for each in whole] == [each.text for each in (*alone, *rest)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_may_be_cut_anywhere(language: Language) -> None:
    words = [word for case in read_cases(language) for word in case.spoken.split()]
    draw = random.Random(11)
    for _ in range(150):
        first = draw.randrange(len(words) - 24)
        check_settled(language, words[first : first + 24], draw.randrange(25))
    for case in ALL_CASES:
        spoken = case.spoken.split()
        for cut in range(len(spoken) + 1):
            check_settled(case.language, spoken, cut)
