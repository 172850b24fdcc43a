"""Rules of punctuation, and words that come one after the other."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.languages import LANGUAGES, Language
from foundation.media_time import from_seconds
from foundation.speech import Word
from text.punctuation import Punctuator, RulePunctuator, TaggedPunctuator
from text.vocabulary import GlossaryEntry, glossary_of
from text.vocabulary.glossary import Glossary

PUNCTUATOR = RulePunctuator()
PUNCTUATORS: list[Punctuator] = [PUNCTUATOR, TaggedPunctuator()]
both = pytest.mark.parametrize("punctuator", PUNCTUATORS, ids=lambda each: type(each).__name__)


def in_speech(text: str) -> tuple[Word, ...]:
    """Words of 0.3 s; ``|`` is a pause of half a second, ``||`` of a second."""
    words: list[Word] = []
    now = 0
    for token in text.split():
        if set(token) == {"|"}:
            now += from_seconds(0.5) * len(token)
            continue
        words.append(Word(token, now, now + from_seconds(0.3), 0.9))
        now += from_seconds(0.3)
    return tuple(words)


def written(text: str, language: Language, *, ended: bool = True, continues: bool = False) -> str:
    words = PUNCTUATOR.restore(in_speech(text), language, ended=ended, continues=continues)
    return " ".join(word.text for word in words)


@pytest.mark.parametrize(
    ("language", "heard", "wanted"),
    [
        (
            "kk",
            "президент астанада жиын өткізді | ол жаңа міндеттер қойды",
            "Президент Астанада жиын өткізді. Ол жаңа міндеттер қойды.",
        ),
        ("kk", "сен бүгін алматыға барасың ба", "Сен бүгін Алматыға барасың ба?"),
        (
            "kk",
            "мен баратын едім бірақ уақытым болмады",
            "Мен баратын едім, бірақ уақытым болмады.",
        ),
        ("kk", "сен неге кешіктің", "Сен неге кешіктің?"),
        ("kk", "сабақ басталды деп айтты", "Сабақ басталды деп айтты."),
        (
            "ru",
            "я знаю что он живет в москве | сегодня он уехал",
            "Я знаю, что он живет в Москве. Сегодня он уехал.",
        ),
        ("ru", "почему вы опоздали", "Почему вы опоздали?"),
        ("ru", "он пришел потому что хотел помочь", "Он пришел, потому что хотел помочь."),
        ("ru", "дом в котором мы живем", "Дом, в котором мы живем."),
        ("ru", "мы поехали в || казахстан", "Мы поехали в Казахстан."),
        ("ru", "не только дети но и взрослые", "Не только дети, но и взрослые."),
        (
            "en",
            "we left early | the road to london was closed",
            "We left early. The road to London was closed.",
        ),
        ("en", "do you speak english", "Do you speak English?"),
        ("en", "i came because you called", "I came because you called."),
        ("en", "he tried but failed", "He tried, but failed."),
        ("en", "what is your name || i am here", "What is your name? I am here."),
    ],
)
def test_sentences(language: Language, heard: str, wanted: str) -> None:
    assert written(heard, language) == wanted


def test_an_open_end_gets_no_mark() -> None:
    assert written("мы завтра поедем", "ru", ended=False) == "Мы завтра поедем"


def test_a_continued_sentence_gets_no_capital() -> None:
    assert written("в москву", "ru", continues=True) == "в Москву."


def test_marks_and_capitals_of_the_recogniser_are_kept() -> None:
    assert written("Wait! he said, Мы", "en") == "Wait! He said, Мы."


def test_names_of_the_glossary() -> None:
    glossary = Glossary(
        (
            *glossary_of(["Тоқаев", "КазМунайГаз"]).entries,
            GlossaryEntry("Олжас Бектенов", "ru"),
        )
    )
    punctuator = RulePunctuator(glossary)
    for language, heard, wanted in (
        ("kk", "кеше тоқаевтың сөзі", "Кеше Тоқаевтың сөзі."),
        ("ru", "с олжасом бектеновым и казмунайгазом", "С Олжасом Бектеновым и КазМунайГазом."),
    ):
        words = punctuator.restore(in_speech(heard), language, ended=True, continues=False)  # type: ignore[arg-type]
        assert " ".join(word.text for word in words) == wanted


@pytest.mark.parametrize(
    ("heard", "wanted"),
    [
        (
            "президент астанада жиын өткізді онда жаңа жобалар таныстырылды",
            "Президент Астанада жиын өткізді. Онда жаңа жобалар таныстырылды.",
        ),
        (
            "қазір алматыда жаңбыр жауып тұр ертең күн ашық болады",
            "Қазір Алматыда жаңбыр жауып тұр. Ертең күн ашық болады.",
        ),
        ("сіз бұған қалай қарайсыз", "Сіз бұған қалай қарайсыз?"),
    ],
)
def test_the_tagger_ends_kazakh_sentences_without_a_pause(heard: str, wanted: str) -> None:
    words = PUNCTUATORS[1].restore(in_speech(heard), "kk", ended=True, continues=False)
    assert " ".join(word.text for word in words) == wanted


def test_the_tagger_minds_pauses() -> None:
    words = in_speech("бүгін жаңа мектеп || ертең аурухана ашылды")
    restored = PUNCTUATORS[1].restore(words, "kk", ended=True, continues=False)
    assert restored[2].text in ("мектеп.", "мектеп?")
    assert restored[3].text == "Ертең"


TEXTS = st.lists(
    st.text(min_size=1, max_size=10)
    | st.sampled_from(["что", "но", "бірақ", "ма", "келді", "because", "астана", "i", "ок.", "ß"]),
    max_size=15,
)
GAPS = st.lists(st.integers(0, from_seconds(2)), min_size=15, max_size=15)


@both
@given(TEXTS, GAPS, st.sampled_from(LANGUAGES), st.booleans(), st.booleans())
def test_no_word_time_or_letter_is_lost(
    punctuator: Punctuator,
    texts: list[str],
    gaps: list[int],
    language: Language,
    ended: bool,
    continues: bool,
) -> None:
    starts = list(accumulate(gaps))
    words = [Word(text, start, start, 0.5) for text, start in zip(texts, starts, strict=False)]
    restored = punctuator.restore(words, language, ended=ended, continues=continues)
    assert [(word.start, word.end, word.confidence) for word in restored] == [
        (word.start, word.end, word.confidence) for word in words
    ]
    for before, after in zip(words, restored, strict=True):
        assert after.text[: len(before.text)].lower() == before.text.lower()
        assert after.text[len(before.text) :] in ("", ",", ".", "?")
