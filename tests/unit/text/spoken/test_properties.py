"""What must hold whatever is written."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from tests.unit.text.spoken.cases import CASES
from tests.unit.text.spoken.test_cases import NORMALISERS, check_places
from text.spoken import (
    Normaliser,
    NoteKind,
    SpeechText,
    SpeechTextOptions,
    SpokenSentence,
)

LETTERS = "аәбвгғдеёжзиійкқлмнңоөпрстуұүфхһцчшщъыіьэюяabcdefghijklmnopqrstuvwxyzАҚШСІIVXLM"
MARKS = "0123456789-'.,!?«»()%°₸$€+−:;/—№§&@#=<> \u00a0²½😀"
DROPPING = {language: Normaliser(language, drop_unspeakable=True) for language in LANGUAGES}


def pieces(language: Language) -> st.SearchStrategy[str]:
    """Print from the tables in any order, rubbish among it."""
    known = st.sampled_from([case.written for case in CASES[language]])
    rubbish = st.text(st.sampled_from(LETTERS + MARKS), max_size=12)
    joint = st.sampled_from([" ", " ", ", ", ". ", "", "-", "(", "/"])
    return st.lists(st.one_of(known, rubbish, st.text(max_size=4), joint), max_size=10).map("".join)


@settings(max_examples=200, deadline=None)
@example(("kk", "1-ден²"))
@example(("ru", "0\U00017000"))
@given(st.sampled_from(LANGUAGES).flatmap(lambda lang: st.tuples(st.just(lang), pieces(lang))))
def test_anything_is_read_without_digits_and_in_order(said: tuple[Language, str]) -> None:
    language, text = said
    reading = DROPPING[language].read(text)
    assert not any(map(str.isdigit, reading.text)), text
    check_places(reading, text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(LANGUAGES).flatmap(lambda lang: st.tuples(st.just(lang), pieces(lang))))
def test_no_word_of_letters_is_lost(said: tuple[Language, str]) -> None:
    """Every letter is inside the place of some token, or of a note that says it is left out."""
    language, text = said
    reading = DROPPING[language].read(text)
    covered = [False] * len(text)
    for token in reading.tokens:
        covered[token.start : token.end] = [True] * (token.end - token.start)
    for note in reading.notes:
        covered[note.start : note.end] = [True] * (note.end - note.start)
    lost = [at for at, letter in enumerate(text) if letter.isalnum() and not covered[at]]
    assert not lost, (text, text[lost[0] :])


@pytest.mark.parametrize("language", LANGUAGES)
def test_pairs_of_cases_stay_words_when_read_again(language: Language) -> None:
    """Neighbours change a number's form, never what is words already."""
    draw = random.Random(5)
    read = NORMALISERS[language].spoken
    for _ in range(100):
        first, second = draw.sample(CASES[language], 2)
        spoken = read(f"{first.written}, {second.written}")
        assert read(spoken) == spoken


@pytest.mark.parametrize("language", LANGUAGES)
def test_reading_takes_linear_time(language: Language) -> None:
    """Sixteen times the text takes about sixteen times as long; a quadratic rule would take 256."""
    line = " ".join(case.written for case in CASES[language][::7])
    small = line[:4_000] + " "
    took = []
    for text in (small, small * 16):
        began = time.process_time()
        NORMALISERS[language].read(text)
        took.append(time.process_time() - began)
    assert took[1] < 48 * took[0] + 0.2


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "1-", "1.", "а", "A", "I", "(", "+", "$", "a.", "т.", "1/", "☺", "'", ":1"]
)
def test_repeated_signs_take_linear_time(unit: str) -> None:
    for language in LANGUAGES:
        text = unit * (8_000 // len(unit))
        began = time.process_time()
        with suppress(InvalidArgument):  # too many digits in a row
            NORMALISERS[language].read(text)
        assert time.process_time() - began < 5, (language, unit)


def test_long_numbers_are_read_by_digits_up_to_a_limit() -> None:
    reading = NORMALISERS["ru"].read("π = 3" + "1" * 50)
    assert reading.text.count("один") == 50
    assert [note.kind for note in reading.notes] == [NoteKind.DIGITS]
    with pytest.raises(InvalidArgument, match="10000 digits at character 7; 100 are read at most"):
        NORMALISERS["en"].read("number " + "7" * 10_000)
    with pytest.raises(InvalidArgument, match="digits at character"):
        NORMALISERS["kk"].read("0," + "7" * 10_000)


def test_letters_of_other_scripts_are_refused_or_dropped_with_a_note() -> None:
    with pytest.raises(InvalidArgument, match=r"'中' \(U\+4E2D\) at character 7"):
        NORMALISERS["ru"].read("Привет 中文!")
    reading = DROPPING["ru"].read("Привет 中文!")
    assert reading.text == "Привет!"
    assert [(note.kind, note.source) for note in reading.notes] == [(NoteKind.UNSPEAKABLE, "中文")]


def test_digits_of_other_scripts_are_digits() -> None:
    assert NORMALISERS["en"].spoken("٣٥ apples") == "thirty-five apples"
    assert NORMALISERS["ru"].spoken("５ домов") == "пять домов"


def joined(sentences: tuple[SpokenSentence, ...]) -> list[tuple[str, int, int]]:
    return [(sentence.text, sentence.start, sentence.end) for sentence in sentences]


def begun(written: str) -> str:
    """As it begins a sentence; α is a sign that is read, Α is a letter that is not."""
    return written if written.startswith("α") else written[:1].upper() + written[1:]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_stream_in_any_pieces_says_the_same(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(LANGUAGES))
    cases = data.draw(st.lists(st.sampled_from(CASES[language]), min_size=1, max_size=12))
    ends = data.draw(st.lists(st.sampled_from([". ", "! ", "? ", ", ", "\n", "\n\n"]), min_size=12))
    text = "".join(
        f"{begun(case.written)} сөз{end}" for case, end in zip(cases, ends, strict=False)
    )
    front = SpeechText(SpeechTextOptions(language=language, other_languages=False))
    whole = front.plain(text)
    stream = front.stream()
    spoken: list[SpokenSentence] = []
    at = 0
    while at < len(text):
        size = data.draw(st.integers(1, 60))
        spoken += stream.feed(text[at : at + size])
        at += size
    spoken += stream.finish()
    assert joined(tuple(spoken)) == joined(whole)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_news_in_pieces_says_the_same(language: Language, shared_text: Path) -> None:
    path = shared_text / "parallel" / f"flores200.dev.{language}"
    text = " ".join(path.read_text(encoding="utf-8").splitlines()[:40])
    front = SpeechText(SpeechTextOptions(language=language, drop_unspeakable=True))
    sentences = front.plain(text)
    whole = joined(sentences)
    covered = [False] * len(text)
    for token in (t for each in sentences for span in each.spans for t in span.tokens):
        places = range(token.source_start, token.source_end)
        covered[token.source_start : token.source_end] = [True] * len(places)
    for note in (note for each in sentences for note in each.notes):
        covered[note.start : note.end] = [True] * (note.end - note.start)
    assert not [text[at:][:20] for at, letter in enumerate(text) if letter.isalnum() > covered[at]]
    draw = random.Random(9)
    stream = front.stream()
    spoken: list[SpokenSentence] = []
    at = 0
    while at < len(text):
        size = draw.choice([3, 7, 30, 200])
        spoken += stream.feed(text[at : at + size])
        at += size
    spoken += stream.finish()
    assert joined(tuple(spoken)) == whole
