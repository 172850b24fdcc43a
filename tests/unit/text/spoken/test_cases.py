"""Each language's table of print and speech, and what must hold of every line of it."""

from __future__ import annotations

import pytest

from foundation.languages import LANGUAGES, Language
from tests.unit.text.spoken.cases import CASES, Case
from text.spoken import Normaliser
from text.spoken.reading import Reading

NORMALISERS: dict[Language, Normaliser] = {language: Normaliser(language) for language in LANGUAGES}


def groups() -> list[tuple[Language, str, list[Case]]]:
    found: dict[tuple[Language, str], list[Case]] = {}
    for language in LANGUAGES:
        for case in CASES[language]:
            found.setdefault((language, case.rule), []).append(case)
    return [(language, rule, cases) for (language, rule), cases in found.items()]


@pytest.mark.parametrize(
    ("language", "cases"),
    [(language, cases) for language, _, cases in groups()],
    ids=[f"{language}: {rule[:40]}" for language, rule, _ in groups()],
)
def test_print_is_read_by_its_rule(language: Language, cases: list[Case]) -> None:
    read = NORMALISERS[language].spoken
    spoken = {case.written: read(case.written) for case in cases}
    assert spoken == {case.written: case.spoken for case in cases}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_three_hundred_cases_by_rule(language: Language) -> None:
    cases = CASES[language]
    assert len(cases) >= 300
    assert len({case.written for case in cases}) == len(cases)
    assert all(case.rule for case in cases)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_read_the_same_again(language: Language) -> None:
    read = NORMALISERS[language].spoken
    again = {case.spoken: read(case.spoken) for case in CASES[language]}
    assert again == {spoken: spoken for spoken in again}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_digit_is_left_and_every_word_knows_its_place(language: Language) -> None:
    for case in CASES[language]:
        reading = NORMALISERS[language].read(case.written)
        assert not any(map(str.isdigit, reading.text)), case
        check_places(reading, case.written)


def check_places(reading: Reading, written: str) -> None:
    """Places go forward, lie in the print, and what stays as it is stands there."""
    before = 0
    for token in reading.tokens:
        assert 0 <= token.start < token.end <= len(written), (written, token)
        assert token.start >= before, (written, token)
        assert not any(map(str.isspace, token.text))
        before = token.start
    for number in ("2026", "25"):
        at = written.find(number)
        if at >= 0:
            covering = [t for t in reading.tokens if t.start <= at < t.end]
            assert covering, (written, number)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_break_spaces_are_read_as_spaces(language: Language) -> None:
    read = NORMALISERS[language].spoken
    for case in CASES[language]:
        assert read(case.written.replace(" ", "\u00a0")) == case.spoken, case
