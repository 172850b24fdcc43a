"""What is read how: the tables of numbers, which writing shares, and those of reading alone."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from foundation.languages import Language
from text.normalisation.grammar import Grammar, load_grammar


@dataclass(frozen=True, slots=True)
class SpokenUnit:
    """How a sign after or before a number is said."""

    forms: tuple[str, ...]
    """Russian: one, two, five; English: one, many; Kazakh: the bare word."""

    feminine: bool = False
    plural_only: bool = False
    money: bool = False
    lead: str = ""
    """Kazakh: said before the number: сағатына."""

    minor: tuple[str, ...] = ()
    """Forms of the hundredth part, likewise."""

    minor_feminine: bool = False


@dataclass(frozen=True, slots=True)
class SpokenTable:
    """Everything that reading aloud asks of a language."""

    language: Language
    grammar: Grammar
    units: Mapping[str, SpokenUnit]
    scales: Mapping[str, int]
    """млн → 1 000 000."""

    abbreviations: Mapping[str, str]
    titles: Mapping[str, str]
    """Abbreviations that hold before a name or number only."""

    before_number: Mapping[str, str]
    """Those that hold before a number only, and there before the others."""

    after_name: Mapping[str, str]
    """Those that hold after a name only."""

    declined: Mapping[str, tuple[str, ...]]
    """Russian: the six cases of what an abbreviation stands for."""

    letters: Mapping[str, str]
    latin_letters: Mapping[str, str]
    single_letters: Mapping[str, str]
    """Latin letters that stand alone, by their old names: A4, vitamin C."""

    acronyms: Mapping[str, str]
    signs: Mapping[str, str]
    addresses: Mapping[str, Any]
    months: tuple[str, ...] = field(default=())

    def letter(self, letter: str) -> str:
        """A letter's name; empty: it has none here."""
        small = letter.lower()
        return self.letters.get(small) or self.latin_letters.get(small, "")


CURRENCY_SIGNS = "$€£¥₸₽"


@functools.cache
def load_table(language: Language) -> SpokenTable:
    """The tables of a language."""
    source = files("text.spoken") / "tables" / f"{language}.toml"
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    grammar = load_grammar(language)
    units = _units(language, grammar, table)
    scales = {sign: int(value) for value, sign in grammar.table["scale_signs"].items()}
    return SpokenTable(
        language=language,
        grammar=grammar,
        units=units,
        scales={**scales, **table["scale_aliases"]},
        abbreviations=table["abbreviations"],
        titles=table["titles"],
        before_number=table.get("before_number", {}),
        after_name=table.get("after_name", {}),
        declined={sign: tuple(forms) for sign, forms in table.get("declined", {}).items()},
        letters=table["letters"],
        latin_letters=table["latin_letters"],
        single_letters=table.get("single_letters", {}),
        acronyms=table["acronyms"],
        signs=table["signs"],
        addresses=table["addresses"],
        months=tuple(grammar.table["dates"]["months"]),
    )


def _units(language: Language, grammar: Grammar, table: Mapping[str, Any]) -> dict[str, SpokenUnit]:
    units: dict[str, SpokenUnit] = {}
    for entry in grammar.table["units"]:
        if "written" not in entry:
            continue
        minor = entry.get("minor_spoken") or entry.get("minor", ())
        units[entry["written"]] = SpokenUnit(
            forms=tuple(entry.get("spoken", entry.get("words", ())[:1])),
            feminine=entry.get("gender") == "feminine",
            money=entry["class"] == "money",
            minor=(minor,) if isinstance(minor, str) else tuple(minor),
            minor_feminine=entry.get("minor_gender") == "feminine",
        )
    for sign, entry in table["units"].items():
        minor = tuple(entry.get("minor_spoken", ()))
        units[sign] = SpokenUnit(
            forms=tuple(entry["spoken"]),
            feminine=entry.get("gender") == "feminine",
            plural_only=entry.get("plural_only", False),
            money=bool(minor) or sign in CURRENCY_SIGNS,
            lead=entry.get("first", ""),
            minor=minor,
        )
    for sign, other in table["aliases"].items():
        units[sign] = units[other]
    return units


def alternatives(words: Iterable[str]) -> str:
    """A pattern of any of them, the longest first; a space may be any one space."""
    escaped = (
        re.escape(word).replace(r"\ ", "[ \u00a0]") for word in sorted(words, key=len, reverse=True)
    )
    return "|".join(escaped)
