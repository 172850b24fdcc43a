"""Pairs of other projects, which lie beside the checkout: how many agree, by class.

NeMo-text-processing's cases follow its own house style; ``canonical`` takes out what is style
(spaces, currency names, padding of hours, endings of ordinals, names of months) and leaves what is
a number. The rest differs on purpose (docs/TEXT.md) or is out of scope: e-mail addresses, serial
numbers, abbreviations. Floors are what was reached; they may only rise.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from foundation.languages import Language
from text.normalisation import InverseNormaliser, NormalisationOptions
from text.normalisation.grammar import load_grammar
from text.spoken import Normaliser

EVERY_NUMBER = NormalisationOptions(least_cardinal=0, least_ordinal=0)
MONTHS = dict(
    zip(
        load_grammar("ru").table["dates"]["months"],
        range(1, 13),
        strict=True,
    )
)
SIGNS = {"руб.": "₽", "usd": "$", "долл. сша": "$ сэ ш а", " тыс ": " тыс. ", " р.": " ₽"}


@pytest.fixture(scope="session")
def shared_normalisation() -> Path:
    """Written and spoken pairs that lie beside the checkout."""
    folder = Path(__file__).parents[4].parent / "shared" / "data" / "normalisation"
    if not folder.is_dir():
        pytest.skip("no shared normalisation data beside the checkout")
    return folder


def rewritten(normaliser: InverseNormaliser, spoken: str) -> str:
    return " ".join(each.text for each in normaliser.rewrite(spoken.split()))


def canonical(text: str) -> str:
    """A written form without what differs only by house style."""
    text = text.lower().replace("\u00a0", " ").replace("−", "-").strip()
    for theirs, ours in SIGNS.items():
        text = text.replace(theirs, ours)
    text = re.sub(r"(?<=\d)-(?=\d)", " ", text)  # telephone numbers
    text = re.sub(r"(?<=\d)[ ,](?=\d{3}(\D|$))", "", text)  # grouped thousands
    text = re.sub(r"\b0(\d:\d\d)", r"\1", text)  # 08:05
    text = re.sub(r"(\d+) (?:o'clock|oclock|[ap]\.?m\.?)$", r"\1:00 \g<0>", text)
    text = re.sub(r"\d+(:00 \d+)", lambda m: m[0].split(" ")[0], text)
    text = re.sub(r"([ap])\.m\.", r"\1m", text)
    text = re.sub(r" (?:o'clock|oclock)", "", text)
    text = re.sub(r"(\d)-(?:го|й|м|е|х|му|ми|я|ая|ю|ью)\b", r"\1", text)
    text = re.sub(r"(\d{1,2}) ([а-я]+)", month_in_digits, text)
    text = re.sub(r"(\d\d\.\d\d) (\d+)", r"\1.\2", text)
    text = re.sub(r" ?г(?:ода|г)?\.?$", "", text)
    text = re.sub(r"(?<=\d),(?= \d{4})", "", text)  # July 25, 2012
    text = re.sub(r"(?<=\d) (?=[%°])", "", text)
    text = re.sub(r"(?<![\d.])0?\.(?=\d)", "0.", text)
    return re.sub(r"\s+", " ", text).strip()


def month_in_digits(match: re.Match[str]) -> str:
    month = MONTHS.get(match[2])
    return f"{int(match[1]):02d}.{month:02d}" if month else match[0]


def read_nemo(path: Path) -> list[tuple[str, str]]:
    pairs = (line.split("~", 1) for line in path.read_text(encoding="utf-8").splitlines())
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and pair[0].strip()]


NEMO_FLOORS: dict[tuple[Language, str], int] = {
    ("en", "cardinal"): 28,  # of 29
    ("en", "cardinal_cased"): 58,  # of 60
    ("en", "date"): 33,  # of 36
    ("en", "date_cased"): 68,  # of 70
    ("en", "decimal"): 63,  # of 63
    ("en", "decimal_cased"): 129,  # of 129
    ("en", "measure"): 70,  # of 112
    ("en", "measure_cased"): 143,  # of 232
    ("en", "money"): 47,  # of 52
    ("en", "money_cased"): 48,  # of 54
    ("en", "ordinal"): 32,  # of 34
    ("en", "ordinal_cased"): 32,  # of 34
    ("en", "telephone"): 9,  # of 23
    ("en", "telephone_cased"): 8,  # of 18
    ("en", "time"): 17,  # of 29
    ("en", "time_cased"): 19,  # of 33
    ("en", "word"): 51,  # of 53
    ("en", "word_cased"): 47,  # of 49
    ("ru", "cardinal"): 28,  # of 30
    ("ru", "date"): 10,  # of 15
    ("ru", "decimal"): 16,  # of 16
    ("ru", "measure"): 14,  # of 16
    ("ru", "money"): 8,  # of 9
    ("ru", "ordinal"): 14,  # of 15
    ("ru", "ordinal_hard"): 56,  # of 57
    ("ru", "telephone"): 1,  # of 1
    ("ru", "time"): 2,  # of 9
    ("ru", "word"): 48,  # of 49
}


@pytest.mark.parametrize(("language", "name"), NEMO_FLOORS)
def test_nemo_cases(shared_normalisation: Path, language: Language, name: str) -> None:
    cases = read_nemo(
        shared_normalisation / "nemo-tn" / f"{language}-itn" / f"test_cases_{name}.txt"
    )
    options = EVERY_NUMBER if "ordinal" in name else NormalisationOptions()
    normaliser = InverseNormaliser(language, options)
    agreed = sum(canonical(rewritten(normaliser, a)) == canonical(b) for a, b in cases)
    assert agreed >= NEMO_FLOORS[language, name], f"{agreed} of {len(cases)}"


def read_table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def bare(text: str) -> str:
    """Without spaces, in ASCII signs."""
    return text.replace("\u00a0", "").replace("−", "-").replace(",", ".")


def in_full(text: str) -> str:
    """Scales as zeros."""
    for sign, zeros in (("мың", 3), ("млн", 6), ("млрд", 9)):
        text = text.replace(sign, "0" * zeros)
    return text


def test_kazakh_numbers_both_ways(shared_normalisation: Path) -> None:
    write, speak = InverseNormaliser("kk", EVERY_NUMBER), Normaliser("kk")
    # Said alone, these are other words too, or vague; нөлінші is nobody's ordinal.
    doubtful = {"0", "90", "1000"}
    rows = read_table(shared_normalisation, "kk_cardinal_ordinal_generated.tsv")
    assert len(rows) > 150
    for row in rows:
        assert speak.spoken(row["number"]) == row["cardinal"]
        if row["number"] in doubtful:
            continue
        assert in_full(bare(rewritten(write, row["cardinal"]))) == row["number"]
        assert bare(rewritten(write, row["ordinal_word"])) == row["ordinal_short"]
        assert speak.spoken(row["ordinal_short"]) == row["ordinal_word"]


def test_kazakh_dates_money_and_decimals_both_ways(shared_normalisation: Path) -> None:
    write, speak = InverseNormaliser("kk"), Normaliser("kk")
    rows = read_table(shared_normalisation, "kk_dates_money_generated.tsv")
    seen = set()
    for row in rows:
        kind, value, words = row["kind"], row["value"], row["kk"]
        shown = bare(rewritten(write, words))
        if kind == "year_ordinal_words":
            assert shown == f"{value}жыл"
            assert speak.spoken(f"{value} жыл") == words
        elif kind == "year_words":
            assert shown == f"{value}жыл"
        elif kind == "decimal_words":
            assert shown == bare(value)
            assert speak.spoken(value.replace(".", ",")) == words
        elif kind == "currency_words.KZT":
            amount = in_full(shown.removesuffix("₸"))
            assert float(amount) == float(value)
            assert shown.endswith("₸")
        elif kind == "currency.KZT":
            spoken = speak.spoken(row["kk"].replace(" ", "\u00a0"))
            assert in_full(bare(rewritten(write, spoken))) == bare(row["kk"].replace(" ", ""))
        else:
            continue
        seen.add(kind)
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("language", "number_class", "floor"),
    [("kk", "cardinal", 11), ("ru", "cardinal", 60), ("ru", "ordinal", 40), ("en", "cardinal", 7)],
)
def test_num2words_cases(
    shared_normalisation: Path, language: Language, number_class: str, floor: int
) -> None:
    normaliser = InverseNormaliser(language, EVERY_NUMBER)
    rows = read_table(shared_normalisation, f"{language}_num2words_cases.tsv")
    agreed = 0
    for row in rows:
        if row["class"] == number_class:
            shown = rewritten(normaliser, row["spoken"])
            shown = shown.replace(",", "") if language == "en" else shown
            shown = re.sub(r"(?<=\d)-[а-я]+$", "", in_full(bare(shown)))
            agreed += shown == row["written"]
    assert agreed >= floor


def test_kazakh_news_is_left_as_it_is_written(shared_normalisation: Path) -> None:
    """Printed sentences have digits already; few of them change."""
    normaliser = InverseNormaliser("kk")
    rows = read_table(shared_normalisation, "kk-ru_numeric_sentences.tsv")
    changed = 0
    for row in rows:
        words = row["kk"].split()
        written = normaliser.rewrite(words)
        assert written[-1].last == len(words)
        digits = re.sub(r"\D", "", "".join(words))
        shown = re.sub(r"\D", "", "".join(each.text for each in written))
        changed += digits != shown
    assert changed <= 40, f"{changed} of {len(rows)} sentences have other digits"
