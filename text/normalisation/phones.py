"""Telephone numbers, and digits said one by one.

Kazakhstan and Russia share the plan +7 (ITU-T E.164): ten digits after ``+7`` or the trunk prefix
``8``, printed 3-3-2-2. In English ten digits said one by one are printed 3-3-4.
"""

from __future__ import annotations

import itertools
from typing import Final

from text.normalisation.grammar import Kind
from text.normalisation.matching import Match, Phrase, Piece, single_digits
from text.normalisation.numbers import NO_BREAK_SPACE, parse_number, word_at
from text.normalisation.options import NumberClass

_NATIONAL_DIGITS: Final = 10
_LONGEST_PIECE_WORDS: Final = 4
_LEAST_RUN: Final = 4


def phone(phrase: Phrase, at: int) -> Match | None:
    """``плюс жеті жеті жүз бір …`` → ``+7 701 123 45 67``."""
    if not phrase.on(NumberClass.PHONE):
        return None
    plus = phrase.core(at) in phrase.grammar.table["numbers"]["plus"]
    start = at + 1 if plus else at
    code = word_at(phrase.reader, start, phrase.grammar)
    if code is None or code.ordinal or code.kind not in (Kind.UNIT, Kind.DIGITS):
        return _american(phrase, at, start, plus) if phrase.grammar.language == "en" else None
    part = phrase.reader.part(start)
    signed = plus or (part is not None and start == at and part.before == "+")
    if code.value in (7, 8) and signed == (code.value == 7):
        found = _national(phrase, start + 1, "")
        if found is not None and not phrase.number_follows(found[1]):
            digits, end = found
            text = NO_BREAK_SPACE.join(
                (str(code.value), digits[:3], digits[3:6], digits[6:8], digits[8:])
            )
            return Match((Piece(at, end, "+" + text if plus else text),))
    return _american(phrase, at, start, plus) if phrase.grammar.language == "en" else None


def _national(phrase: Phrase, at: int, digits: str) -> tuple[str, int] | None:
    """Ten digits from ``at`` on, in groups as they may be said; the longest groups first."""
    if len(digits) == _NATIONAL_DIGITS:
        return digits, at
    for words in range(_LONGEST_PIECE_WORDS, 0, -1):
        piece = _group(phrase, at, at + words)
        if piece is not None and len(digits) + len(piece) <= _NATIONAL_DIGITS:
            found = _national(phrase, at + words, digits + piece)
            if found is not None:
                return found
    return None


def _group(phrase: Phrase, at: int, end: int) -> str | None:
    number = parse_number(phrase.reader, at, phrase.grammar, limit=end)
    if number is None or number.end != end or number.ordinal or number.ending:
        if end == at + 1 and phrase.core(at) in _zeros(phrase):
            return "0"
        return None
    if number.scale or number.value > 999:
        return None
    return number.digits or str(number.value)


def _zeros(phrase: Phrase) -> tuple[str, ...]:
    return tuple(phrase.grammar.table["numbers"].get("letters_for_zero", ()))


def _american(phrase: Phrase, at: int, start: int, plus: bool) -> Match | None:
    """``one two three …`` → ``123-123-5678``, with the country's code before it after "plus"."""
    code = ""
    if plus:
        number = phrase.number(start)
        if number is not None and not number.ordinal and 10 <= number.value <= 999:
            code, start = str(number.value), number.end
    digits, end = "", start
    for digits, end in single_digits(phrase, start):  # noqa: B007
        pass
    if plus and not code:
        code, digits = digits[:-_NATIONAL_DIGITS], digits[-_NATIONAL_DIGITS:]
    if len(digits) != _NATIONAL_DIGITS or plus != (1 <= len(code) <= 3):
        return None
    if phrase.number_follows(end):
        return None
    local = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    text = f"+{code}{NO_BREAK_SPACE}{local}" if plus else local
    return Match((Piece(at, end, text),))


def digit_run(phrase: Phrase, at: int) -> Match | None:
    """Four or more digits said one by one are a code; counting upwards is not."""
    if not phrase.on(NumberClass.PHONE):
        return None
    digits, end = "", at
    for digits, end in single_digits(phrase, at):  # noqa: B007
        pass
    if len(digits) < _LEAST_RUN or phrase.number_follows(end) or phrase.unit(end) is not None:
        return None
    if all(int(later) - int(digit) == 1 for digit, later in itertools.pairwise(digits)):
        return None
    return Match((Piece(at, end, digits),))
