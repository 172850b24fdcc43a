from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.transliteration import LatinAlphabet, losses, to_cyrillic, to_latin
from text.transliteration.alphabets import RUSSIAN_ONLY

KAZAKH_LETTERS = frozenset("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя")
LATIN_2021 = "aäbdefgğhıijklmnñoöpqrsştuūüvyz"

EXACT = [
    ("Қазақстан Республикасы", "Qazaqstan Respublikasy"),
    ("Қасым-Жомарт Тоқаев сөйлесіп отыр", "Qasym-Jomart Toqaev söilesıp otyr"),
    ("Бұрыңғы өткен заманда, бір данышпан кісі", "Būryñğy ötken zamanda, bır danyşpan kısı"),
    ("яғни", "iağni"),
    ("ЯҒНИ, Яғни", "İAĞNİ, İağni"),
    ("ІНІ, Іні, Иә, Ине", "INI, Inı, İä, İne"),
    ("қиял, зиян, серия, қоян", "qiial, ziian, seriia, qoian"),
    ("миллиард, материал", "milliard, material"),
    ("аю, тию, қоюы, бюджет", "aiu, tiiu, qoiuy, biudjet"),
    ("хайуан, сыйақы, майор", "haiuan, syiaqy, maior"),
    ("сый, күй, үйі, киім, тиіс", "syi, küi, üiı, kiım, tiıs"),
    ("заманауи, сияқты", "zamanaui, siiaqty"),
    ("шаһар мен хат, Жаһандық", "şahar men hat, Jahandyq"),
    ("ащы, Ащы, АЩЫ", "aşşy, Aşşy, AŞŞY"),
    ("айтса, айтшы", "aitsa, aitşy"),
    ("ротация, потенциал, ЦИКЛ, Цикл", "rotatsiia, potentsial, TSİKL, Tsikl"),
    ("процентке, Украинада, электр", "protsentke, Ukrainada, elektr"),
]


@pytest.mark.parametrize(("cyrillic", "latin"), EXACT)
def test_both_ways(cyrillic: str, latin: str) -> None:
    assert to_latin(cyrillic) == latin
    assert to_cyrillic(latin) == cyrillic
    assert losses(cyrillic) == ()


def test_a_text_that_others_wrote_in_both() -> None:
    """A tale printed in 1902, in both alphabets in Wikipedia's article "Kazakh alphabets"."""
    cyrillic = (
        "«Бұрыңғы өткен заманда, бір данышпан кісі, Бағдат шаһарының бір үлкен қазысының үйіне"
        " келіп қоныпты. Қазыменен сөйлесіп, қазыны сөзге жеңе беріпті. Сонда қазы қорқып, — „Бұл"
        " маған келген бала — менің қазылығымды тартып алса керек! Не де болса, бұған жалынып, сый"
        " беріп, орнымда қалайын!“ — деп, қатынына ақылдасыпты.»"
    )
    latin = (
        "«Būryñğy ötken zamanda, bır danyşpan kısı, Bağdat şaharynyñ bır ülken qazysynyñ üiıne"
        " kelıp qonypty. Qazymenen söilesıp, qazyny sözge jeñe berıptı. Sonda qazy qorqyp, — „Būl"
        " mağan kelgen bala — menıñ qazylyğymdy tartyp alsa kerek! Ne de bolsa, būğan jalynyp, syi"
        " berıp, ornymda qalaiyn!“ — dep, qatynyna aqyldasypty.»"
    )
    assert to_latin(cyrillic) == latin
    assert to_cyrillic(latin) == cyrillic


def test_letters_without_a_latin_one_follow_the_rules() -> None:
    assert to_latin("ёлка цирк чек щётка объект июль эра юбка яхта") == (
        "iolka tsirk tşek şşiotka obekt iiul era iubka iahta"
    )


def test_a_loss_names_the_word_its_place_and_what_comes_back() -> None:
    (loss,) = losses("Ол июльде келді.")
    assert (loss.start, loss.end) == (3, 9)
    assert (loss.cyrillic, loss.latin, loss.returned) == ("июльде", "iiulde", "июлде")


def test_what_is_no_kazakh_stays() -> None:
    text = "https://egemen.kz/жол a@b.kz <b>{name}</b> %s 12.05.2026 Windows"
    assert to_latin(text) == text
    assert to_cyrillic(text) == text
    assert to_latin("https://egemen.kz/жол", keep_markup=False) == "https://egemen.kz/jol"
    assert to_cyrillic("<b>bar</b>", keep_markup=False) == "<б>бар</б>"


def test_foreign_words_stay() -> None:
    assert to_cyrillic("Microsoft Windows JAS39 5-ke") == "Microsoft Windows JAS39 5-ке"
    assert to_cyrillic("Google izdeu", keep_words=["google"]) == "Google издеу"
    assert to_latin("Яндекс іздеу", keep_words=["яндекс"]) == "Яндекс ızdeu"


def test_look_alikes_and_decomposed_letters() -> None:
    assert to_latin("тiл") == "tıl"  # Latin i
    assert to_cyrillic("şeşım") == "шешім"  # s with a combining cedilla
    assert to_cyrillic("jaŋa") == "жаңа"


def test_the_alphabets_of_2017_and_2018() -> None:
    assert (
        to_cyrillic(
            "Qazaqstan Respýblıkasynyń Prezıdenti Iaǵnı AITÝ shahar QAZAQ TILI",
            alphabet=LatinAlphabet.ACUTE_2018,
        )
        == "Қазақстан Республикасының Президенті Яғни АЙТУ шаһар ҚАЗАҚ ТІЛІ"
    )
    assert (
        to_cyrillic(
            "Qazaqstan Respy'bli'kasynyn’ a'n'gime s'yg'y c'ek",
            alphabet=LatinAlphabet.APOSTROPHE_2017,
        )
        == "Қазақстан Республикасының әңгіме шығы чек"
    )


@given(st.lists(st.text(alphabet=LATIN_2021, min_size=1, max_size=12), max_size=4), st.booleans())
def test_latin_words_come_back_exactly(words: list[str], capitals: bool) -> None:
    large = {"i": "İ", "ı": "I"}
    text = " ".join(
        large.get(word[0], word[0].upper()) + word[1:] if capitals else word for word in words
    )
    assert to_latin(to_cyrillic(text)) == text


_SMALL = "".join(sorted(KAZAKH_LETTERS))


@given(st.text(max_size=60) | st.text(alphabet=f"{_SMALL}{_SMALL.upper()} -", max_size=40))
def test_losses_say_exactly_what_does_not_come_back(text: str) -> None:
    for loss in losses(text):
        assert to_cyrillic(loss.latin) == loss.returned != loss.cyrillic
    if not losses(text) and set(text.lower()) <= KAZAKH_LETTERS | set(" -"):
        assert to_cyrillic(to_latin(text)) == text


def _words(*files: Path) -> set[str]:
    text = " ".join(path.read_text(encoding="utf-8") for path in files)
    return set(re.findall(r"[^\W\d_]+", text))


def _kazakh(words: set[str], *, russian: bool) -> list[str]:
    return [
        word
        for word in words
        if set(word.lower()) <= KAZAKH_LETTERS
        and bool(set(word.lower()) & RUSSIAN_ONLY - {"щ"}) == russian
    ]


def test_words_of_news_and_prompts_come_back(shared_text: Path) -> None:
    words = _kazakh(_words(*sorted((shared_text / "mono-kk").glob("*.txt"))), russian=False)
    lost = [word for word in words if losses(word)]
    assert len(words) > 45_000
    assert len(lost) / len(words) < 0.0025


def test_words_that_the_table_was_not_counted_from_come_back(shared_text: Path) -> None:
    seen = {word.lower() for word in _words(*sorted((shared_text / "mono-kk").glob("*.txt")))}
    unseen = {
        word
        for word in _words(shared_text / "parallel" / "flores200.dev.kk")
        if word.lower() not in seen
    }
    words = _kazakh(unseen, russian=False)
    lost = [word for word in words if losses(word)]
    assert len(words) > 2_000
    assert len(lost) / len(words) < 0.02
