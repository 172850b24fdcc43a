"""The classes of number phrases, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from text.normalisation.dates import date
from text.normalisation.grammar import Kind, UnitPhrase
from text.normalisation.matching import Match, Phrase, Piece, as_spoken, joined, with_ending
from text.normalisation.numbers import MILLION, NO_BREAK_SPACE, group_digits
from text.normalisation.options import NumberClass
from text.normalisation.phones import digit_run, phone
from text.normalisation.quantities import Quantity, parse_quantity
from text.normalisation.times import time

Rule = Callable[[Phrase, int], Match | None]

_LARGEST_NUMERATOR: Final = 9
_LARGEST_DENOMINATOR: Final = 100


def untouched(phrase: Phrase, at: int) -> Match | None:
    """Idioms and names that hold number words."""
    for words in phrase.grammar.phrases.get(phrase.core(at), ()):
        if phrase.matches(at, words):
            return as_spoken(at, at + len(words))
    return _vague(phrase, at)


def _vague(phrase: Phrase, at: int) -> Match | None:
    """``бірнеше мың теңге``, ``half a million dollars``: no number is meant."""
    table = phrase.grammar.table
    if phrase.core(at) not in table["untouched"]["vague"]:
        return None
    start = at + 1
    if phrase.grammar.language == "en":
        if phrase.core(start) not in table["numbers"]["articles"]:
            return None
        start += 1
    word = phrase.grammar.words.get(phrase.core(start))
    if word is None or word.kind not in (Kind.HUNDRED, Kind.SCALE) or word.ordinal:
        return None
    found = phrase.unit(start + 1)
    return as_spoken(at, start + 1 + (len(found.words) if found is not None else 0))


def unit(phrase: Phrase, at: int) -> Match | None:
    """A quantity of something: percent, money, a measure."""
    quantity = parse_quantity(phrase.reader, at, phrase.grammar, phrase.on(NumberClass.DECIMAL))
    if quantity is None or quantity.ending:
        return None
    found = phrase.unit(quantity.end)
    if found is None or not phrase.on(found.unit.number_class):
        return None
    end = quantity.end + len(found.words)
    if found.unit.minor and not found.ending:
        minor = _with_minor(phrase, quantity, found, end)
        if minor is not None:
            return Match((Piece(at, minor[1], minor[0]),))
    return Match((Piece(at, end, _write_unit(phrase, quantity.text, quantity.end, end, found)),))


def _write_unit(phrase: Phrase, amount: str, first: int, end: int, found: UnitPhrase) -> str:
    money = found.unit.number_class is NumberClass.MONEY
    keeps_word = bool(found.ending) and not _takes_ending(found.unit.written)
    if not found.unit.written or keeps_word or (money and not phrase.options.currency_signs):
        return joined(phrase, amount, first, end)
    return with_ending(_with_sign(amount, found), found.ending)


def _takes_ending(sign: str) -> bool:
    """``35 %-ға`` and ``10 км-ден`` are printed; ``5 т-ға``, ``5 ₸-ге`` and ``5 м²-ді`` are not."""
    return sign == "%" or (len(sign) > 1 and sign.isalpha())


def _with_sign(amount: str, found: UnitPhrase) -> str:
    if found.unit.before:
        return found.unit.written + amount
    gap = "" if found.unit.tight else NO_BREAK_SPACE
    return f"{amount}{gap}{found.unit.written}"


def _with_minor(
    phrase: Phrase, quantity: Quantity, found: UnitPhrase, at: int
) -> tuple[str, int] | None:
    """``жиырма бес теңге жиырма төрт тиын`` → ``25,24 ₸``."""
    number = quantity.number
    if number is None or number.scale >= MILLION or not phrase.options.currency_signs:
        return None
    if phrase.core(at) == "and":
        at += 1
    minor = phrase.number(at)
    if minor is None or minor.ordinal or minor.ending or minor.value > 99:
        return None
    if phrase.core(minor.end) not in found.unit.minor:
        return None
    mark = phrase.home.table["decimal_mark"]
    return _with_sign(f"{quantity.text}{mark}{minor.value:02d}", found), minor.end + 1


def fraction(phrase: Phrase, at: int) -> Match | None:
    """``үштен екі бөлігі``, ``две трети``, ``three quarters``."""
    if not phrase.on(NumberClass.FRACTION):
        return None
    number = phrase.number(at)
    if number is None or number.ordinal:
        return None
    if phrase.grammar.language == "kk":
        upper = phrase.number(number.end)
        if number.case != "ablative" or upper is None or upper.ordinal or upper.ending:
            return None
        if not 1 <= upper.value < number.value <= _LARGEST_DENOMINATOR:
            return None
        if not phrase.core(upper.end).startswith("бөлі"):
            return None
        text = f"{upper.value}/{number.value}"
        return Match((Piece(at, upper.end, text), Piece(upper.end, upper.end + 1)))
    if number.value > _LARGEST_NUMERATOR or number.value == 0:
        return None
    lower = _denominator(phrase, number.end, number.value, phrase.core(number.end - 1))
    if lower is None or lower <= number.value:
        return None
    return Match((Piece(at, number.end + 1, f"{number.value}/{lower}"),))


def _denominator(phrase: Phrase, at: int, upper: int, numerator: str) -> int | None:
    core = phrase.core(at)
    named: int | None = phrase.grammar.table["fractions"]["words"].get(core)
    if named is not None or phrase.grammar.language != "ru":
        singular = not core.endswith("s")
        fits = phrase.grammar.language == "ru" or singular == (upper == 1)
        return named if fits else None
    word = phrase.grammar.words.get(core)
    if word is None or not word.ordinal or not 3 <= word.value <= _LARGEST_DENOMINATOR:
        return None
    # Feminine, as доля is: одна пятая, две пятых; два пятых (places) is no fraction.
    if upper == 1:
        return word.value if numerator == "одна" and word.ending == "я" else None
    return word.value if numerator != "два" and word.ending == "х" else None


def ordinal(phrase: Phrase, at: int) -> Match | None:
    """``бесінші`` → ``5-ші``, ``двадцатого`` → ``20-го``, ``twenty first`` → ``21st``."""
    number = phrase.number(at)
    if number is None or not number.ordinal or not phrase.on(NumberClass.ORDINAL):
        return None
    noun = phrase.core(number.end)
    if phrase.grammar.language == "kk" and not number.case and _is_numbered(phrase, noun):
        text = f"{number.value}-{phrase.raw(number.end, number.end + 1)}"
        return Match((Piece(at, number.end + 1, text),))
    spoken = as_spoken(at, number.end)
    if number.value < phrase.least_ordinal or number.bare_scale:
        return spoken
    if phrase.grammar.language == "kk" and number.case == "ablative" and number.value < 10:
        return spoken  # үшіншіден, thirdly
    digits = group_digits(number.value, phrase.grammar)
    if phrase.grammar.language == "en":
        if number.words > 1 and number.last is not None and number.last.value == 2:
            return spoken  # a thirty second pause
        return Match((Piece(at, number.end, digits + _english_ending(number.value)),))
    return Match((Piece(at, number.end, with_ending(digits, number.ending)),))


def _is_numbered(phrase: Phrase, noun: str) -> bool:
    stems = phrase.grammar.table["dates"]["numbered"]
    return any(noun.startswith((stem, _voiced(stem))) for stem in stems)


def _voiced(stem: str) -> str:
    """Before a possessive ending п, к, қ turn voiced: сыныбы, мектебі, тармағы."""
    return stem[:-1] + {"п": "б", "к": "г", "қ": "ғ"}.get(stem[-1], stem[-1])


def _english_ending(value: int) -> str:
    if value % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def cardinal(phrase: Phrase, at: int) -> Match | None:
    """A number alone, if it is not among those that read better as words."""
    quantity = parse_quantity(phrase.reader, at, phrase.grammar, phrase.on(NumberClass.DECIMAL))
    if quantity is None or quantity.weak:
        return None
    if _is_derived(phrase, phrase.core(quantity.end)):
        return as_spoken(at, quantity.end + 1)
    text = with_ending(quantity.text, quantity.ending)
    number = quantity.number
    if number is None:
        return Match((Piece(at, quantity.end, text),))
    if not phrase.on(NumberClass.CARDINAL) or number.bare_scale or number.words == 0:
        return None
    if quantity.signed:
        negative = quantity.text[0] != "+"
        return Match((Piece(at, quantity.end, text),)) if negative else None
    if number.words == 1:
        kept = _kept_alone(phrase, at, quantity)
        if kept is not None:
            return kept
    if not quantity.ending and phrase.number_follows(quantity.end):
        return _run(phrase, at, quantity)
    return _plain(phrase, at, quantity)


def _is_derived(phrase: Phrase, core: str) -> bool:
    """Does the number end in a word that is made of one: он бесеу, он төрт-ақ?"""
    side, hyphen, _ = core.partition("-")
    return core in phrase.grammar.derived or (bool(hyphen) and side in phrase.grammar.words)


def _plain(phrase: Phrase, at: int, quantity: Quantity) -> Match:
    number = quantity.number
    assert number is not None
    printed = number.digits and number.scale < MILLION
    if number.value < phrase.least_cardinal or printed:
        return as_spoken(at, quantity.end)
    return Match((Piece(at, quantity.end, with_ending(quantity.text, quantity.ending)),))


def _kept_alone(phrase: Phrase, at: int, quantity: Quantity) -> Match | None:
    """One-word numbers that are other words too."""
    table = phrase.grammar.table["untouched"]
    core, following = phrase.core(at), phrase.core(at + 1)
    if following and following in table["not_before"].get(core, ()):
        return as_spoken(at, at + 1)
    if core not in table["alone"]:
        return None
    if following in table["alone_before"]:
        text = with_ending(quantity.text, quantity.ending)
        return Match((Piece(at, at + 1, text), Piece(at + 1, at + 2)))
    return as_spoken(at, at + 1)


def _run(phrase: Phrase, at: int, quantity: Quantity) -> Match:
    """Numbers side by side that no rule explains: in digits only if all of them are large."""
    quantities = [(at, quantity)]
    while True:
        last = quantities[-1][1]
        if last.ending or not phrase.number_follows(last.end):
            break
        if any(rule(phrase, last.end) is not None for rule in (time, date, unit, fraction)):
            break
        following = parse_quantity(phrase.reader, last.end, phrase.grammar)
        if following is None or following.number is None or following.number.bare_scale:
            break
        quantities.append((last.end, following))
    matches = [_plain(phrase, first, each) for first, each in quantities]
    unclear = phrase.grammar.language == "en" or any(m.pieces[0].text is None for m in matches)
    if unclear and len(matches) > 1:
        return as_spoken(at, matches[-1].end)
    return Match(tuple(piece for match in matches for piece in match.pieces))


RULES: Final[tuple[Rule, ...]] = (
    untouched,
    phone,
    time,
    date,
    unit,
    fraction,
    digit_run,
    ordinal,
    cardinal,
)
