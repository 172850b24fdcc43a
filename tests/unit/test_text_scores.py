"""The yardstick of quality, on texts whose scores are known."""

from __future__ import annotations

import math

from benchmarks.text_scores import Errors, Recall, names_in, score_text
from services.command_line.scoring import in_digits

VERBATIM = "солай шы-[false_start] шығарылған ғой"
NORMALISED = "солай шығарылған ғой"


def test_the_better_reference_counts_and_both_are_shown() -> None:
    scores = score_text("Солай шығарылған ғой.", VERBATIM, NORMALISED, "kk")
    assert scores.words_verbatim == Errors(1, 4)
    assert scores.words_normalised == scores.words_best == Errors(0, 3)
    scores = score_text("солай шы шығарылған ғой", VERBATIM, NORMALISED, "kk")
    assert scores.words_best == scores.words_verbatim == Errors(0, 4)


def test_digits_and_number_words_are_alike_only_where_it_is_said() -> None:
    scores = score_text("Нажмите 2 и 500", "нажмите два и пятьсот", "", "ru")
    assert scores.words_best == Errors(2, 4)
    assert scores.words_as_digits == Errors(0, 4)
    assert scores.numbers == Recall(2, 2)
    assert score_text("нажмите", "нажмите два", "", "ru").numbers == Recall(0, 1)
    assert in_digits("twenty five people", "en") == "25 people"


def test_names_are_capitals_within_sentences() -> None:
    assert names_in("Сегодня в Астане. Президент Токаев принял IBM «Рога».") == [
        "астане",
        "токаев",
        "ibm",
        "рога",
    ]
    scores = score_text("в астане токаев", "Сегодня в Астане Токаев", "", "ru")
    assert scores.names == Recall(2, 2)


def test_look_alikes_are_folded_in_one_rate_only() -> None:
    scores = score_text("тiл", "тіл", "", "kk")
    assert scores.letters.edits == 1
    assert scores.letters_folded.edits == 0


def test_rates_add_up_and_nothing_has_no_rate() -> None:
    assert (Errors(1, 4) + Errors(1, 6)).rate == 0.2
    assert math.isnan(Errors(3, 0).rate)
    assert math.isnan(Recall(0, 0).rate)
    nothing = score_text("", "", "", "kk")
    assert math.isnan(nothing.words_best.rate)
    assert score_text("", "бір сөз", "", "kk").words_best == Errors(2, 2)
