"""Where lines break, after the BBC Subtitle Guidelines."""

from __future__ import annotations

import pytest

from foundation.languages import Language
from streaming.cues.line_breaking import break_lines

CASES: list[tuple[Language, str]] = [
    ("en", "He walked slowly to the end | of the long and narrow street"),
    ("en", "I would have come earlier | but the train was late again"),
    ("en", "The minister of foreign affairs, | Mr John Smith, has arrived"),
    ("en", "The tower is now more than | 35 metres high, they told us"),
    ("en", "They were waiting for the bus | when the heavy rain started"),
    ("ru", "Президент встретился сегодня | с министром иностранных дел"),
    ("ru", "Снег шёл всю ночь в горах, | и дороги закрыты до утра"),
    ("ru", "Мы не успели на последний поезд, | потому что опоздали"),
    ("ru", "Завод построят за три года | в городе Усть-Каменогорске"),
    ("ru", "Книгу написал А. С. Пушкин, | её знают все школьники"),
    ("kk", "Бүгін Астанада халық үшін | жаңа мектептер ашылды ғой"),
    ("kk", "Біз кеше кешке дейін күттік, | бірақ пойыз келмеді"),
    ("kk", "Үкімет жаңа жоспар туралы | халыққа толық хабарлады"),
    ("kk", "Ол Қасым-Жомарт Тоқаевпен | кездесіп, ұзақ сөйлесті"),
]


@pytest.mark.parametrize(("language", "broken"), CASES)
def test_breaks_where_it_reads_best(language: Language, broken: str) -> None:
    words = broken.replace("| ", "").split()
    expected = tuple(line.strip() for line in broken.split("|"))
    assert break_lines(words, language, 37, 2) == expected


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("en", "We were told that the bridge was closed in the city", "in the city"),
        ("en", "Officials say that around 35 % of people stayed home", "35 %"),
        ("ru", "Население города выросло почти на 20 процентов за год", "20 процентов"),
        ("ru", "Он говорил очень долго и ни разу не остановился там", "не остановился"),
        ("kk", "Бағаның өсуі туралы мәлімет жарияланды, 35 % деп айтты", "35 %"),
        ("kk", "Ол бізге мектептің салынуы туралы кеше хабарлаған еді", "салынуы туралы"),
    ],
)
def test_what_belongs_together_stays_together(language: Language, text: str, kept: str) -> None:
    lines = break_lines(text.split(), language, 37, 2)
    assert lines is not None
    assert any(kept in line for line in lines), lines


def test_one_line_where_it_fits_and_none_where_two_do_not() -> None:
    assert break_lines(["Сәлем!"], "kk", 37, 2) == ("Сәлем!",)
    assert break_lines(["слово"] * 20, "ru", 37, 2) is None
