"""Obscene words are masked in all their forms, innocent ones never."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from foundation.speech import Word
from text.profanity import ProfanityFilter, ProfanityTreatment, is_profane, masked

OBSCENE = {
    "ru": """
        хуй хуя хуёвый хуета нахуй похуй охуел ахуеть пизда пиздец распиздяй спиздил ебать
        ебёт заебись выебал наебали уебок долбоёб ёбаный ебанутый еблан бля блять блядь
        блядский сука суки сукин мудак мудаки мудила гандон залупа пидор пидорас дрочить
        шлюха охуенно невъебенный
    """,
    "en": """
        fuck fucking fucked motherfucker motherfucking shit bullshit shitty cunt cunts
        asshole arsehole bitch bitches wanker twat slut nigger faggot cocksucker
    """,
    "kk": """
        қотақ қотағың котак сік сіктір сіктім сігейін көт көтің көтіңді боқ боқтың жәлеп
        қаншық
    """,
}
INNOCENT = {
    "ru": """
        хлеб хлебать сукно суконный сук суку сучок оскорблять употреблять потреблять бляшка
        бляха корабля рубля страхуй застрахуй психуй сухую плохую тихую чужую хулиган хутор
        худой художник ухудшить хурма хула себе тебе себя небо ребёнок ребята хребет
        требовать учебный щебет погреб дебаты колебания стебель Себастьян жеребец мебель
        Ебола небытие мудрец мудрый мандарин команда мандат педагог педаль эпизод поезд
        приезд звезда бездна гондола Гондор дрожать дрова шлюз скипидар лебедь отребье
        похудеть схуднуть употребляется углубляясь колеблется
    """,
    "en": """
        Scunthorpe assassin class classic bass passage cocktail Hitchcock Dickens peacock
        shiitake Matsushita swank pussycat Essex Sussex Middlesex therapist analysis title
        constitution mishit hits shift wink twain slush niggle snigger country count bitcoin
        fog habit
    """,
    "kk": """
        көтеру көтерме көтеріңкі көтерілді көтермелеу көтере қотан қотару боқша сіз сіздер
        сіңір сіңлі сіріңке кәсіп тәсіл тілек ебі ебедейсіз жапсырма қанша қаншалық хат
        хабар суға сұқ сән амал аман амандық мүдде пайда пида пеш дербес сигнал ықтимал
        қотыр
    """,
}


def in_speech(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text, at * 100, at * 100 + 90, 0.9) for at, text in enumerate(texts))


@pytest.mark.parametrize(
    ("language", "word"), [(code, word) for code, all_ in OBSCENE.items() for word in all_.split()]
)
def test_obscene(language: Language, word: str) -> None:
    assert is_profane(word, language)
    assert is_profane(f"«{word.upper()}!»", language)


@pytest.mark.parametrize(
    ("language", "word"),
    [(code, word) for code, all_ in INNOCENT.items() for word in all_.split()],
)
def test_innocent(language: Language, word: str) -> None:
    assert not is_profane(word, language)


def test_kazakh_and_russian_are_spoken_together() -> None:
    assert is_profane("блять", "kk")
    assert is_profane("қотақ", "ru")


def test_off_by_default() -> None:
    words = in_speech("fuck", "it")
    assert ProfanityFilter().apply(words, "en") == words


def test_masked_words_keep_length_marks_and_times() -> None:
    words = in_speech("What", "the", "fuck,", "«Fucking»", "Scunthorpe!")
    shown = ProfanityFilter("mask").apply(words, "en")
    assert [word.text for word in shown] == ["What", "the", "f***,", "«F******»", "Scunthorpe!"]
    assert [(word.start, word.end) for word in shown] == [(word.start, word.end) for word in words]


def test_a_removed_word_leaves_its_punctuation() -> None:
    words = in_speech("Блять!", "Иди", "нахуй.", "Вот,", "бля!")
    shown = ProfanityFilter("remove").apply(words, "ru")
    assert [word.text for word in shown] == ["Иди.", "Вот,"]
    assert [word.start for word in shown] == [100, 300]


def test_unknown_treatment() -> None:
    treatment: ProfanityTreatment = "bleep"  # type: ignore[assignment]
    with pytest.raises(InvalidArgument, match="'bleep' is not one of off, mask, remove"):
        ProfanityFilter(treatment)


@given(st.lists(st.text(max_size=10) | st.sampled_from(["fuck!", "хуй", "қотақ"])))
def test_any_words(texts: list[str]) -> None:
    words = in_speech(*texts)
    for language in LANGUAGES:
        shown = ProfanityFilter("mask").apply(words, language)
        assert [len(word.text) for word in shown] == [len(text) for text in texts]
        left = ProfanityFilter("remove").apply(words, language)
        assert [word.start for word in left] == [
            word.start for word in words if not is_profane(word.text, language)
        ]


@given(st.text())
def test_a_mask_hides_all_but_one_letter(text: str) -> None:
    assert sum(map(str.isalnum, masked(text))) == min(1, sum(map(str.isalnum, text)))


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("kk", "mono-kk/kaznerd_news.txt"),
        ("kk", "parallel/flores200.dev.kk"),
        ("ru", "parallel/flores200.dev.ru"),
        ("en", "parallel/flores200.dev.en"),
    ],
)
def test_news_holds_nothing_obscene(language: Language, path: str, shared_text: Path) -> None:
    words = set((shared_text / path).read_text(encoding="utf-8").split())
    assert sorted(word for word in words if is_profane(word, language)) == []
