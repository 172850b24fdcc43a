"""Written and spoken forms, as tables beside the tests; ``~`` stands for a no-break space."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from foundation.languages import LANGUAGES, Language


class Case(NamedTuple):
    """One line of a table."""

    language: Language
    number_class: str
    spoken: str
    written: str


def read_cases(language: Language) -> list[Case]:
    """The table of a language."""
    path = Path(__file__).parent / f"cases_{language}.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return [
        Case(language, number_class, spoken, written.replace("~", "\u00a0"))
        for number_class, spoken, written in (line.split("\t") for line in lines)
    ]


ALL_CASES = [case for language in LANGUAGES for case in read_cases(language)]
