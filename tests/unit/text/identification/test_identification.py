from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.languages import LANGUAGES, Language
from text.identification import identify
from text.transliteration import to_latin


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Бүгін Астанада жаңа мектеп ашылды.", "kk"),
        ("Ол бала басын алды.", "kk"),  # no letter that Russian lacks
        ("Кел, отыр", "kk"),
        ("Бiз тiл туралы айттык", "kk"),  # Latin i
        ("Qazaqstan Respublikasynyñ Prezidentı söz söiledı", "kk"),
        ("Ol bala kelıp otyr", "kk"),
        ("Сегодня в Астане открыли новую школу.", "ru"),
        ("В городе Қостанай открыли новую школу.", "ru"),
        ("Запустите программу Windows Update", "ru"),
        ("A new school was opened in Astana today.", "en"),
        ("The word дауыс means voice in Kazakh.", "en"),
        ("Windows жүйесін жаңарту", "kk"),
        ("Жалаушаны алу", "kk"),
        ("Снять отметку", "ru"),
        ("Uncheck", "en"),
    ],
)
def test_the_language_is_told(text: str, language: Language) -> None:
    found = identify(text)
    assert found is not None
    assert found.language == language
    assert 0.5 < found.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "2026 — 35 %",
        "https://egemen.kz/news",
        "<b>%s</b> {name}",
        "中文",
        "مرحبا",
        "\ud800",
    ],
)
def test_no_letters_tell_nothing(text: str) -> None:
    assert identify(text) is None


def test_a_word_of_both_languages_leaves_a_doubt() -> None:
    doubtful, sure = identify("министр"), identify("министр өз сөзінде атап өтті")
    assert doubtful is not None
    assert sure is not None
    assert doubtful.confidence < 0.9 < sure.confidence
    assert sure.language == "kk"


def test_a_long_text_is_told_by_its_parts() -> None:
    russian = "Сегодня открыли новую школу. " * 7_000
    found = identify("Copyright notice of this document. " + russian)
    assert found is not None
    assert found.language == "ru"


@pytest.mark.parametrize("text", ["ж" * 200_000, "a" * 200_000, "жa" * 100_000, "ә " * 100_000])
def test_an_endless_word_does_no_harm(text: str) -> None:
    assert identify(text) is not None


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    found = identify(text)
    if found is not None:
        assert found.language in LANGUAGES
        assert 1 / 3 <= found.confidence <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_real_sentences(shared_text: Path, language: Language) -> None:
    path = shared_text / "parallel" / f"flores200.dev.{language}"
    lines = path.read_text(encoding="utf-8").splitlines()[::5]
    wrong = [line for line in lines if _language(line) != language]
    assert len(wrong) <= len(lines) // 100, wrong


def test_real_sentences_in_latin_letters(shared_text: Path) -> None:
    path = shared_text / "parallel" / "flores200.dev.kk"
    lines = [to_latin(line) for line in path.read_text(encoding="utf-8").splitlines()[::5]]
    wrong = [line for line in lines if _language(line) != "kk"]
    assert len(wrong) <= len(lines) // 100, wrong


def _language(text: str) -> Language | None:
    found = identify(text)
    return found.language if found else None
