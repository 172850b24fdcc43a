"""Print and how it is read, as tables beside the tests.

A line that begins with ``# `` names the rule of grammar or usage that the lines after it follow.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from foundation.languages import LANGUAGES, Language


class Case(NamedTuple):
    """One line of a table."""

    language: Language
    rule: str
    written: str
    spoken: str


def read_cases(language: Language) -> list[Case]:
    """The table of a language."""
    path = Path(__file__).parent / f"cases_{language}.tsv"
    cases, rule = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            rule = line[2:]
            continue
        written, spoken = line.split("\t")
        cases.append(Case(language, rule, written, spoken))
    return cases


CASES: dict[Language, list[Case]] = {language: read_cases(language) for language in LANGUAGES}
