"""Names are mended, inflected as heard; other words stay."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from tests.unit.text.vocabulary.scoring import corrected, read_glossary
from text.vocabulary import Correction, Glossary, GlossaryEntry, VocabularyCorrector, glossary_of

CORRECTORS = {language: VocabularyCorrector(read_glossary(), language) for language in LANGUAGES}


@pytest.mark.parametrize(
    ("language", "heard", "wanted"),
    [
        ("kk", "токайевқа", "Тоқаевқа"),
        ("kk", "такаевтын", "Тоқаевтың"),
        ("kk", "тоқаевтан", "Тоқаевтан"),
        ("kk", "кызыл ордаға", "Қызылордаға"),
        ("ru", "такаева", "Токаева"),
        ("ru", "токайеву", "Токаеву"),
        ("ru", "такаевым", "Токаевым"),
        ("en", "takayev's", "Tokayev's"),
    ],
)
def test_the_form_heard_is_kept(language: Language, heard: str, wanted: str) -> None:
    assert corrected(CORRECTORS[language], heard) == wanted


def test_punctuation_around_a_name_stays() -> None:
    heard, wanted = "«Самурык казына», (такаев)!", "«Самұрық-Қазына», (Тоқаев)!"
    assert corrected(CORRECTORS["kk"], heard) == wanted


def test_a_name_never_reaches_across_a_comma() -> None:
    assert corrected(CORRECTORS["ru"], "кызыл, орда") == "кызыл, орда"


def test_one_correction_a_word_where_the_numbers_agree() -> None:
    (whole,) = CORRECTORS["kk"].correct(["касым", "жомарт", "такаев"])
    assert (whole.text, whole.first, whole.last) == ("Қасым-Жомарт Тоқаев", 0, 2)
    first, last = CORRECTORS["kk"].correct(["олжаз", "бектинов"])
    assert (first.text, first.first, first.last) == ("Олжас", 0, 0)
    assert (last.text, last.first, last.last) == ("Бектенов", 1, 1)


def test_two_names_of_the_glossary_heard_as_one() -> None:
    corrector = VocabularyCorrector(glossary_of(["Серик", "Досаев"], "ru"), "ru")
    (correction,) = corrector.correct(["серикдосаев"])
    assert (correction.text, correction.first, correction.last) == ("Серик Досаев", 0, 0)
    assert [entry.spelling for entry in correction.entries] == ["Серик", "Досаев"]


def test_write_instead_takes_the_form_heard() -> None:
    entries = (
        GlossaryEntry("Нур-Султан", "ru", write="Астана"),
        GlossaryEntry("Нұр-Сұлтан", "kk", write="Астана"),
    )
    assert corrected(VocabularyCorrector(Glossary(entries), "ru"), "в нур султане") == "в Астане"
    assert corrected(VocabularyCorrector(Glossary(entries), "kk"), "нур султаннан") == "Астанадан"


def test_weight_moves_the_threshold() -> None:
    heard = "тукайев"
    results = {
        weight: corrected(
            VocabularyCorrector(Glossary((GlossaryEntry("Токаев", "ru", weight),)), "ru"), heard
        )
        for weight in (0.1, 10)
    }
    assert results == {0.1: heard, 10: "Токаев"}


def test_confidence_moves_the_threshold() -> None:
    corrector = VocabularyCorrector(glossary_of(["Токаев"], "ru"), "ru")
    sure, unsure = (corrector.correct(["тукаиев"], [confidence]) for confidence in (1.0, 0.1))
    assert sure == (Correction("тукаиев", 0, 0),)
    assert unsure[0].text == "Токаев"


def test_confidences_must_match_the_words() -> None:
    with pytest.raises(InvalidArgument, match="2 of them for 1 words"):
        CORRECTORS["kk"].correct(["такаев"], [0.5, 0.5])


def test_common_words_are_no_names() -> None:
    corrector = VocabularyCorrector(glossary_of(["Хлебов", "Рыбаков", "Мир"], "ru"), "ru")
    for sentence in ("нет хлеба", "рыбаков много", "мир вам", "хлебом и рыбаками"):
        assert corrected(corrector, sentence) == sentence


def test_homophones_of_equal_weight_are_left_alone() -> None:
    corrector = VocabularyCorrector(glossary_of(["Дадаев", "Додаев"], "ru"), "ru")
    assert corrected(corrector, "дадаев додаев дыдаев") == "Дадаев Додаев дыдаев"
    heavier = Glossary((GlossaryEntry("Дадаев", "ru", 1), GlossaryEntry("Додаев", "ru", 2)))
    assert corrected(VocabularyCorrector(heavier, "ru"), "дыдаев") == "Додаев"


def test_a_name_in_the_other_script_is_found() -> None:
    assert corrected(CORRECTORS["ru"], "Tokaev подписал") == "Токаев подписал"


def test_an_empty_glossary_changes_nothing() -> None:
    assert corrected(VocabularyCorrector(Glossary(), "kk"), "такаев келді") == "такаев келді"


WORDS = st.lists(
    st.text(min_size=1, max_size=14).filter(lambda word: not any(map(str.isspace, word)))
    | st.sampled_from(["касым", "жомарт", "такаевтын,", "қызыл", "орда", "«токаеву»", "takayev's"]),
    max_size=12,
)


@given(WORDS, st.sampled_from(LANGUAGES), st.floats(0, 1) | st.none())
def test_corrections_partition_the_words(
    words: list[str], language: Language, confidence: float | None
) -> None:
    confidences = None if confidence is None else [confidence] * len(words)
    corrections = CORRECTORS[language].correct(words, confidences)
    covered = [index for each in corrections for index in range(each.first, each.last + 1)]
    assert covered == list(range(len(words)))
    assert all(one.last < other.first for one, other in pairwise(corrections))
    for each in corrections:
        if not each.entries:
            assert each.first == each.last
            assert each.text == words[each.first]


@given(WORDS, st.sampled_from(LANGUAGES))
def test_corrected_words_need_no_more_correction(words: list[str], language: Language) -> None:
    once = [part for each in CORRECTORS[language].correct(words) for part in each.text.split(" ")]
    names = [part for each in CORRECTORS[language].correct(once) for part in each.text.split(" ")]
    assert names == once


def test_a_word_without_end_costs_nothing() -> None:
    corrector = VocabularyCorrector(glossary_of(["Қасым-Жомарт Тоқаев"]), "kk")
    loop = "тоқаев" * 2000
    started = time.process_time()
    assert [each.text for each in corrector.correct([loop])] == [loop]
    assert time.process_time() - started < 1
