"""The glossary value and its file formats."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from text.vocabulary import Glossary, GlossaryEntry, glossary_of, parse_glossary
from text.vocabulary.glossary import MAX_ALIASES, MAX_ENTRIES, MAX_SPELLING_LETTERS

TSV = (
    "spelling\tlanguage\tweight\tsounds_like\twrite\n"
    "# a comment\n"
    "\n"
    "Қасым-Жомарт Тоқаев\tkk\t5\n"
    "ЕАЭО\tkk\t\tе а э о|еаэо\n"
    "Nur-Sultan\tany\t0.5\t\tAstana\n"
    "маслихат\n"
)


def test_tab_separated_lines() -> None:
    assert parse_glossary(TSV).entries == (
        GlossaryEntry("Қасым-Жомарт Тоқаев", "kk", 5),
        GlossaryEntry("ЕАЭО", "kk", sounds_like=("е а э о", "еаэо")),
        GlossaryEntry("Nur-Sultan", None, 0.5, write="Astana"),
        GlossaryEntry("маслихат"),
    )


def test_json_says_the_same() -> None:
    document = {
        "entries": [
            {"spelling": "Қасым-Жомарт  Тоқаев", "language": "kk", "weight": 5},
            {"spelling": "ЕАЭО", "language": "kk", "sounds_like": ["е а э о", "еаэо"]},
            {"spelling": "Nur-Sultan", "weight": 0.5, "write": "Astana", "language": None},
            "маслихат",
        ]
    }
    assert parse_glossary("\ufeff " + json.dumps(document)) == parse_glossary(TSV)


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("Тоқаев\nТокаев\tru\theavy", "line 2, weight", "'heavy' is not a number"),
        ("Тоқаев\tkk\t11", "line 1, weight", "11 is not between 0.1 and 10"),
        ("Тоқаев\tkk\tnan", "line 1, weight", "nan is not between"),
        ("Тоқаев\tde", "line 1, language", "'de' is not one of kk, ru, en, any"),
        ("# c\n\t kk", "line 2, spelling", "is missing"),
        ("x", "line 1, spelling", "'x' has fewer than 2 letters"),
        ("а" * 101, "line 1, spelling", f"101 letters; {MAX_SPELLING_LETTERS} are allowed"),
        ("aa bb cc dd ee ff gg", "line 1, spelling", "7 words; 6 are allowed"),
        ("aa\tkk\t1\tbb\tcc\tdd", "line 1", "6 columns; there are 5"),
        ("aa\tkk\t1\t" + "bb|" * 17, "line 1, sounds_like", f"{MAX_ALIASES} are allowed"),
        ("aa\tkk\t1\tb", "line 1, sounds_like", "fewer than 2 letters"),
        ("aa\nbb\n\naa", "line 4, spelling", "stands already in line 1 for language any"),
        ("a\x00b", "line 1, spelling", "control character"),
        ("{", "glossary", "not JSON"),
        ("{}", "entries", "must be a list"),
        ('{"names": []}', "names", "the one key is entries"),
        ("[1]", "entries[0]", "must be an object or a string"),
        ('["aa", {"spelling": "bb", "wieght": 2}]', "entries[1].wieght", "unknown"),
        ('[{"weight": 2}]', "entries[0].spelling", "is missing"),
        ('[{"spelling": "bb", "weight": true}]', "entries[0].weight", "True is not a number"),
        ('[{"spelling": 5}]', "entries[0].spelling", "5 is not a string"),
        ('[{"spelling": "bb", "sounds_like": "cc"}]', "entries[0].sounds_like", "list of strings"),
        ('["aa", "aa"]', "entries[1].spelling", "stands already in entries[0]"),
        ("[" * 100_000, "glossary", "not JSON"),
        ("a" * 1_100_000, "glossary", "1100000 bytes; 1048576 are allowed"),
    ],
)
def test_errors_name_place_field_and_limit(text: str, field: str, message: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        parse_glossary(text)
    assert raised.value.field == field
    assert message in raised.value.description


def test_too_many_entries() -> None:
    with pytest.raises(InvalidArgument, match=f"{MAX_ENTRIES} are allowed"):
        parse_glossary("\n".join(f"name{number}" for number in range(MAX_ENTRIES + 1)))


def test_hotwords_come_heaviest_first_and_keep_to_the_limit() -> None:
    glossary = Glossary(
        (
            GlossaryEntry("Light", "en", 0.5),
            GlossaryEntry("Heavier", "en", 3),
            GlossaryEntry("Тоқаев", "kk", 9),
            GlossaryEntry("Plainer"),
        )
    )
    assert glossary.hotwords("en", 100) == ("Heavier", "Plainer", "Light")
    assert glossary.hotwords("en", 14) == ("Heavier", "Light")  # Light still fits
    assert glossary.hotwords("kk", 2, measure=lambda text: 1) == ("Тоқаев", "Plainer")
    assert glossary.hotwords("en", 0) == ()


@given(st.lists(st.text("абвң", min_size=2, max_size=12), unique=True), st.integers(0, 60))
def test_hotwords_never_pass_the_limit(spellings: list[str], limit: int) -> None:
    words = glossary_of(spellings).hotwords("kk", limit)
    assert sum(len(word) + 1 for word in words) <= limit


@given(st.text())
def test_any_text_is_a_glossary_or_a_named_error(text: str) -> None:
    with suppress(InvalidArgument):  # any other error fails
        assert isinstance(parse_glossary(text), Glossary)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("spelling"), inner),
    )
)
def test_any_json_is_a_glossary_or_a_named_error(document: object) -> None:
    with suppress(InvalidArgument):  # any other error fails
        assert isinstance(parse_glossary(json.dumps([document])), Glossary)


def test_a_number_too_long_to_be_read_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="not JSON"):
        parse_glossary('[{"spelling": "Абай", "weight": ' + "9" * 5000 + "}]")
