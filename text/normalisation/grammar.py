"""The tables of one language, read from ``tables/`` and spread out into every form."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from importlib.resources import files
from typing import Any, Final

from foundation.languages import Language
from text.normalisation import kazakh_grammar as kazakh
from text.normalisation.options import NumberClass
from text.normalisation.reading import fold
from text.normalisation.russian_grammar import ordinal_forms


class Kind(Enum):
    """The place of a word within a number."""

    ZERO = auto()
    UNIT = auto()
    TEEN = auto()
    TEN = auto()
    HUNDREDS = auto()
    """A whole number of hundreds or more in one word: двести, двухтысячный."""
    HUNDRED = auto()
    """Multiplies the number before it: жүз, hundred."""
    SCALE = auto()
    DIGITS = auto()


@dataclass(frozen=True, slots=True)
class NumberWord:
    """One form of a number word."""

    kind: Kind
    value: int
    ordinal: bool = False
    ending: str = ""
    """What stands after digits for this form: ``ке``, ``шы``, ``го``; empty for none."""
    case: str = ""
    """Kazakh: ``dative``, ``possessive dative``; empty for the bare form."""
    alone: bool = True
    """May it stand without a number before it? (миллион but not миллионов, жүз but not hundred)"""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted: a percentage, money, a measure."""

    number_class: NumberClass
    written: str = ""
    """The sign; empty: the word stays."""
    tight: bool = False
    before: bool = False
    minor: frozenset[str] = frozenset()
    """Forms of its hundredth part."""


@dataclass(frozen=True, slots=True)
class UnitPhrase:
    """One form of a unit's name."""

    words: tuple[str, ...]
    unit: Unit
    ending: str = ""
    """Kazakh: the ending that follows the sign, ``ға`` of пайызға."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """Everything the rules ask of a language."""

    language: Language
    table: Mapping[str, Any]
    words: Mapping[str, NumberWord]
    units: Mapping[str, tuple[UnitPhrase, ...]]
    """By first word, the longest phrase first."""
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    """Phrases that stay as they are, by first word."""
    months: Mapping[str, int]
    denominators: Mapping[str, int]
    """Words for tenths, hundredths …: how many places."""
    starters: frozenset[str]
    """A phrase begins with one of these, or with digits."""
    years: frozenset[str] = field(default_factory=frozenset)
    centuries: frozenset[str] = field(default_factory=frozenset)
    decades: frozenset[str] = field(default_factory=frozenset)
    """Kazakh: forms of жылдар, years."""
    derived: frozenset[str] = field(default_factory=frozenset)
    """Kazakh words made of numbers: бесеу, төрттік, мыңдап. A number that ends so stays words."""


def kazakh_forms(word: str) -> Iterator[tuple[str, str, str]]:
    """Every form of a noun or number: (form, case, ending)."""
    stem = kazakh.possessive_stem(word)
    yield word, "", ""
    for case in kazakh.CASES:
        if case != "nominative":
            ending = kazakh.case_ending(word, case)
            yield word + ending, case, ending
        ending = kazakh.possessive_ending(word, case)
        yield stem + ending, f"possessive {case}", ending
    yield word + kazakh.likeness_ending(word), "likeness", kazakh.likeness_ending(word)
    locative = kazakh.case_ending(word, "locative")
    there = locative + ("гі" if locative.endswith("е") else "ғы")
    yield word + there, "locative adjective", there
    yield word + kazakh.measure_ending(word), "measure", kazakh.measure_ending(word)


def kazakh_ending(word: str, case: str) -> str:
    """The ending that ``word`` takes in the case named by ``kazakh_forms``."""
    return next(ending for _, name, ending in kazakh_forms(word) if name == case)


@functools.cache
def load_grammar(language: Language, within: Language | None = None) -> Grammar:
    """A language's grammar; ``within`` another, in mixed speech, with that one's units too."""
    source = files("text.normalisation") / "tables" / f"{language}.toml"
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    words = dict(_NUMBER_WORDS[language](table))
    units = list(_unit_phrases(language, table))
    months = _months(language, table)
    years = frozenset(table["dates"].get("years", ()))
    if within is not None:
        outer = load_grammar(within)
        scales = {form: word for form, word in outer.words.items() if word.kind is Kind.SCALE}
        words = {**scales, **words}
        units = [phrase for group in outer.units.values() for phrase in group] + units
    elif language == "kk":
        russian = tomllib.loads((source.parent / "ru.toml").read_text(encoding="utf-8"))  # type: ignore[attr-defined]
        units += _unit_phrases("ru", russian)
        years = frozenset(_kazakh_nouns("жыл", "жылғы", "жылдағы", "жылындағы", "жылғыдан"))
    centuries = frozenset(table["dates"].get("centuries", ()))
    if language == "kk":
        centuries = frozenset(_kazakh_nouns("ғасыр", "ғасырдағы"))
    signs = (*table["numbers"]["minus"], *table["numbers"]["plus"])
    starters = {*words, *table["starters"], *_phrase_index(table), *signs}
    starters |= set(table["untouched"]["vague"])
    if language == "kk" or language == "en":
        starters |= set(months)
    return Grammar(
        language=language,
        table=table,
        words=words,
        units=_by_first_word(units),
        phrases=_phrase_index(table),
        months=months,
        denominators=_denominators(language, table),
        starters=frozenset(starters),
        years=years,
        centuries=centuries,
        decades=frozenset(_kazakh_nouns("жылдар", "жылдардағы", "жылдарындағы"))
        if language == "kk"
        else frozenset(),
        derived=frozenset(_kazakh_derived(table)) if language == "kk" else frozenset(),
    )


_PRONOUNS: Final = ("ондай", "ондағы", "оны", "онымен")  # of ол, not of он


def _kazakh_words(table: Mapping[str, Any]) -> Iterator[tuple[str, NumberWord]]:
    numbers = table["numbers"]
    bare = [(word, Kind.UNIT, value) for value, word in enumerate(numbers["units"], 1)]
    bare += [(word, Kind.TEN, 10 * value) for value, word in enumerate(numbers["tens"], 1)]
    bare.append((numbers["hundred"], Kind.HUNDRED, 100))
    bare += [(word, Kind.SCALE, value) for word, value in table["scales"].items()]
    bare += [(word, Kind.ZERO, 0) for word in numbers["zero"]]
    for word, kind, value in bare:
        for form, case, ending in kazakh_forms(word):
            if case != "measure" and form not in _PRONOUNS:  # other words: ондық, ондай
                yield form, NumberWord(kind, value, ending=ending, case=case)
        if word.endswith("д"):  # миллиардға is heard beside миллиардқа
            yield word + "ға", NumberWord(kind, value, ending="ға", case="dative")
        if kind is Kind.ZERO:
            continue
        ordinal, short = kazakh.ordinal(word), kazakh.ordinal_ending(word)
        for form, case, ending in kazakh_forms(ordinal):
            if case in ("measure", "likeness"):
                continue
            yield form, NumberWord(kind, value, ordinal=True, ending=short + ending, case=case)
        if word == "қырық":
            yield "қырықыншы", NumberWord(kind, value, ordinal=True, ending=short)


def _russian_words(table: Mapping[str, Any]) -> Iterator[tuple[str, NumberWord]]:
    numbers = table["numbers"]
    for value, forms in numbers["forms"].items():
        for form in forms.split():
            yield fold(form), NumberWord(_kind_of(int(value)), int(value))
    for form in numbers["zero"]:
        yield fold(form), NumberWord(Kind.ZERO, 0)
    for value, stem in numbers["ordinals"].items():
        for form, ending in ordinal_forms(stem):
            kind = _kind_of(int(value))
            yield fold(form), NumberWord(kind, int(value), ordinal=True, ending=ending)
    for value, forms in table["scales"].items():
        for form in forms["alone"].split():
            yield form, NumberWord(Kind.SCALE, int(value))
        for form in forms["more"].split():
            yield form, NumberWord(Kind.SCALE, int(value), alone=False)


def _kind_of(value: int) -> Kind:
    if value < 10:
        return Kind.UNIT
    if value < 20:
        return Kind.TEEN
    return Kind.TEN if value < 100 else Kind.HUNDREDS


def _english_words(table: Mapping[str, Any]) -> Iterator[tuple[str, NumberWord]]:
    numbers = table["numbers"]
    for value, word in enumerate(numbers["units"], 1):
        yield word, NumberWord(Kind.UNIT, value)
    for value, word in enumerate(numbers["teens"], 10):
        yield word, NumberWord(Kind.TEEN, value)
    for value, word in enumerate(numbers["tens"], 1):
        if word:
            yield word, NumberWord(Kind.TEN, 10 * value)
    for word in numbers["zero"]:
        yield word, NumberWord(Kind.ZERO, 0)
    for word, value in numbers["ordinals"].items():
        yield word, NumberWord(_kind_of(value), value, ordinal=True)
    yield numbers["hundred"], NumberWord(Kind.HUNDRED, 100, alone=False)
    yield numbers["hundred"] + "th", NumberWord(Kind.HUNDRED, 100, ordinal=True, alone=False)
    for word, value in table["scales"].items():
        yield word, NumberWord(Kind.SCALE, value, alone=False)
        yield word + "th", NumberWord(Kind.SCALE, value, ordinal=True, alone=False)


_NUMBER_WORDS: Final = {"kk": _kazakh_words, "ru": _russian_words, "en": _english_words}


def _unit_phrases(language: Language, table: Mapping[str, Any]) -> Iterator[UnitPhrase]:
    for entry in table["units"]:
        unit = Unit(
            NumberClass(entry["class"]),
            entry.get("written", ""),
            entry.get("tight", False),
            entry.get("before", False),
            frozenset(_minor_forms(table, entry.get("minor", ()))),
        )
        if language == "kk":
            for name in entry["words"]:
                *first, last = name.split()
                reads_as = entry.get("reads_as", last)
                endings = {case: ending for _, case, ending in kazakh_forms(reads_as)}
                for form, case, _ in kazakh_forms(last):
                    yield UnitPhrase((*first, form), unit, endings[case])
        elif language == "ru":
            for form in _noun_forms(table, entry["stems"]):
                for first_word in entry.get("first", [""]):
                    for then in entry.get("then", [""]):
                        yield UnitPhrase(tuple(f"{first_word} {form} {then}".split()), unit)
        else:
            for name in entry["words"]:
                yield UnitPhrase(tuple(name.split()), unit)


def _minor_forms(table: Mapping[str, Any], minor: Any) -> Iterator[str]:
    if isinstance(minor, str):
        yield minor
    elif isinstance(minor, Mapping):
        yield from _noun_forms(table, minor)
    else:
        yield from minor


def _noun_forms(table: Mapping[str, Any], stems: Mapping[str, str]) -> Iterator[str]:
    for stem, kind in stems.items():
        for ending in table["nouns"][kind].split():
            yield stem + ending.removeprefix("-")


def _months(language: Language, table: Mapping[str, Any]) -> dict[str, int]:
    months = {}
    for number, month in enumerate(table["dates"]["months"], 1):
        months[month] = number
        if language == "kk":
            for form, _, _ in kazakh_forms(month):
                months[form] = number
            months[month + "дағы"] = months[month + "дегі"] = number
            months[month + "тағы"] = months[month + "тегі"] = number
            # қыркүйек, қыркүйегі: the stem's last sound turns voiced
            if month[-1] in "кқ":
                voiced = month[:-1] + {"к": "г", "қ": "ғ"}[month[-1]]
                for case in kazakh.CASES:
                    months[voiced + kazakh.possessive_ending(month, case)] = number
    return months


def _kazakh_nouns(noun: str, *more: str) -> Iterator[str]:
    yield from more
    for form, _, _ in kazakh_forms(noun):
        yield form


def _kazakh_derived(table: Mapping[str, Any]) -> Iterator[str]:
    for word in table["untouched"]["collectives"]:
        yield from _kazakh_nouns(word)
    numbers = table["numbers"]
    for word in (*numbers["units"], *numbers["tens"], numbers["hundred"], *table["scales"]):
        likeness = kazakh.likeness_ending(word)
        yield from _kazakh_nouns(word + kazakh.measure_ending(word))
        yield word + likeness[:-1] + "п"
        yield word + likeness[:-1] + ("ған" if likeness.endswith("ай") else "ген")
        for case in kazakh.CASES:
            yield word + likeness + kazakh.possessive_ending(word + likeness, case)
        for plural in ("лар", "лер", "дар", "дер", "тар", "тер"):
            yield from _kazakh_nouns(word + plural)


def _denominators(language: Language, table: Mapping[str, Any]) -> dict[str, int]:
    decimals = table["decimals"]
    if language == "ru":
        return {
            form: places
            for stem, places in decimals["denominator_stems"].items()
            for form, _ in ordinal_forms(stem)
        }
    return dict(decimals.get("denominators", {}))


def _by_first_word(units: list[UnitPhrase]) -> dict[str, tuple[UnitPhrase, ...]]:
    index: dict[str, dict[tuple[str, ...], UnitPhrase]] = {}
    for phrase in units:
        index.setdefault(phrase.words[0], {}).setdefault(phrase.words, phrase)
    return {
        first: tuple(sorted(group.values(), key=lambda phrase: -len(phrase.words)))
        for first, group in index.items()
    }


def _phrase_index(table: Mapping[str, Any]) -> dict[str, tuple[tuple[str, ...], ...]]:
    index: dict[str, list[tuple[str, ...]]] = {}
    for phrase in table["untouched"]["phrases"]:
        words = tuple(phrase.split())
        index.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(group, key=len, reverse=True)) for first, group in index.items()}
