"""Case forms of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.vocabulary.russian_forms import decline

FORMS = [
    ("Токаев", "Токаева Токаеву Токаевым Токаеве Токаевы Токаевых Токаевой"),
    ("Рыбакина", "Рыбакиной Рыбакину"),
    ("Медина", "Медины Медине Медину Мединой"),
    ("Берлин", "Берлина Берлину Берлином Берлине"),
    ("Астана", "Астаны Астане Астану Астаной"),
    ("Караганда", "Караганды Караганде Караганду Карагандой"),
    ("Боровский", "Боровского Боровскому Боровским Боровском"),
    ("Шымкент", "Шымкента Шымкенту Шымкентом Шымкенте"),
    ("Россия", "России Россию Россией"),
    ("Алтай", "Алтая Алтаю Алтаем Алтае"),
    ("Юрий", "Юрия Юрию Юрием Юрии"),
    ("Айгуль", "Айгули Айгулью"),
    ("Игорь", "Игоря Игорю Игорем Игоре"),
    ("Акорда", "Акорды Акорде"),
    ("Усть-Каменогорск", "Усть-Каменогорска Усть-Каменогорском"),
    ("маслихат", "маслихата маслихаты маслихатов маслихатами"),
]


@pytest.mark.parametrize(("name", "forms"), FORMS)
def test_forms(name: str, forms: str) -> None:
    assert set(forms.split()) <= set(decline(name).values())


@pytest.mark.parametrize("name", ["Алматы", "ЕАЭС", "Тбилиси", "Туймебаеву", "Nur", "COVID-19"])
def test_what_is_not_declined(name: str) -> None:
    assert set(decline(name).values()) == {name}


def test_words_of_a_name_agree() -> None:
    forms = decline("Касым-Жомарт Токаев")
    assert forms["genitive"] == "Касым-Жомарта Токаева"
    assert forms["instrumental"] == "Касым-Жомартом Токаевым"
    assert "Касым-Жомарт Токаева" not in forms.values()
    assert decline("Аида Балаева")["dative"] == "Аиде Балаевой"


def test_the_head_of_a_phrase_alone_may_be_declined() -> None:
    assert "Банка развития" in decline("Банк развития").values()


@given(st.text(max_size=20))
def test_any_text_keeps_its_nominative(text: str) -> None:
    assert decline(text)["nominative"] == text
