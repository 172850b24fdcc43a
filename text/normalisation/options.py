"""What is rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from foundation.errors import InvalidArgument


class NumberClass(StrEnum):
    """The kinds of number phrases, each of which can be switched off."""

    CARDINAL = "cardinal"
    ORDINAL = "ordinal"
    DECIMAL = "decimal"
    FRACTION = "fraction"
    PERCENT = "percent"
    MONEY = "money"
    MEASURE = "measure"
    TIME = "time"
    DATE = "date"
    PHONE = "phone"


ALL_CLASSES: Final = frozenset(NumberClass)


def parse_number_classes(
    names: Sequence[str], field: str = "number_classes"
) -> frozenset[NumberClass]:
    """Check names of classes; none means all.

    Raises:
        InvalidArgument: a name is unknown.
    """
    known = ", ".join(NumberClass)
    for name in names:
        if name not in set(NumberClass):
            raise InvalidArgument(field, f"{name!r} is not one of {known}")
    return frozenset(map(NumberClass, names)) or ALL_CLASSES


@dataclass(frozen=True, slots=True)
class NormalisationOptions:
    """How numbers are written.

    Raises:
        InvalidArgument: a bound is negative.
    """

    classes: frozenset[NumberClass] = ALL_CLASSES
    """What is rewritten; a phrase of a class that is off may still be written by a simpler one."""

    least_cardinal: int | None = None
    """The least bare cardinal written in digits; None: the language's own (10 in all three).

    Percent, money, measures, times, dates and decimals are written in digits however small.
    """

    least_ordinal: int | None = None
    """The least bare ordinal written in digits; None: the language's own (kk 3, ru and en 10)."""

    currency_signs: bool = True
    """``3500 ₸``; otherwise ``3500 теңге``, the word as it was said."""

    def __post_init__(self) -> None:
        for field in ("least_cardinal", "least_ordinal"):
            value = getattr(self, field)
            if value is not None and value < 0:
                raise InvalidArgument(field, f"{value} is below 0")
