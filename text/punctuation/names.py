"""Which words are written with a capital wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Final

from foundation.languages import Language
from text.vocabulary.common_words import is_common, is_russian_name
from text.vocabulary.glossary import Glossary
from text.vocabulary.kazakh_endings import split_endings
from text.vocabulary.russian_forms import decline
from text.vocabulary.sounds import plain_letters

_PLACES: Final[Mapping[Language, str]] = {
    "kk": """
        Қазақстан Ресей Қытай Өзбекстан Қырғызстан Тәжікстан Түрікменстан Түркия Иран Ауғанстан
        Моңғолия Үндістан Пәкістан Жапония Корея Германия Франция Италия Испания Ұлыбритания Англия
        Украина Беларусь Польша Әзербайжан Армения Грузия Израиль Сирия Ирак Америка Еуропа Азия
        Еуразия Африка Австралия Канада Бразилия Мысыр Астана Алматы Шымкент Қарағанды Ақтөбе Тараз
        Павлодар Өскемен Семей Атырау Қостанай Қызылорда Орал Петропавл Ақтау Көкшетау Талдықорған
        Түркістан Жезқазған Екібастұз Теміртау Рудный Жаңаөзен Байқоңыр Қонаев Бурабай Балқаш
        Каспий Арал Ертіс Есіл Сырдария Алатау Мәскеу Пекин Ташкент Бішкек Душанбе Ашхабад Анкара
        Лондон Париж Берлин Вашингтон Токио Женева Брюссель Минск Киев Баку Тбилиси Ереван
        Жамбыл Маңғыстау Жетісу Абай Ұлытау
    """,
    "ru": """
        Казахстан Россия Китай Узбекистан Киргизия Кыргызстан Таджикистан Туркменистан Турция Иран
        Афганистан Монголия Индия Пакистан Япония Корея Германия Франция Италия Испания
        Великобритания Англия Украина Беларусь Белоруссия Польша Азербайджан Армения Грузия Израиль
        Сирия Ирак Америка Европа Азия Евразия Африка Австралия Канада Бразилия Мексика Египет
        Астана Алматы Шымкент Караганда Актобе Тараз Павлодар Усть-Каменогорск Семей Атырау Костанай
        Кызылорда Уральск Петропавловск Актау Кокшетау Талдыкорган Туркестан Жезказган Экибастуз
        Темиртау Байконур Балхаш Каспий Иртыш Москва Петербург Пекин Ташкент Бишкек Душанбе Ашхабад
        Анкара Лондон Париж Берлин Вашингтон Токио Женева Брюссель Минск Киев Баку Тбилиси Ереван
        Сибирь Урал Волга Кавказ Крым Нидерланды Швеция Норвегия Финляндия Швейцария Австрия Греция
        Чехия Венгрия Румыния Болгария Сербия Португалия Аргентина Чили Куба Вьетнам Таиланд
        Индонезия
    """,
    "en": """
        Kazakhstan Russia China Uzbekistan Kyrgyzstan Tajikistan Turkmenistan Iran Afghanistan
        Mongolia India Pakistan Japan Korea Germany France Italy Spain Britain England Scotland
        Wales Ireland Ukraine Belarus Poland Azerbaijan Armenia Israel Syria Iraq Egypt America
        Europe Asia Eurasia Africa Australia Canada Brazil Mexico Argentina Sweden Norway Finland
        Denmark Netherlands Belgium Switzerland Austria Greece Hungary Romania Bulgaria Serbia
        Portugal Vietnam Thailand Indonesia Philippines Singapore Zealand
        Astana Almaty Shymkent Karaganda Aktobe Pavlodar Atyrau Aktau Moscow Beijing Tashkent
        Bishkek Ankara London Paris Berlin Washington Tokyo Geneva Brussels Minsk Kyiv Baku York
        California Texas Florida Hollywood
        Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February April June July
        September October November December
        English Russian Kazakh Chinese American British French German Italian Spanish Japanese
        Indian Turkish European African Asian Australian Canadian Dutch Greek Roman Christian Muslim
        Jewish Islamic Olympic Olympics Christmas Easter Internet
    """,
}
_COUNTED: Final[Mapping[Language, str]] = {"kk": "capitals.kk.txt"}
_ACRONYMS: Final[Mapping[Language, str]] = {
    "kk": "БҰҰ АҚШ ТМД ЕАЭО ШЫҰ",
    "ru": "ООН США СНГ ЕАЭС ШОС СССР РФ ОБСЕ",
    "en": "UN USA UK EU NATO TV GPS DNA NASA OK",
}
_SHORT: Final = 4
_FIRST_LETTER: Final = re.compile(r"[^\W\d_]")


class NameCase:
    """Knows the case of names: places of the region and the world, and a glossary's entries."""

    def __init__(self, language: Language, glossary: Glossary) -> None:
        self._language = language
        own = (
            word
            for entry in glossary.for_language(language)
            for word in entry.written.split()
            if not is_common(word, language)
        )
        built_in = f"{_PLACES[language]} {_ACRONYMS[language]}".split() + _counted(language)
        self._written = dict(self._forms((*built_in, *own)))
        if language == "en":
            self._written |= {"i": "I", "im": "I'm", "ive": "I've"}

    def cased(self, word: str) -> str:
        """The word with the capitals of the name it is a form of, else as it is."""
        letters = plain_letters(word)
        for stem, _, _ in self._readings(letters):
            if written := self._written.get(stem):
                return _copy_case(written, word)
        if self._language == "ru" and is_russian_name(word):
            return capitalised(word)
        return word

    def _readings(self, letters: str) -> Iterator[tuple[str, str, object]]:
        if self._language == "kk":
            yield from split_endings(letters)
        elif self._language == "en" and letters.endswith("s") and len(letters) > _SHORT:
            yield from ((letters, "", ()), (letters[:-1], "s", ()))
        else:
            yield letters, "", ()

    def _forms(self, words: Iterable[str]) -> Iterator[tuple[str, str]]:
        for word in words:
            if word.islower():
                continue
            forms = decline(word).values() if self._language == "ru" else (word,)
            for form in forms:
                yield plain_letters(form), form


def _counted(language: Language) -> list[str]:
    """Names counted in text (``tools/train_punctuation.py``)."""
    if language not in _COUNTED:
        return []
    text = resources.files(__package__).joinpath(_COUNTED[language]).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def capitalised(word: str) -> str:
    """The word with its first letter in upper case; ``5-ші`` begins with its number."""
    match = _FIRST_LETTER.search(word)
    if match is None or any(letter.isdigit() for letter in word[: match.start()]):
        return word
    at = match.start()
    return word[:at] + _upper(word[at]) + word[at + 1 :]


def _copy_case(written: str, word: str) -> str:
    """``word`` with upper case where ``written`` has it, letter by letter."""
    pattern = [letter.isupper() for letter in written if letter.isalnum()]
    result = []
    position = 0
    for letter in word:
        upper = letter.isalnum() and position < len(pattern) and pattern[position]
        result.append(_upper(letter) if upper else letter)
        position += letter.isalnum()
    return "".join(result)


def _upper(letter: str) -> str:
    """Upper case where the letter can be had back from it (not of ``ß``)."""
    upper = letter.upper()
    return upper if upper.lower() == letter else letter
