"""Number phrases: from words to values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from text.normalisation.grammar import Grammar, Kind, NumberWord
from text.normalisation.reading import Reader

NO_BREAK_SPACE: Final = "\u00a0"
_GROUPED_FROM: Final = (
    10_000  # four digits stay whole (Мильчин, Чельцова 6.1); years look like years
)
_INTEGER: Final = re.compile(r"[0-9]{1,15}")
MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that was said."""

    value: int
    end: int
    """Index of the part after it."""

    words: int
    ordinal: bool = False
    ending: str = ""
    case: str = ""
    coefficient: int = 0
    """Where the number is a round multiple: of ``scale``."""

    scale: int = 0
    bare_scale: bool = False
    """A scale alone: миллион."""

    digits: str = ""
    """As the recogniser wrote them, if it did."""

    last: NumberWord | None = None


def word_at(reader: Reader, at: int, grammar: Grammar) -> NumberWord | None:
    """The number word at ``at``; plain digits count as one."""
    core = reader.core(at)
    word = grammar.words.get(core)
    if word is None and core and _INTEGER.fullmatch(core):
        return NumberWord(Kind.DIGITS, int(core))
    return word


def parse_number(reader: Reader, at: int, grammar: Grammar, limit: int = 10**9) -> Number | None:
    """The longest number that starts at ``at`` and ends before ``limit``.

    It may end within a hyphenated word (a range does); callers check ``reader.ends_word``.
    """
    state = NumberState()
    best: Number | None = None
    position = at
    english = grammar.language == "en"
    while position < limit:
        word = word_at(reader, position, grammar)
        if position > at and not english and not reader.ends_word(position):
            break
        if word is None:
            if not (english and state.may_join and is_join(reader.core(position), grammar)):
                break
            following = word_at(reader, position + 1, grammar)
            if following is None or following.kind not in (Kind.UNIT, Kind.TEEN, Kind.TEN):
                break
            position += 1
            continue
        if not state.take(word, english):
            break
        position += 1
        best = state.number(position, position - at)
        if word.ordinal or word.ending or word.kind is Kind.ZERO:
            break
    first = word_at(reader, at, grammar) if best is not None else None
    if best is None or first is None or first.kind is not Kind.DIGITS:
        return best
    if best.words == 1 or (best.words == 2 and best.scale in _written_scales(grammar)):
        return replace(best, digits=reader.core(at))
    return best


def _written_scales(grammar: Grammar) -> set[int]:
    return {int(scale) for scale in grammar.table["scale_signs"]}


def is_join(core: str, grammar: Grammar) -> bool:
    """May the word stand inside a number? English: two hundred and five."""
    return core in grammar.table["numbers"].get("joins", ())


class NumberState:
    """A number while its words are taken one by one."""

    def __init__(self) -> None:
        self.total = 0
        self.group: int | None = None
        self.room = 4  # what may still come: 4 anything, 3 tens, 2 units, 1 nothing
        self.scale = 10**30
        self.round: tuple[int, int] = (0, 0)
        self.bare_scale = False
        self.last: NumberWord | None = None

    @property
    def may_join(self) -> bool:
        """May "and" follow? After hundred, or a scale."""
        return self.last is not None and (
            self.last.kind is Kind.SCALE or (self.last.kind is Kind.HUNDRED)
        )

    def take(self, word: NumberWord, english: bool) -> bool:
        """Add a word if the number can go on with it."""
        kind, value = word.kind, word.value
        if kind is Kind.ZERO:
            taken = self.last is None
            self.group, self.room = 0, 1
        elif kind is Kind.DIGITS:
            taken = self.group is None and (self.last is None or value < 1000)
            if taken:
                self.group, self.room = value, 1
        elif kind is Kind.HUNDRED:
            taken = self._take_hundred(word, english)
        elif kind is Kind.SCALE:
            taken = self._take_scale(word)
        else:
            taken = self._take_small(word)
        if taken:
            self.last = word
            if kind is not Kind.SCALE:
                self.round = (0, 0)
        return taken

    def _take_small(self, word: NumberWord) -> bool:
        needed, left = {
            Kind.UNIT: (2, 1),
            Kind.TEEN: (3, 1),
            Kind.TEN: (3, 2),
            Kind.HUNDREDS: (4, 3),
        }[word.kind]
        if self.room < needed or word.value >= self.scale:
            return False
        self.group = (self.group or 0) + word.value
        self.room = left
        return True

    def _take_hundred(self, word: NumberWord, english: bool) -> bool:
        if self.group is None:
            if not word.alone or self.scale <= 100:
                return False
            self.group, self.room = 100, 3
            return True
        plain = self.last is not None and self.last.kind in (Kind.UNIT, Kind.TEEN, Kind.TEN)
        if not plain or self.group >= (100 if english else 10):
            return False
        self.group, self.room = self.group * 100, 3
        return True

    def _take_scale(self, word: NumberWord) -> bool:
        if word.value >= self.scale or (self.group == 0):
            return False
        if self.group is None and not word.alone:
            return False
        self.bare_scale = self.group is None and self.last is None
        coefficient = self.group or 1
        self.round = (coefficient, word.value) if self.total == 0 else (0, 0)
        self.total += coefficient * word.value
        self.group, self.room, self.scale = None, 4, word.value
        return True

    def number(self, end: int, words: int) -> Number:
        """What was said so far."""
        assert self.last is not None
        coefficient, scale = self.round
        return Number(
            value=self.total + (self.group or 0),
            end=end,
            words=words,
            ordinal=self.last.ordinal,
            ending=self.last.ending,
            case=self.last.case,
            coefficient=coefficient,
            scale=scale,
            bare_scale=self.bare_scale and words == 1,
            last=self.last,
        )


def group_digits(value: int, grammar: Grammar) -> str:
    """``250 000`` with no-break spaces, in English ``250,000``; four digits stay whole."""
    if value < _GROUPED_FROM:
        return str(value)
    mark = "," if grammar.language == "en" else NO_BREAK_SPACE
    return f"{value:,}".replace(",", mark)


def write_number(number: Number, grammar: Grammar) -> str:
    """In digits; round millions keep their scale: ``5 млн``."""
    if number.scale >= MILLION:
        sign = grammar.table["scale_signs"].get(str(number.scale))
        if sign is not None:
            amount = group_digits(number.coefficient, grammar)
            return f"{amount}{NO_BREAK_SPACE}{sign}"
    if number.digits and number.scale:
        scale_sign = grammar.table["scale_signs"][str(number.scale)]
        return f"{number.digits}{NO_BREAK_SPACE}{scale_sign}"
    if number.digits:
        return number.digits
    return group_digits(number.value, grammar)
