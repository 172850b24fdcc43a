"""Where a subtitle's lines break: the BBC Subtitle Guidelines' rules, word lists as data."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations, pairwise

from foundation.languages import Language

_BAD_BREAK = 40.0
_GOOD_BREAK = -12.0
_PUNCTUATION_BREAK = -20.0
_STRIPPED = "«»\"'()[]“”„.,!?:;…-–—"


@dataclass(frozen=True, slots=True)
class LineBreakRules:
    """Word lists of one language, lower case."""

    keep_with_next: frozenset[str]
    keep_with_previous: frozenset[str]
    clause_starts: frozenset[str]
    units: frozenset[str]


@functools.cache
def load_rules(language: Language) -> LineBreakRules:
    """Read a language's word lists."""
    source = files("streaming.cues.line_breaks") / f"{language}.toml"
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    return LineBreakRules(**{name: frozenset(words) for name, words in table.items()})


def break_lines(
    words: Sequence[str], language: Language, max_chars: int, max_lines: int
) -> tuple[str, ...] | None:
    """Set words in as few lines as they need, broken where it reads best.

    Returns:
        The lines, or None where the words do not fit ``max_lines`` lines of ``max_chars``.
    """
    if len(" ".join(words)) <= max_chars:
        return (" ".join(words),)
    rules = load_rules(language)
    for count in range(2, max_lines + 1):
        best: tuple[float, tuple[str, ...]] | None = None
        for breaks in combinations(range(1, len(words)), count - 1):
            edges = (0, *breaks, len(words))
            lines = tuple(" ".join(words[first:last]) for first, last in pairwise(edges))
            lengths = [len(line) for line in lines]
            if max(lengths) > max_chars:
                continue
            cost = float(max(lengths) - min(lengths))
            cost += sum(break_cost(words[at - 1], words[at], rules) for at in breaks)
            if best is None or cost < best[0]:
                best = (cost, lines)
        if best is not None:
            return best[1]
    return None


def break_cost(before: str, after: str, rules: LineBreakRules) -> float:
    """How bad a break between two words is; below zero it is good."""
    bare_before = before.strip(_STRIPPED).casefold()
    bare_after = after.strip(_STRIPPED).casefold()
    if before[-1:] in ".!?…,:;—–":
        is_initial = len(bare_before) == 1 and before.endswith(".") and before[0].isupper()
        return _BAD_BREAK if is_initial else _PUNCTUATION_BREAK
    cost = 0.0
    if bare_before in rules.keep_with_next:
        cost += _BAD_BREAK
    if bare_after in rules.keep_with_previous:
        cost += _BAD_BREAK
    if bare_before[-1:].isdigit() and (bare_after in rules.units or after[:1] in "%№°"):
        cost += _BAD_BREAK
    if before[:1].isupper() and after[:1].isupper():
        cost += _BAD_BREAK
    if bare_after in rules.clause_starts:
        cost += _GOOD_BREAK
    return cost
