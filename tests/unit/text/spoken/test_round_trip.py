"""Print becomes words, and words become the same print again."""

from __future__ import annotations

import random

import pytest

from foundation.languages import LANGUAGES, Language
from tests.unit.text.normalisation.cases import ALL_CASES, Case
from text.normalisation import InverseNormaliser, NormalisationOptions
from text.normalisation.grammar import load_grammar
from text.normalisation.numbers import group_digits
from text.spoken import Normaliser

EVERY_NUMBER = NormalisationOptions(least_cardinal=0, least_ordinal=0)

SPOKEN: list[tuple[Language, str, str]] = [
    ("kk", "2026 жылғы 4 қыркүйекте", "екі мың жиырма алтыншы жылғы төртінші қыркүйекте"),
    ("kk", "5-ші, 20-шы", "бесінші, жиырмасыншы"),
    ("kk", "5-сыныпта", "бесінші сыныпта"),
    ("kk", "35 %-ға", "отыз бес пайызға"),
    ("kk", "35%-ға", "отыз бес пайызға"),
    ("kk", "3 500 ₸", "үш мың бес жүз теңге"),
    ("kk", "25,24 ₸", "жиырма бес теңге жиырма төрт тиын"),
    ("kk", "2,5 млрд ₸", "екі бүтін оннан бес миллиард теңге"),
    ("kk", "2 млн-ға", "екі миллионға"),
    ("kk", "сағат 14:30-да", "сағат он төрт отызда"),
    ("kk", "сағат 9:00", "сағат тоғыз нөл нөл"),
    ("kk", "90-жылдары", "тоқсаныншы жылдары"),
    ("kk", "XXI ғасырда", "жиырма бірінші ғасырда"),
    ("kk", "16-сы, 40-ы, 5-ке", "он алтысы, қырқы, беске"),
    ("kk", "+7 701 123 05 67", "плюс жеті жеті жүз бір жүз жиырма үш нөл бес алпыс жеті"),
    ("kk", "1/3 бөлігі", "үштен бір бөлігі"),
    ("kk", "−25°", "минус жиырма бес градус"),
    ("kk", "04.09.2026", "екі мың жиырма алтыншы жылғы төртінші қыркүйек"),
    ("ru", "25 %, 1 %, 2 %", "двадцать пять процентов, один процент, два процента"),
    ("ru", "21 т", "двадцать одна тонна"),
    ("ru", "4 сентября 2026 года", "четвёртого сентября две тысячи двадцать шестого года"),
    ("ru", "в 2026 году", "в две тысячи двадцать шестом году"),
    ("ru", "3-го, 3-я, 40-й", "третьего, третья, сороковой"),
    ("ru", "90-е годы", "девяностые годы"),
    ("ru", "в 14:30", "в четырнадцать тридцать"),
    ("ru", "5,30 ₽", "пять рублей тридцать копеек"),
    ("ru", "2,5 млн ₽", "две целых пять десятых миллиона рублей"),
    ("ru", "XIX века", "девятнадцатого века"),
    ("ru", "2/3 и 1/5", "две трети и одна пятая"),
    ("ru", "22 000", "двадцать две тысячи"),
    ("ru", "1 156 173", "один миллион сто пятьдесят шесть тысяч сто семьдесят три"),
    ("ru", "03.03.2003", "третьего марта две тысячи третьего года"),
    ("en", "25%", "twenty-five percent"),
    ("en", "$2.5 million", "two point five million dollars"),
    ("en", "$29.50", "twenty-nine dollars fifty cents"),
    (
        "en",
        "1994, 1905, 2012, 2005",
        "nineteen ninety-four, nineteen oh five, twenty twelve, two thousand and five",
    ),
    ("en", "21st and 112th", "twenty-first and one hundred and twelfth"),
    ("en", "22 July 2012", "the twenty-second of July twenty twelve"),
    ("en", "147,451", "one hundred and forty-seven thousand four hundred and fifty-one"),
    ("en", "at 2:05", "at two oh five"),
    ("en", "1 kg, 2 kg", "one kilogram, two kilograms"),
    ("en", "no numbers, A4? MP3", "no numbers, A four? em pee three"),
]


@pytest.mark.parametrize(("language", "written", "spoken"), SPOKEN)
def test_print_is_spoken(language: Language, written: str, spoken: str) -> None:
    assert Normaliser(language).spoken(written) == spoken
    assert Normaliser(language).spoken(written.replace(" ", "\u00a0")).split() == spoken.split()


# Words that stay words; and print that does not return from the words it is spoken with: a lone
# мың, бірі ("one of them"), grouped thousands, English and Russian times and dates without the
# word (at, в, of) that tells them from other numbers; a Russian year after its month, which gets
# the word года; English dates and telephone numbers, which get pauses, and eigh em, pee em.
ONE_WAY = ("untouched", "homonym")
ONE_WAY_PRINT = {
    "1000",
    "оның 15-тің бірі",
    "30-дың бірі",
    "26\u00a0мың\u00a0т",
    "5:55",
    "may\u00a05",
    "3:30",
    "12:45",
    "12\u00a0декабря 2006",
    "July\u00a025, 2012",
    "july\u00a025",
    "7\u00a0am",
    "2:30\u00a0pm",
    "11:55\u00a0pm",
    "8:06\u00a0p.m.",
    "123-123-5678",
    "+7\u00a0701\u00a0123\u00a045\u00a067",
    "+44\u00a0123-123-5678",
}


BOTH_WAYS = {("kk", "+7\u00a0701\u00a0123\u00a045\u00a067")}


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in ALL_CASES
        if case.number_class not in ONE_WAY
        and (case.written not in ONE_WAY_PRINT or (case.language, case.written) in BOTH_WAYS)
    ],
    ids=lambda case: f"{case.language}: {case.written}",
)
def test_what_is_written_is_spoken_and_written_again(case: Case) -> None:
    """The words may be other ones (одна тысяча, тысяча), the print is the same."""
    spoken = Normaliser(case.language).spoken(case.written)
    written = InverseNormaliser(case.language, EVERY_NUMBER).rewrite(spoken.split())
    assert " ".join(each.text for each in written) == case.written


@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_numbers_return(language: Language) -> None:
    """Every number to 2000 and some of all sizes; a lone мың or тысяча stays a word."""
    normaliser, speaker = InverseNormaliser(language, EVERY_NUMBER), Normaliser(language)
    draw = random.Random(3)
    numbers = [*range(2001), *(draw.randrange(10 ** draw.randrange(4, 15)) for _ in range(1000))]
    doubtful = {"kk": {90, 1000}, "ru": {1000}, "en": set[int]()}[language]
    grammar = load_grammar(language)
    for number in numbers:
        text = group_digits(number, grammar)
        # In English four digits alone are read as a year, which returns as well.
        spoken = speaker.spoken(text)
        assert not any(letter.isdigit() for letter in spoken)
        written = " ".join(each.text for each in normaliser.rewrite(spoken.split()))
        if number not in doubtful and number % 1_000_000:
            assert written == text, spoken
