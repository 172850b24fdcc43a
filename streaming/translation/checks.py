"""Whether a translation may be shown."""

from __future__ import annotations

import enum
import re
from collections import Counter
from typing import Final

from foundation.languages import Language
from text.scripts import looped, wrong_script

_DIGITS: Final = re.compile(r"\d+")


class Fault(enum.StrEnum):
    """What is wrong with a translation, the worst first."""

    EMPTY = "empty"
    """Nothing, where the source says something."""

    SCRIPT = "script"
    """Not in the letters of its language."""

    LOOP = "loop"
    """The same words over and over."""

    SPANS = "spans"
    """A protected span is missing, or stands in it twice."""

    CUT = "cut"
    """The end is missing."""

    NUMBERS = "numbers"
    """A number of the source is not in it."""


REFUSED: Final = frozenset({Fault.EMPTY, Fault.SCRIPT, Fault.LOOP})
"""Never shown."""


def faults_of(source: str, translation: str, target: Language) -> set[Fault]:
    """What can be seen of source and translation alone: empty, script, loops, numbers."""
    faults = set()
    if source.strip() and not translation.strip():
        faults.add(Fault.EMPTY)
    if wrong_script(translation, target, source):
        faults.add(Fault.SCRIPT)
    if looped(translation) and not looped(source):
        faults.add(Fault.LOOP)
    if missing_numbers(source, translation):
        faults.add(Fault.NUMBERS)
    return faults


def missing_numbers(source: str, translation: str) -> list[str]:
    """Groups of digits that ``source`` has more of; how they are grouped or marked is no matter."""
    missing = Counter(_DIGITS.findall(source)) - Counter(_DIGITS.findall(translation))
    if not missing:
        return []
    # "1,000" and "1000", "1 000 000" and "1000000": compare the digits on end.
    run_together = "".join(_DIGITS.findall(translation))
    if "".join(_DIGITS.findall(source)) == run_together:
        return []
    return sorted(missing.elements())
