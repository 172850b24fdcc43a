"""Times of day.

Hours are not padded (``9:05``): a recogniser hears "nine oh five", not whether it is morning.
"""

from __future__ import annotations

from typing import Final

from text.normalisation.grammar import Kind
from text.normalisation.matching import Match, Phrase, Piece, joined, with_ending
from text.normalisation.numbers import NO_BREAK_SPACE, Number, word_at
from text.normalisation.options import NumberClass

_MERIDIEMS: Final = {"am": "am", "pm": "pm", "a.m": "a.m", "p.m": "p.m"}


def time(phrase: Phrase, at: int) -> Match | None:
    """A time of day, by the language's own rules."""
    if not phrase.on(NumberClass.TIME):
        return None
    return _RULES[phrase.grammar.language](phrase, at)


def _clock(hour: int, minute: int, ending: str = "") -> str:
    return with_ending(f"{hour}:{minute:02d}", ending)


def _hour(phrase: Phrase, at: int, most: int = 24) -> Number | None:
    number = phrase.number(at)
    if number is None or number.ordinal or number.value > most or number.scale:
        return None
    return number


def _minute(phrase: Phrase, at: int) -> tuple[int, int, str] | None:
    """(minute, index after it, ending): a number from 10 to 59, or a zero and a digit."""
    zero = word_at(phrase.reader, at, phrase.grammar)
    letters = phrase.grammar.table["numbers"].get("letters_for_zero", ())
    if phrase.core(at) in letters or (zero is not None and zero.kind is Kind.ZERO):
        if zero is not None and zero.ending:
            return None
        number = phrase.number(at + 1)
        if number is None or number.ordinal or number.value > 9:
            return None
        return number.value, number.end, number.ending
    number = phrase.number(at)
    if number is None or number.ordinal or not 10 <= number.value <= 59:
        return None
    return number.value, number.end, number.ending


def _kazakh(phrase: Phrase, at: int) -> Match | None:
    """``сағат он төрт отызда`` → ``сағат 14:30-да``."""
    table = phrase.grammar.table["time"]
    if phrase.core(at) not in table["leads"]:
        return _kazakh_without_lead(phrase, at) or _duration(
            phrase, at, table["hour"], table["minute"]
        )
    hour = _hour(phrase, at + 1)
    if hour is None or (not hour.ending and phrase.unit(hour.end) is not None):
        return None
    lead = Piece(at, at + 1)
    if hour.ending:
        if hour.case == "measure":
            return None
        first = Piece(at + 1, hour.end, with_ending(str(hour.value), hour.ending))
        until = _hour(phrase, hour.end) if hour.case == "ablative" else None
        if until is None or until.case != "dative":
            return Match((lead, first))
        text = with_ending(str(until.value), until.ending)
        return Match((lead, first, Piece(hour.end, until.end, text)))
    half = phrase.core(hour.end)
    if half in ("жарым", "жарымда", "жарымға", "жарымнан", "жарымның"):
        ending = half.removeprefix("жарым")
        text = _clock(hour.value, 30, ending)
        return Match((lead, Piece(at + 1, hour.end + 1, text)))
    minute = _minute(phrase, hour.end)
    if minute is not None and phrase.unit(minute[1]) is None:
        return Match((lead, Piece(at + 1, minute[1], _clock(hour.value, minute[0], minute[2]))))
    if phrase.number_follows(hour.end):
        return None
    return Match((lead, Piece(at + 1, hour.end, hour.digits or str(hour.value))))


def _kazakh_without_lead(phrase: Phrase, at: int) -> Match | None:
    """``кешкі он тоғыз отызда`` → ``кешкі 19:30-да``: two numbers with "at" are a time."""
    hour = _hour(phrase, at, most=23)
    if hour is None or hour.ending or hour.value == 0:
        return None
    minute = _minute(phrase, hour.end)
    if minute is None or minute[2] not in ("да", "де", "та", "те"):
        return None
    return Match((Piece(at, minute[1], _clock(hour.value, minute[0], minute[2])),))


def _russian(phrase: Phrase, at: int) -> Match | None:
    """``в четырнадцать часов тридцать минут``, ``без пяти шесть``."""
    table = phrase.grammar.table["time"]
    if phrase.core(at) == "без":
        return _to_the_hour(phrase, at, table["minutes"])
    if phrase.core(at) not in table["leads"]:
        return _duration(phrase, at, table["hours"], table["minutes"])
    hour = _hour(phrase, at + 1)
    if hour is None:
        return None
    lead, end = Piece(at, at + 1), hour.end
    hours_said = phrase.core(end) in table["hours"]
    if hours_said:
        end += 1
    minute = phrase.number(end) if hours_said else None
    if minute is not None and minute.value <= 59 and phrase.core(minute.end) in table["minutes"]:
        text = _clock(hour.value, minute.value)
        return Match((lead, Piece(at + 1, minute.end + 1, text)))
    said = _minute(phrase, end)
    if said is not None and hour.value < 24:
        free = phrase.unit(said[1]) is None and not phrase.number_follows(said[1])
        if free and phrase.core(said[1]) not in (*table["hours"], *table["minutes"]):
            return Match((lead, Piece(at + 1, said[1], _clock(hour.value, said[0]))))
    if not hours_said:
        return None
    text = joined(phrase, hour.digits or str(hour.value), hour.end, end)
    return Match((lead, Piece(at + 1, end, text)))


def _to_the_hour(phrase: Phrase, at: int, minute_words: list[str]) -> Match | None:
    before = phrase.number(at + 1)
    if before is None or before.ordinal or not 1 <= before.value < 30:
        return None
    end = before.end + 1 if phrase.core(before.end) in minute_words else before.end
    hour = _hour(phrase, end, most=12)
    if hour is None or hour.value == 0 or phrase.unit(hour.end) is not None:
        return None
    text = _clock(hour.value - 1 or 12, 60 - before.value)
    return Match((Piece(at, hour.end, text),))


def _duration(
    phrase: Phrase, at: int, hour_words: list[str], minute_words: list[str]
) -> Match | None:
    """Hours and minutes: a length or a time; both in digits with their words."""
    hour = phrase.number(at)
    if hour is None or hour.ordinal or hour.ending or phrase.core(hour.end) not in hour_words:
        return None
    joins = phrase.grammar.table["decimals"].get("joins", ())
    start = hour.end + 2 if phrase.core(hour.end + 1) in joins else hour.end + 1
    minute = phrase.number(start)
    if minute is None or minute.ordinal or minute.ending or minute.value > 59:
        return None
    if not any(phrase.core(minute.end).startswith(word) for word in minute_words):
        return None
    hours = joined(phrase, hour.digits or str(hour.value), hour.end, hour.end + 1)
    minutes = joined(phrase, minute.digits or str(minute.value), minute.end, minute.end + 1)
    between = (Piece(hour.end + 1, start),) if start > hour.end + 1 else ()
    first = Piece(at, hour.end + 1, hours)
    return Match((first, *between, Piece(start, minute.end + 1, minutes)))


def _english(phrase: Phrase, at: int) -> Match | None:
    """``at two thirty``, ``two p m``, ``half past three``, ``three o'clock``."""
    core = phrase.core(at)
    if core in ("half", "quarter"):
        return _past_or_to(phrase, at, 30 if core == "half" else 15, at + 1, certain=True)
    lead = core in phrase.grammar.table["time"]["leads"]
    start = at + 1 if lead else at
    if lead and phrase.core(start) in ("half", "quarter"):
        return None
    before = (Piece(at, start),) if lead else ()
    hour = _hour(phrase, start, most=59)
    if hour is None:
        return None
    relative = _past_or_to(phrase, start, hour.value, hour.end, certain=lead)
    if relative is not None:
        return Match((*before, *relative.pieces))
    if not 1 <= hour.value <= 23:
        return None
    if phrase.core(hour.end) in ("o'clock", "oclock"):
        text = joined(phrase, str(hour.value), hour.end, hour.end + 1)
        return Match((*before, Piece(start, hour.end + 1, text)))
    minute = _minute(phrase, hour.end)
    end = minute[1] if minute is not None else hour.end
    text = _clock(hour.value, minute[0]) if minute is not None else str(hour.value)
    meridiem = _meridiem(phrase, end)
    if meridiem is not None and hour.value <= 12:
        text = f"{text}{NO_BREAK_SPACE}{meridiem[0]}"
        return Match((*before, Piece(start, meridiem[1], text)))
    if not lead or minute is None or hour.words > 1 or hour.digits:
        return None
    if phrase.unit(end) is not None or phrase.number_follows(end):
        return None
    return Match((*before, Piece(start, end, text)))


def _past_or_to(phrase: Phrase, first: int, minutes: int, at: int, certain: bool) -> Match | None:
    """``ten to eleven``: only where it cannot be a range, after "at" or before am and pm."""
    if phrase.core(at) in ("minutes", "minute", "min"):
        at, certain = at + 1, True
    direction = phrase.core(at)
    if direction not in ("past", "to") or not 1 <= minutes <= 30:
        return None
    hour = _hour(phrase, at + 1, most=12)
    if hour is None or hour.value == 0:
        return None
    meridiem = _meridiem(phrase, hour.end)
    if not certain and meridiem is None:
        return None
    if direction == "past":
        text = _clock(hour.value, minutes)
    else:
        text = _clock(hour.value - 1 or 12, 60 - minutes)
    if meridiem is None:
        return Match((Piece(first, hour.end, text),))
    return Match((Piece(first, meridiem[1], f"{text}{NO_BREAK_SPACE}{meridiem[0]}"),))


def _meridiem(phrase: Phrase, at: int) -> tuple[str, int] | None:
    core = phrase.core(at)
    if core in _MERIDIEMS:
        return _MERIDIEMS[core], at + 1
    if core in ("a", "p") and phrase.core(at + 1) == "m":
        return f"{core}m", at + 2
    return None


_RULES: Final = {"kk": _kazakh, "ru": _russian, "en": _english}
