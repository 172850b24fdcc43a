"""What is rewritten, what is left alone, and which words it stands for."""

from __future__ import annotations

import pytest

from foundation.errors import InvalidArgument
from foundation.languages import Language
from tests.unit.text.normalisation.cases import ALL_CASES, Case, read_cases
from text.normalisation import (
    ALL_CLASSES,
    InverseNormaliser,
    NormalisationOptions,
    NumberClass,
    Written,
)


def rewritten(language: Language, text: str, **options: object) -> str:
    normaliser = InverseNormaliser(language, NormalisationOptions(**options))  # type: ignore[arg-type]
    written = normaliser.rewrite(text.split())
    return " ".join(each.text for each in written).replace("\u00a0", "~")


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.language}: {case.spoken}")
def test_spoken_words_are_written(case: Case) -> None:
    written = InverseNormaliser(case.language).rewrite(case.spoken.split())
    assert " ".join(each.text for each in written) == case.written


def test_the_tables_are_long_enough() -> None:
    assert len(read_cases("kk")) >= 150
    assert len(read_cases("ru")) >= 60
    assert len(read_cases("en")) >= 60
    for case in ALL_CASES:
        if case.number_class == "untouched":
            assert case.spoken == case.written


def test_written_forms_name_their_words() -> None:
    words = [
        "Бүгін",
        "екі",
        "мың",
        "жиырма",
        "алтыншы",
        "жылғы",
        "есеп,",
        "отыз",
        "бес",
        "пайызға!",
    ]
    assert InverseNormaliser("kk").rewrite(words) == (
        Written("Бүгін", 0, 1),
        Written("2026\u00a0жылғы", 1, 6),
        Written("есеп,", 6, 7),
        Written("35\u00a0%-ға!", 7, 10),
    )


def test_no_phrase_runs_over_punctuation() -> None:
    assert rewritten("ru", "двадцать, пять процентов") == "20, 5~%"
    assert rewritten("kk", "жиырма «бес» пайыз") == "20 «бес» пайыз"


def test_kazakh_speech_may_hold_russian_numbers_but_not_the_other_way_round() -> None:
    assert rewritten("kk", "двадцать миллион теңге, отыз процентов") == "20~млн~₸, 30~%"
    assert rewritten("ru", "он елу жүз") == "он елу жүз"


@pytest.mark.parametrize(
    ("language", "text", "number_class", "without"),
    [
        ("ru", "двадцать пять процентов", NumberClass.PERCENT, "25 процентов"),
        ("ru", "двадцать пять", NumberClass.CARDINAL, "двадцать пять"),
        ("kk", "он бесінші", NumberClass.ORDINAL, "он бесінші"),
        ("kk", "он бес теңге", NumberClass.MONEY, "15 теңге"),
        ("kk", "он бес километр", NumberClass.MEASURE, "15 километр"),
        ("kk", "екі бүтін оннан бес", NumberClass.DECIMAL, "екі бүтін 10-нан бес"),
        ("en", "two thirds", NumberClass.FRACTION, "two thirds"),
        ("en", "half past three", NumberClass.TIME, "half past three"),
        ("en", "nineteen eighties", NumberClass.DATE, "19 eighties"),
        ("kk", "екі бір бес төрт", NumberClass.PHONE, "екі бір бес төрт"),
    ],
)
def test_a_class_can_be_switched_off(
    language: Language, text: str, number_class: NumberClass, without: str
) -> None:
    assert rewritten(language, text) != without
    assert rewritten(language, text, classes=ALL_CLASSES - {number_class}) == without


def test_least_numbers_and_currency_signs_are_options() -> None:
    assert rewritten("kk", "бес адам", least_cardinal=5) == "5 адам"
    assert rewritten("kk", "он бес адам", least_cardinal=16) == "он бес адам"
    assert rewritten("ru", "пятый дом", least_ordinal=1) == "5-й дом"
    assert rewritten("kk", "бесінші үй", least_ordinal=10) == "бесінші үй"
    assert rewritten("kk", "үш мың бес жүз теңге", currency_signs=False) == "3500~теңге"
    with pytest.raises(InvalidArgument, match="least_cardinal"):
        NormalisationOptions(least_cardinal=-1)


@pytest.mark.parametrize(
    ("language", "text", "open_words"),
    [
        ("kk", "бүгін ауа райы жақсы", 0),
        ("kk", "бүгін отыз", 1),
        ("kk", "бүгін отыз.", 0),
        ("kk", "бүгін отыз бес пайызға", 0),
        ("kk", "бүгін отыз бес адам", 0),
        ("kk", "жүзге", 1),
        ("kk", "он в", 2),  # "он в" would be Russian, "10" alone is not
        ("kk", "он адам", 0),
        ("ru", "стоит пять рублей", 2),
        ("ru", "стоит пять рублей за штуку", 0),
        ("en", "in twenty", 1),
        ("en", "", 0),
    ],
)
def test_the_tail_that_may_change_is_named(language: Language, text: str, open_words: int) -> None:
    assert InverseNormaliser(language).open_tail(text.split()) == open_words
