"""``|`` marks where a sentence ends."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.sentences import TEXTS, own, score
from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from text.sentences import Sentence, join, split

CASES: dict[Language, list[str]] = {
    "kk": [
        "А. С. Пушкин келді.| Ол ақын.",
        "Қ.-Ж. Тоқаев сөз сөйледі.| Жиын аяқталды.",
        "1939 ж. Қ. Жұмалиев Махамбет өлеңдерін жинады.| Кітап шықты.",
        "Алма, алмұрт, т.б. жемістер бар.",
        "Нан, сүт, т.б.| Бұл тізім толық емес.",
        "Алма, өрік, т. с. с.| Ол бәрін алды.",
        "1998 ж. Астана қаласы астана болды.",
        "Ол 1998 ж. туған.",
        "Бұл 1998 ж.| Ол кезде бала едім.",
        "Соғыс 1941–1945 жж. Еуропада болды.",
        "Қазір 1 млрд. АҚШ долларына дейін.",
        "«Келдің бе? Отыр!» — деді ол.| Мен отырдым.",
        "«Мен келемін. Күт», — деді ол.",
        "Ол айтты: «Ура! Біз жеңдік!»| Мен қуандым.",
        "«Қалайсың?» деп сұрады.| Мен үндемедім.",
        "12.05.2026 күні жиын өтті.| Келесісі 3.5 млн теңге тұрады.",
        "Мысалы: № 5 мектеп.| №. 7 үй.",
        "Бұл не?..| Білмеймін…| Иә.",
        "Ол... келмеді.",
        "Сайт: egemen.kz.| Ол жақсы.",
        "Мынау https://a.kz/b.html?x=1 беті.| Көр.",
        "Хат жаз: a.b@mail.kz.| Жауап күт.",
        "1. Кіріспе.| 2. Негізгі бөлім.",
        "Проф. Ахметов келді.",
        "– Келдің бе?| – Иә, келдім.",
        "Ол (шамамен 5 м. Көп емес!) биік.| Иә.",
        "Не дейсің?!| Жоқ.",
        "Б.з.б. 550 ж. өкімет билігі парсыларға көшті.",
        "Шілдеде 32,5°С.| Жауын аз.",
    ],
    "ru": [
        "А. С. Пушкин родился в 1799 г. в Москве.| Он поэт.",
        "Он родился в 2016 г. Москва тогда росла.",
        "Это было в 2016 г.| Он уехал.",
        "Яблоки, груши и т.д.| Они вкусны.",
        "И т. п.| Потом всё.",
        "Это, т. е. Иванов, пришёл.",
        "В г. Алматы живёт г-н Иванов.",
        "См. рис. 5 и табл. 3.| Далее.",
        "Ул. Абая, д. 5, кв. 7.| Там дом.",
        "«Ты придёшь?» — спросил он.| Я молчал.",
        "Цена 3.5 млн руб. в год.",
        "Это было 10 000 лет до н. э.| Население росло.",
        "Это не я.| Он ушёл.",
        "Проф. И. И. Иванов и В. В. Петров здесь.",
        "См. п. 3.5.| Тираж 10 тыс. экз.| Печать в 2020 г.| Это всё.| Да?!| — Нет.",
    ],
    "en": [
        "Mr. Smith met Dr. Jones.| They talked.",
        "He lives in the U.S.| The city is big.",
        "The U.S. Army left.",
        "It costs $3.5 million, e.g. Apples.",
        "J. K. Rowling wrote it.| Then she left.",
        "We met at 5 p.m. on Monday.",
        "We met at 5 p.m.| The room was full.",
        '"Are you in?" Tom asked.| I was.',
        "No. 5 is alive.",
        "No.| I won't.",
        "See fig. 3.| It shows Inc. data.",
        "I said yes...| Then no.",
        "Apples, pears, etc.| The end.",
        "all in small letters.| no capitals here.",
    ],
}
FLOORS: dict[str, tuple[float, float]] = {
    "FLORES, kk": (0.848, 0.990),
    "Tatoeba, kk": (0.984, 0.988),
    "UD KTB, kk": (0.998, 0.993),
    "FLORES, ru": (0.854, 0.991),
    "Tatoeba, ru": (0.973, 0.999),
    "FLORES, en": (0.882, 0.983),
    "Tatoeba, en": (0.968, 0.999),
    "government, kk": (0.746, 0.949),
    "government, ru": (0.749, 0.939),
}
"""Least precision and recall. Precision is bounded by lines of several sentences."""


@pytest.mark.parametrize(
    ("language", "marked"), [(language, case) for language in LANGUAGES for case in CASES[language]]
)
def test_sentences_end_where_they_should(language: Language, marked: str) -> None:
    sentences = split(marked.replace("|", ""), language)
    assert [sentence.text for sentence in sentences] == [part.strip() for part in marked.split("|")]


def test_a_sentence_knows_its_place_and_the_space_after_it() -> None:
    assert split("  Иә.\u00a0Жоқ. ", "kk") == (
        Sentence("", 0, 0, "  "),
        Sentence("Иә.", 2, 5, "\u00a0"),
        Sentence("Жоқ.", 6, 10, " "),
    )
    assert split("", "kk") == ()


def test_line_breaks() -> None:
    text = "Тақырып\nМәтін екі\nжолда тұр.\n\nСоңы:\n- бір\n- екі"
    assert [each.text for each in split(text, "kk")] == [
        *("Тақырып", "Мәтін екі", "жолда тұр.", "Соңы:", "- бір", "- екі")
    ]
    assert [each.text for each in split(text, "kk", line_breaks=False)] == [
        *("Тақырып\nМәтін екі\nжолда тұр.", "Соңы:", "- бір", "- екі")
    ]


def test_a_long_quotation_is_split() -> None:
    long = "Бұл өте ұзақ сөйлем, оны бірнеше рет қайталап айту керек болды. " * 3
    assert len(split(f"«{long.strip()}», — деді ол.", "kk")) == 3


def test_another_language_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="language"):
        split("Bonjour.", "fr")  # type: ignore[arg-type]


_PIECES = st.sampled_from(
    [*'1.!?…«»"()—-°№ \n\u00a0', "Сөз", "т.б", "г", "U.S", "https://a.kz", "a@b.kz", " - ", " — "]
)


@given(
    st.text() | st.lists(_PIECES, max_size=30).map("".join),
    st.sampled_from(LANGUAGES),
    st.booleans(),
)
def test_nothing_is_lost(text: str, language: Language, line_breaks: bool) -> None:
    sentences = split(text, language, line_breaks=line_breaks)
    assert join(sentences) == text
    for index, sentence in enumerate(sentences):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip()
        assert sentence.separator.strip() == ""
        assert sentence.text or (index == 0)


@pytest.mark.parametrize(("title", "language", "file"), TEXTS)
def test_boundaries_of_texts(shared_text: Path, title: str, language: Language, file: str) -> None:
    result = score(shared_text / file, language, own)
    precision, recall = FLOORS[title]
    assert result.precision >= precision, result.false[:100]
    assert result.recall >= recall, result.missed[:100]


@pytest.mark.parametrize("line_breaks", [True, False])
@pytest.mark.parametrize("space", [" ", "\u00a0", " \t", "\n", " \n"])
def test_long_whitespace_is_read_once(space: str, *, line_breaks: bool) -> None:
    # Tried at each of its spaces, such a run takes minutes.
    text = f"Бір{space * 100_000}екі."
    started = time.process_time()
    sentences = split(text, "kk", line_breaks=line_breaks)
    assert time.process_time() - started < 1
    assert join(sentences) == text
    assert len(sentences) == (2 if "\n" in space else 1)
