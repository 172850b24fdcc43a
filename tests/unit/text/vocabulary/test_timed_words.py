"""Corrected words keep their place in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from foundation.speech import Word
from tests.unit.text.vocabulary.scoring import corrected, name_pairs, ordinary, read_glossary
from text.vocabulary import VocabularyCorrector, correct_words

CORRECTOR = VocabularyCorrector(read_glossary(), "kk")


def in_speech(*texts: str, confidence: float = 0.5) -> list[Word]:
    return [Word(text, at * 100, at * 100 + 80, confidence) for at, text in enumerate(texts)]


def test_a_name_heard_as_several_words_lasts_as_long_as_they() -> None:
    words = in_speech("кеше", "талды", "корғанда", "болды")
    words[2] = Word("корғанда", 200, 280, 0.2)
    assert correct_words(CORRECTOR, words) == (
        words[0],
        Word("Талдықорғанда", 100, 280, 0.2, "талды корғанда"),
        words[3],
    )


def test_names_heard_as_one_word_share_its_time() -> None:
    assert correct_words(CORRECTOR, [Word("аскармамин", 900, 1800, 0.5)]) == (
        Word("Асқар", 900, 1350, 0.5, "аскармамин"),
        Word("Мамин", 1350, 1800, 0.5),
    )


def test_words_that_stay_are_the_same_objects() -> None:
    words = in_speech("бүгін", "жаңа", "мектеп", "ашылды")
    assert all(a is b for a, b in zip(correct_words(CORRECTOR, words), words, strict=True))


@given(
    st.lists(
        st.sampled_from(
            ["касым", "жомарт", "такаевтын,", "қызыл", "орда", "аскармамин", "болды", "«", ""]
        ),
        max_size=10,
    )
)
def test_times_go_on_and_cover_the_same_span(texts: list[str]) -> None:
    words = in_speech(*texts)
    mended = correct_words(CORRECTOR, words)
    assert [word.start for word in mended] == sorted(word.start for word in mended)
    assert all(one.start <= one.end for one in mended)
    if words:
        assert (mended[0].start, mended[-1].end) == (words[0].start, words[-1].end)


def test_threads_may_share_a_corrector() -> None:
    corrector = VocabularyCorrector(read_glossary(), "ru")
    sentences = [heard for heard, _ in name_pairs("ru")] + ordinary("ru")
    with ThreadPoolExecutor(4) as pool:
        shared = list(pool.map(lambda sentence: corrected(corrector, sentence), sentences * 4))
    assert shared == [corrected(corrector, sentence) for sentence in sentences] * 4
