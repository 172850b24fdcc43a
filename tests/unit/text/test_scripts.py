from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.languages import LANGUAGES, Language
from text.scripts import looped, wrong_script


@pytest.mark.parametrize(
    ("text", "language", "source"),
    [
        ("我们今天在阿斯塔纳开了一所新学校", "ru", "Бүгін Астанада жаңа мектеп ашылды."),
        ("Сегодня 学校开了 в Астане", "ru", "Бүгін Астанада мектеп ашылды."),
        ("مدرسة جديدة", "kk", "Новая школа"),
        ("Segodnya otkryli shkolu", "ru", "Бүгін мектеп ашылды"),
        ("A new school was opened", "ru", "Бүгін мектеп ашылды"),
        ("Hello, how are you?", "ru", "Hello, how are you?"),
        ("Сегодня открыли школу", "en", "Сегодня открыли школу"),
        ("Ένα νέο σχολείο", "en", "Новая школа"),
    ],
)
def test_other_letters_are_wrong(text: str, language: Language, source: str) -> None:
    assert wrong_script(text, language, source)


@pytest.mark.parametrize(
    ("text", "language", "source"),
    [
        ("Microsoft Windows 11", "ru", "Microsoft Windows 11"),
        ("Установите ffmpeg, git, gcc", "ru", "ffmpeg, git, gcc орнатыңыз"),
        ("ffmpeg", "kk", "«ffmpeg»"),
        (
            "https://www.gov.kz/memleket/entities",
            "kk",
            "Сайт: https://www.gov.kz/memleket/entities",
        ),
        ("NASA, ЕКА", "kk", "NASA, ESA"),
        ("2026: 35 %", "ru", "2026: 35 %"),
        ("", "en", "…"),
        ("The word 学校 means school", "en", "学校 сөзі мектеп дегенді білдіреді"),
        ("Сегодня открыли школу", "kk", "A school was opened today"),  # Russian, but its letters
        ("Naïve café à la Müller", "en", "Аңғал кафе"),
    ],
)
def test_the_languages_own_letters_and_copied_names_are_right(
    text: str, language: Language, source: str
) -> None:
    assert not wrong_script(text, language, source)


@pytest.mark.parametrize(
    "text",
    [
        "да да да да да да",
        "Мы, мы, мы, мы, мы, мы и мы.",
        "Ол айтты: ол айтты, ол айтты, ол айтты, ол айтты",
        "a very very long way " * 5,
        "аааааааааааа",
        "хахахахахахахахахаха",
        "the " * 1_000,
    ],
)
def test_loops(text: str) -> None:
    assert looped(text)


@pytest.mark.parametrize(
    "text",
    [
        "Бар, бар, бар, бар!",
        "Ха-ха-ха-ха! Очень, очень, очень хорошо.",
        "1 000 000 000 000 000 ....................",
        "- - - - - - - - - -",
        "Кел, кел дейді. Кел, кел дейді. Кел, кел дейді.",
        "",
    ],
)
def test_emphasis_is_no_loop(text: str) -> None:
    assert not looped(text)


@given(st.text(), st.sampled_from(LANGUAGES), st.text())
def test_any_text_gets_an_answer(text: str, language: Language, source: str) -> None:
    wrong_script(text, language, source)
    looped(text)


@given(st.text(alphabet="абв гд,"), st.text())
def test_cyrillic_is_never_wrong_in_kazakh_and_russian(text: str, source: str) -> None:
    assert not wrong_script(text, "kk", source)
    assert not wrong_script(text, "ru", source)


def test_long_texts_take_little_time() -> None:
    for text in ("а" * 9 + "б", "ab" * 4 + "c", "кел "):
        long = text * 20_000
        looped(long)
        wrong_script(long, "ru", long)


@pytest.mark.parametrize(("source", "target"), list(permutations(LANGUAGES, 2)))
def test_real_translations_are_never_flagged(
    shared_text: Path, source: Language, target: Language
) -> None:
    sources, targets = (
        (shared_text / "parallel" / f"flores200.dev.{language}")
        .read_text(encoding="utf-8")
        .splitlines()
        for language in (source, target)
    )
    for before, after in zip(sources, targets, strict=True):
        assert not wrong_script(after, target, before), after
        assert not looped(after), after


def test_real_texts_do_not_loop(shared_text: Path) -> None:
    for path in sorted((shared_text / "mono-kk").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not looped(line), line
