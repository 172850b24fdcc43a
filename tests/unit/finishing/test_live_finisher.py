"""Live finishing: append-only, nothing lost, numbers and names whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.languages import Language
from foundation.speech import Word
from streaming.events import Hypothesis
from streaming.finishing import FinishingConfig, LiveFinisher, Pipeline
from text.profanity import ProfanityFilter
from text.vocabulary import glossary_of

SECOND = 90_000
BARE = Pipeline(FinishingConfig())
VERBATIM = Pipeline(FinishingConfig.verbatim())
NAMES = Pipeline(
    FinishingConfig(
        glossary=glossary_of(["Қасым-Жомарт Тоқаев", "Мұхтар Әуезов", "Байқоңыр"], "kk")
    )
)


def words_of(text: str, start: int = 0, gap: int = 0) -> tuple[Word, ...]:
    """Half a second a word."""
    return tuple(
        Word(
            word,
            start + place * (SECOND // 2 + gap),
            start + place * (SECOND // 2 + gap) + 45_000,
            0.9,
        )
        for place, word in enumerate(text.split())
    )


def told(
    pipeline: Pipeline,
    cuts: list[int],
    text: str,
    language: Language = "kk",
    punctuated: bool = False,
    ahead: int = 0,
) -> list[Hypothesis]:
    """Commit ``text`` in pieces that end at ``cuts``; up to ``ahead`` words are tentative."""
    finisher = LiveFinisher(pipeline)
    words = words_of(text)
    found: list[Hypothesis] = []
    done = 0
    for place, cut in enumerate([*cuts, len(words)]):
        end = place == len(cuts)
        found += finisher.finish(
            Hypothesis(
                committed=words[done:cut],
                tentative=() if end else words[cut : cut + ahead],
                language=language,
                utterance=0,
                endpoint=end,
                committed_until=words[cut - 1].end if cut else 0,
                punctuated=punctuated,
            )
        )
        done = cut
    return found


def text_of(hypotheses: list[Hypothesis]) -> str:
    return " ".join(w.text for h in hypotheses for w in h.committed).replace("\u00a0", " ")


BULLETIN = "екі мың жиырма алтыншы жылғы халық саны жиырма миллионға жетті бұл отыз бес пайызға көп"
WRITTEN = "2026 жылғы халық саны 20 млн-ға жетті. Бұл 35 %-ға көп."


@pytest.mark.parametrize("cut", range(15))
@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_a_number_is_whole_wherever_it_is_cut(cut: int, ahead: int) -> None:
    assert text_of(told(BARE, [cut], BULLETIN, ahead=ahead)) == WRITTEN


def test_what_is_held_is_shown_as_tentative() -> None:
    first, *_ = told(BARE, [2], BULLETIN)
    assert first.committed == ()
    assert [word.text for word in first.tentative] == ["2000"]
    assert first.committed_until == 0, "a client that resumes must send the held words again"


def test_where_tentative_words_are_not_wanted_none_is_told() -> None:
    finisher = LiveFinisher(BARE, tentative=False)
    [first] = finisher.finish(Hypothesis(words_of("бізде жиырма"), (), "kk", 0, punctuated=False))
    assert first.tentative == ()
    ended = Hypothesis(words_of("бес адам", 2 * SECOND), (), "kk", 0, endpoint=True)
    [last] = finisher.finish(replace(ended, punctuated=False))
    assert text_of([first, last]) == "Бізде 25 адам."


def test_words_without_duration_are_held_like_others() -> None:
    finisher = LiveFinisher(BARE)
    instant = tuple(Word(text, SECOND, SECOND, 0.9) for text in ("бізде", "жиырма"))
    [first] = finisher.finish(Hypothesis(instant, (), "kk", 0, punctuated=False))
    following = Hypothesis(words_of("бес адам", SECOND), (), "kk", 0, endpoint=True)
    [last] = finisher.finish(replace(following, punctuated=False))
    assert text_of([first, last]) == "Бізде 25 адам."


def test_a_word_that_is_removed_takes_nothing_back() -> None:
    removing = Pipeline(FinishingConfig(profanity=ProfanityFilter("remove")))
    finisher = LiveFinisher(removing)
    said = words_of("так вот", 5 * SECOND)
    [first] = finisher.finish(Hypothesis(said, (), "ru", 0, committed_until=said[-1].end))
    bad = words_of("пиздец", 7 * SECOND)
    [held] = finisher.finish(Hypothesis(bad, (), "ru", 0, punctuated=False))
    told = finisher.finish(Hypothesis((), (), "en", 0, endpoint=True))
    untils = [h.committed_until for h in (first, held, *told)]
    assert untils == sorted(untils)


def test_a_number_that_never_ends_is_committed_after_a_while() -> None:
    text = " ".join(["жүз"] * 40)
    hypotheses = told(BARE, list(range(1, 40)), text)
    held = [h.committed_until for h in hypotheses]
    assert held == sorted(held)
    committed = [bool(h.committed) for h in hypotheses]
    assert sum(committed[:20]) >= 1


def test_the_back_map_keeps_times_and_spoken_words() -> None:
    [*_, last] = told(BARE, [], "отыз бес пайызға көп")
    first = last.committed[0]
    assert first.text == "35\u00a0%-ға"
    assert first.spoken == "отыз бес пайызға"
    assert (first.start, first.end) == (0, 2 * 45_000 + 45_000)
    assert last.committed[1].spoken == "", "an untouched word needs none"


def test_punctuation_of_a_model_is_left_alone() -> None:
    assert text_of(told(BARE, [1], "Сәлем, әлем", punctuated=True)) == "Сәлем, әлем"
    assert text_of(told(BARE, [1], "сәлем әлем", punctuated=True)) == "сәлем әлем"


@pytest.mark.parametrize("cut", range(8))
@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_a_name_is_put_right_across_a_cut(cut: int, ahead: int) -> None:
    text = "президент касым жомарт токаев мухтар ауезов байконырда жұрді"
    found = text_of(told(NAMES, [cut], text, ahead=ahead))
    assert "Қасым-Жомарт Тоқаев Мұхтар Әуезов Байқоңырда" in found


def test_names_are_put_right_word_by_word() -> None:
    text = "президент касым жомарт токаев мухтар ауезов байконырда жұрді"
    found = text_of(told(NAMES, list(range(1, 8)), text))
    assert "Қасым-Жомарт Тоқаев Мұхтар Әуезов Байқоңырда" in found


def test_verbatim_changes_nothing() -> None:
    hypotheses = told(VERBATIM, [3, 5], BULLETIN)
    assert text_of(hypotheses) == BULLETIN


def test_profanity_is_masked_where_it_is_asked_for() -> None:
    masking = Pipeline(FinishingConfig(punctuation=False, profanity=ProfanityFilter("mask")))
    assert "*" in text_of(told(masking, [], "какой пиздец", "ru"))
    assert "*" not in text_of(told(BARE, [], "какой пиздец", "ru"))


def test_a_change_of_language_lets_go_of_what_is_held() -> None:
    finisher = LiveFinisher(BARE)
    kazakh, russian = words_of("бізде жиырма"), words_of("двадцать пять человек", 3 * SECOND)
    first = finisher.finish(Hypothesis(kazakh, (), "kk", 0, punctuated=False))
    second = finisher.finish(Hypothesis(russian, (), "ru", 0, endpoint=True, punctuated=False))
    assert [h.language for h in (*first, *second)] == ["kk", "kk", "ru"]
    assert text_of([*first, *second]) == "Бізде 20 25 человек."


def test_another_configuration_on_air() -> None:
    finisher = LiveFinisher(BARE)
    [first] = finisher.finish(Hypothesis(words_of("он бес адам келді"), (), "kk", 0))
    finisher.reconfigure(VERBATIM)
    later = words_of("он бес адам кетті", 3 * SECOND)
    [second] = finisher.finish(Hypothesis(later, (), "kk", 0, endpoint=True))
    assert text_of([first, second]) == "15 адам келді он бес адам кетті"


SPOKEN = [
    *("екі", "мың", "жиырма", "бес", "сағат", "пайыз", "теңге", "адам", "келді", "үйде", "мен"),
    *("бірінші", "жылы", "касым", "токаев"),
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(SPOKEN), min_size=1, max_size=14),
    st.lists(st.integers(0, 14), max_size=4),
    st.integers(0, 3),
)
def test_committed_text_is_whole_and_in_order(
    words: list[str], cuts: list[int], ahead: int
) -> None:
    places = sorted(cut for cut in cuts if cut <= len(words))
    hypotheses = told(NAMES, places, " ".join(words), ahead=ahead)
    committed = [word for h in hypotheses for word in h.committed]
    spoken = " ".join(word.spoken or word.text for word in committed).split()
    plain = [word.strip(".,?!").casefold() for word in spoken]
    assert plain == words, "every spoken word stands behind exactly one written word"
    times = [time for word in committed for time in (word.start, word.end)]
    assert times == sorted(times)
    untils = [h.committed_until for h in hypotheses]
    assert untils == sorted(untils)
    assert replace(hypotheses[-1], committed=()).tentative == ()
