"""Russian in Latin letters."""

from __future__ import annotations

import pytest

from text.transliteration import russian_to_latin


@pytest.mark.parametrize(
    ("russian", "latin"),
    [
        ("Ельцин съел объект", "Yeltsin syel obyekt"),
        ("ЖУКОВ Жуков", "ZHUKOV Zhukov"),
        ("Щербаков, Хрущёв и Юлия Эйхе", "Shcherbakov, Khrushchyov i Yuliya Eykhe"),
        ("ЦК Я", "TSK Ya"),
        ("мой въезд: вьюга, поэт", "moy vyezd: vyuga, poet"),
        ("Latin 2026", "Latin 2026"),
        ("Қ", "Қ"),
    ],
)
def test_words(russian: str, latin: str) -> None:
    assert russian_to_latin(russian) == latin


def test_every_letter_has_one() -> None:
    alphabet = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
    assert russian_to_latin(f"{alphabet} {alphabet.upper()}").isascii()
