"""What the rules share: a phrase's context and what a rule answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from text.normalisation.grammar import Grammar, Kind, UnitPhrase
from text.normalisation.numbers import NO_BREAK_SPACE, Number, parse_number, word_at
from text.normalisation.options import NormalisationOptions, NumberClass
from text.normalisation.reading import Reader


@dataclass(frozen=True, slots=True)
class Piece:
    """Some parts and how they are written together; None: each word as it was said."""

    first: int
    end: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase that a rule recognised: pieces that follow one another."""

    pieces: tuple[Piece, ...]

    @property
    def end(self) -> int:
        """Index of the part after the phrase."""
        return self.pieces[-1].end


@dataclass(frozen=True, slots=True)
class Phrase:
    """Where a rule looks and by which language."""

    reader: Reader
    grammar: Grammar
    options: NormalisationOptions
    home: Grammar
    """The grammar of the normaliser itself; not the same one in mixed speech."""

    def on(self, number_class: NumberClass) -> bool:
        """Is the class switched on?"""
        return number_class in self.options.classes

    @property
    def least_cardinal(self) -> int:
        """The least bare cardinal in digits."""
        value = self.options.least_cardinal
        return self.home.table["least_cardinal"] if value is None else value

    @property
    def least_ordinal(self) -> int:
        """The least bare ordinal in digits."""
        value = self.options.least_ordinal
        return self.grammar.table["least_ordinal"] if value is None else value

    def core(self, at: int) -> str:
        """The folded word at ``at``."""
        return self.reader.core(at)

    def number(self, at: int) -> Number | None:
        """The whole number at ``at``, if it ends with a word."""
        number = parse_number(self.reader, at, self.grammar)
        return number if number is not None and self.reader.ends_word(number.end) else None

    def raw(self, first: int, end: int) -> str:
        """The words as they were said, unbreakable."""
        return NO_BREAK_SPACE.join(part.raw for part in self.reader.parts[first:end])

    def unit(self, at: int) -> UnitPhrase | None:
        """The longest unit that stands at ``at``."""
        for phrase in self.grammar.units.get(self.core(at), ()):
            if all(self.core(at + offset) == word for offset, word in enumerate(phrase.words)):
                return phrase
        return None

    def number_follows(self, at: int) -> bool:
        """Does a cardinal stand at ``at``?"""
        word = word_at(self.reader, at, self.grammar)
        if self.core(at) in self.grammar.table["untouched"]["alone"]:
            return False
        return word is not None and not word.ordinal and (word.kind is not Kind.SCALE or word.alone)

    def matches(self, at: int, words: tuple[str, ...]) -> bool:
        """Do these words stand at ``at``?"""
        return all(self.core(at + offset) == word for offset, word in enumerate(words))


def with_ending(text: str, ending: str) -> str:
    """Join a Kazakh or Russian ending with a hyphen; a whole word takes it as it is: 2,5 мыңға."""
    if text.endswith("мың"):
        return text + ending
    return f"{text}-{ending}" if ending else text


def joined(phrase: Phrase, number: str, first: int, end: int) -> str:
    """A number and the words that belong to it, unbreakable."""
    return f"{number}{NO_BREAK_SPACE}{phrase.raw(first, end)}"


def as_spoken(first: int, end: int) -> Match:
    """Leave these parts as they are."""
    return Match((Piece(first, end),))


def single_digits(phrase: Phrase, at: int) -> Iterator[tuple[str, int]]:
    """Digits said one by one from ``at``: (digits so far, index after them)."""
    numbers = phrase.grammar.table["numbers"]
    zeros, repeats = numbers.get("letters_for_zero", ()), numbers.get("repeats", {})
    digits = ""
    while True:
        times = repeats.get(phrase.core(at), 1)
        start = at + 1 if times > 1 else at
        core = phrase.core(start)
        word = phrase.grammar.words.get(core)
        if core in zeros:
            digit = "0"
        elif word is None or word.ordinal or word.ending:
            return
        elif word.kind in (Kind.ZERO, Kind.UNIT):
            digit = str(word.value)
        else:
            return
        digits += digit * times
        at = start + 1
        yield digits, at
