from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.languages import Language
from services.translation.memory_keys import NUMBER, blocks, masked, normalised
from services.translation.memory_numbers import adapt


@pytest.mark.parametrize(
    ("source", "target", "sentence", "language", "adapted"),
    [
        ("5 файл", "5 файлов", "7 файл", "ru", "7 файлов"),
        ("5 файл", "5 файлов", "3 файл", "ru", None),  # 3 файла
        ("5 мамыр", "5 мая", "21 мамыр", "ru", "21 мая"),
        ("2 жыл", "2 года", "5 жыл", "ru", None),
        ("Қалды: 5", "Осталось: 5", "Қалды: 3", "ru", "Осталось: 3"),
        ("Қалды: 1", "Остался: 1", "Қалды: 3", "ru", None),
        ("2-ші бет", "2-я страница", "12-ші бет", "ru", None),
        ("1 файл", "1 file", "2 файл", "en", None),
        ("2 файл", "2 files", "7 файл", "en", "7 files"),
        ("5 файлов", "5 файл", "3 файла", "kk", "3 файл"),
        ("2 из 5", "5-тен 2", "3 из 5", "kk", "5-тен 3"),
        ("в 5", "5-ке", "в 6", "kk", None),  # 6-ға
        ("в 15", "15-ке", "в 25", "kk", "25-ке"),
        ("3,5 км", "3.5 km", "4,25 км", "en", "4.25 km"),
        ("3,5 км", "3.5 km", "4 км", "en", None),
        ("999 тг", "999 ₸", "1 000 тг", "kk", None),
        ("1 000 тг", "1 000 ₸", "25 000 тг", "kk", "25 000 ₸"),
        ("14:30", "14:30", "9:05", "en", "9:05"),
        ("2 мен 2", "2 и 2", "3 мен 4", "ru", None),
        ("2 мен 2", "2 и 2", "3 мен 3", "ru", "3 и 3"),
        ("2 мен 3", "2 и 3 (3)", "2 мен 4", "ru", None),
        ("екі 2", "два", "екі 3", "ru", None),
        ("2024–2025 жж.", "2024–2025 гг.", "2026–2027 жж.", "ru", "2026–2027 гг."),
        ("35 %-ға", "на 35 %", "40 %-ға", "ru", "на 40 %"),
    ],
)
def test_numbers_are_put_in_only_where_that_is_sure(
    source: str, target: str, sentence: str, language: Language, adapted: str | None
) -> None:
    assert adapt(source, target, sentence, language) == adapted


@pytest.mark.parametrize("text", ["A4", "5th", "x2y", "v1.2b", "сөз", "№", "COVID19"])
def test_parts_of_codes_are_no_numbers(text: str) -> None:
    assert masked(text) is None


@given(st.text(), st.text(), st.text(), st.sampled_from(["kk", "ru", "en"]))
def test_any_text_gets_an_answer(
    source: str, target: str, sentence: str, language: Language
) -> None:
    adapt(normalised(source), target, normalised(sentence), language)
    assert len(blocks(source, "kk", "ru")) in (0, 16)


@given(st.text(alphabet="аб 0159.,:"), st.text(alphabet="аб 0159.,:"))
def test_an_adapted_translation_has_the_new_numbers(source: str, sentence: str) -> None:
    source, sentence = normalised(source), normalised(sentence)
    if masked(source) != masked(sentence):
        return
    adapted = adapt(source, source, sentence, "kk")
    if adapted is not None:
        assert NUMBER.findall(adapted) == NUMBER.findall(sentence)


def test_likeness_decides_about_shared_blocks() -> None:
    sentence = "Үкімет отырысында жаңа заң жобасы қаралып, мақұлданды."
    near = "Үкімет отырысында жаңа заң жобасы қаралып, қабылданды."
    far = "Ертең еліміздің батысында жаңбыр жауады."
    here = set(blocks(sentence, "kk", "ru"))
    assert len(here & set(blocks(near, "kk", "ru"))) >= 3
    assert not here & set(blocks(far, "kk", "ru"))
    assert not here & set(blocks(sentence, "kk", "en"))


def test_blocks_are_stored_and_so_stay_the_same() -> None:
    assert blocks("Сәлем, әлем", "kk", "ru")[:2] == (
        7006799172236041569,
        3166685125912860550,
    )
