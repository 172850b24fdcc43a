"""Abbreviations with a full stop, and titles: what they stand for where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from text.spoken.context import Context, Said
from text.spoken.russian_agreement import PLACE, agreement_of, governed
from text.spoken.tables import SpokenTable, alternatives

_DECLINED_WITH_THEIR_NAME: Final = frozenset(("г.", "с.", "пос."))
"""суда г. Астаны: города Астаны; but ул. Абая is улица."""


_PART_BEFORE: Final = re.compile(r"(?<!\w)(?:подп|пп?|ч|абз)\.[ \u00a0]?\d[\d.,–-]*[ \u00a0]$")
"""п. 3 ст. 15: пункт три статьи пятнадцать."""


class AbbreviationReader:
    """Those of one language."""

    def __init__(self, table: SpokenTable) -> None:
        self._table = table
        self._abbreviations = _with_capitals(table.abbreviations)
        self._titles = _with_capitals(table.titles)
        self._before_number = _with_capitals(table.before_number)
        self.known = {
            *self._abbreviations, *self._titles, *self._before_number, *table.after_name,
        }  # fmt: skip
        self._abbreviation = re.compile(rf"(?:{alternatives(self.known)})(?:(?<=\.)|(?!\w))")
        self._firsts = frozenset(word[0] for word in self.known)

    def read(self, context: Context, at: int) -> Said | None:
        """What the abbreviation that begins at ``at`` stands for; None: there is none."""
        if context.text[at] not in self._firsts:
            return None
        match = self._abbreviation.match(context.text, at)
        if match is None or (at and context.text[at - 1] in ".'’"):
            return None
        written = match.group().replace("\u00a0", " ")
        words = self._full_words(written, context, match)
        if words is None:
            return None
        if written.endswith(".") and not context.text[match.end() :][:80].strip(' \n»”")'):
            words += "."
        return Said(words, match.end())

    def _full_words(self, written: str, context: Context, match: re.Match[str]) -> str | None:
        text, start, end = context.text, match.start(), match.end()
        following = text[end : end + 3].lstrip(' \u00a0«“"')[:1]
        before_name = re.search(r"([^\W\d_]\w*)[ \u00a0]$", text[max(0, start - 40) : start])
        after_capital = before_name is not None and before_name[1][0].isupper()
        if written in self._table.after_name and after_capital:
            return self._table.after_name[written]
        if following.isdigit() and written in self._before_number:
            return self._before_number[written]
        introduces = following.isdigit() or following.isupper()
        doubtful = written in self._abbreviations and after_capital  # Main St. Paul
        if written in self._titles and introduces and not doubtful:
            return self._declined(written, context, start) or self._titles[written]
        if written in self._abbreviations:
            return self._declined(written, context, start) or self._abbreviations[written]
        return None

    def _declined(self, written: str, context: Context, at: int) -> str | None:
        forms = self._table.declined.get(written)
        if forms is None:
            return None
        before = context.before(at, 3)
        cases = governed(before)
        if _PART_BEFORE.search(context.text[max(0, at - 16) : at]):
            cases = ("genitive",)
        if not cases and written in _DECLINED_WITH_THEIR_NAME:
            named = context.after(at + len(written), 1)
            found = agreement_of(named[0]) if named else []
            own = {name.case for name in found if name.gender != "plural"}
            cases = tuple(own) if len(own - {"accusative"}) == 1 else ()
            cases = tuple(case for case in cases if case != "accusative")
        if not cases:
            return None
        case = "prepositional" if cases == PLACE else cases[0]
        if before[:1] == ["по"]:
            case = "dative"
        order = ("nominative", "genitive", "dative", "accusative", "instrumental", "prepositional")
        return forms[order.index(case)]


def _with_capitals(table: Mapping[str, str]) -> dict[str, str]:
    """With the forms that begin a sentence; a capital and a full stop are an initial."""
    large = {
        word[0].upper() + word[1:]: said[:1].upper() + said[1:]
        for word, said in table.items()
        if len(word) > 2
    }
    return {**large, **table}
