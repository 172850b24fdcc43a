"""Endings come off as heard and go back on as Kazakh writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.vocabulary.kazakh_endings import attach, chains_of, split_endings

# Nominative, genitive, dative, accusative, locative, ablative, instrumental.
CASES = [
    "Тоқаев Тоқаевтың Тоқаевқа Тоқаевты Тоқаевта Тоқаевтан Тоқаевпен",
    "Алматы Алматының Алматыға Алматыны Алматыда Алматыдан Алматымен",
    "Өскемен Өскеменнің Өскеменге Өскеменді Өскеменде Өскеменнен Өскеменмен",
    "Атырау Атыраудың Атырауға Атырауды Атырауда Атыраудан Атыраумен",
    "Семей Семейдің Семейге Семейді Семейде Семейден Семеймен",
    "Қазақстан Қазақстанның Қазақстанға Қазақстанды Қазақстанда Қазақстаннан Қазақстанмен",
    "Павлодар Павлодардың Павлодарға Павлодарды Павлодарда Павлодардан Павлодармен",
    "Шымкент Шымкенттің Шымкентке Шымкентті Шымкентте Шымкенттен Шымкентпен",
    "Екібастұз Екібастұздың Екібастұзға Екібастұзды Екібастұзда Екібастұздан Екібастұзбен",
    "Әлиев Әлиевтің Әлиевке Әлиевті Әлиевте Әлиевтен Әлиевпен",
    "АҚШ АҚШ-тың АҚШ-қа АҚШ-ты АҚШ-та АҚШ-тан АҚШ-пен",
    "Англия Англияның Англияға Англияны Англияда Англиядан Англиямен",
    "банк банктің банкке банкті банкте банктен банкпен",
    "Мәскеу Мәскеудің Мәскеуге Мәскеуді Мәскеуде Мәскеуден Мәскеумен",
]
OTHERS = [
    ("Алматы", "Алматысы"),
    ("Қазақстан", "Қазақстаны"),
    ("Қазақстан", "Қазақстанымыз"),
    ("Қазақстан", "Қазақстанымызға"),
    ("комитет", "комитеттері"),
    ("комитет", "комитеттерінің"),
    ("комитет", "комитетіне"),
    ("комитет", "комитетінде"),
    ("комитет", "комитетін"),
    ("комитет", "комитетінен"),
    ("парламент", "парламенттердегі"),
    ("Алматы", "Алматыдағы"),
    ("Тоқаев", "Тоқаевтардың"),
    ("Тоқаев", "Тоқаевтікі"),
    ("Абай", "Абайдай"),
    ("Балқаш", "Балқашы"),
    ("Бөлек", "Бөлегі"),
    ("Жетісу", "Жетісудың"),
    ("Беларусь", "Беларусьте"),
    ("Ғани", "Ғанидің"),
    ("Нұрғалиев", "Нұрғалиевтің"),
]


@pytest.mark.parametrize("paradigm", CASES, ids=lambda text: text.split()[0])
def test_cases_of_names(paradigm: str) -> None:
    stem, *forms = paradigm.split()
    assert [best_reading(stem, form) for form in forms] == forms


@pytest.mark.parametrize(("stem", "form"), OTHERS)
def test_plurals_and_possessives(stem: str, form: str) -> None:
    assert best_reading(stem, form) == form


@pytest.mark.parametrize(
    ("stem", "heard", "written"),
    [
        ("Тоқаев", "тын", "Тоқаевтың"),
        ("Тоқаев", "ке", "Тоқаевқа"),
        ("Өскемен", "нин", "Өскеменнің"),
        ("Екібастұз", "дын", "Екібастұздың"),
        ("Жұманғарин", "нан", "Жұманғариннен"),
        ("COVID-19", "дың", "COVID-19-дың"),
        ("Nur Bank", "тің", "Nur Bank-тің"),
    ],
)
def test_blurred_endings_are_written_by_the_stem(stem: str, heard: str, written: str) -> None:
    chains = next(chains for _, ending, chains in split_endings("ұу" + heard) if ending == heard)
    assert attach(stem, heard, chains) == written


def best_reading(stem: str, form: str) -> str:
    """The form written anew from the reading of ``form`` whose stem is ``stem``."""
    plain = stem.lower().replace("-", "")
    for length in (len(plain), len(plain) - 1):
        for read, heard, chains in split_endings(form):
            if heard and len(read) == length and read[:-1] == plain[: length - 1]:
                return attach(stem, heard, chains)
    raise AssertionError(f"{form} is not read as {stem} with endings")


@given(st.text("аәеоөұүыіқкғгбпдтлмнңршсзжйиуэяюь-АҚ1x", max_size=16))
def test_readings_lose_no_letter(word: str) -> None:
    letters = "".join(filter(str.isalnum, word.lower()))
    for stem, ending, chains in split_endings(word):
        assert len(stem) + len(ending) == len(letters)
        assert attach(word, ending, chains).lower().startswith(word[:-1].lower())


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("ға", "Қазақстан Республикасына"),
        ("ның", "Қазақстан Республикасының"),
        ("да", "Қазақстан Республикасында"),
        ("ды", "Қазақстан Республикасын"),
        ("мен", "Қазақстан Республикасымен"),
    ],
)
def test_what_follows_a_possessive_is_written_otherwise(heard: str, written: str) -> None:
    assert attach("Қазақстан Республикасы", heard, chains_of(heard), after="their") == written


def test_other_letters_are_no_chain() -> None:
    assert chains_of("сыз") == chains_of("xyz") == ()
