"""A small linear tagger: which mark follows a word, from its endings and its neighbours.

An averaged perceptron (Collins, Discriminative Training Methods for Hidden Markov Models, EMNLP
2002), decoded greedily from left to right. ``tools/train_punctuation.py`` makes its weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

from foundation.errors import Internal

Mark = str
"""What follows a word: one of ``MARKS``."""

MARKS: Final[tuple[Mark, ...]] = ("", ",", ".", "?")
_NOBODY: Final = (0, 0, 0, 0)
_EDGE: Final = "|"
_LONG_SENTENCE: Final = 12


@dataclass(frozen=True, slots=True)
class MarkTagger:
    """Scores marks by the sum of its features' weights."""

    weights: Mapping[str, Sequence[int]] = field(repr=False)
    """Feature → a weight for each of ``MARKS``."""

    scale: int
    """What divides the weights' sums: then one point is the training's step."""

    def scores(self, words: Sequence[str], index: int, since: int, asks: bool) -> list[float]:
        """For each of ``MARKS`` after ``words[index]``.

        Args:
            words: of the utterance, lower case without marks.
            index: of the word.
            since: words since the sentence began, this one not counted.
            asks: does the sentence hold a question word so far?
        """
        totals = [0, 0, 0, 0]
        for feature in features(words, index, since, asks):
            for mark, weight in enumerate(self.weights.get(feature, _NOBODY)):
                totals[mark] += weight
        return [total / self.scale for total in totals]


def features(words: Sequence[str], index: int, since: int, asks: bool) -> Iterator[str]:
    """Names of what holds at ``words[index]``; ``words`` must not hold spaces."""
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else _EDGE
    second = words[index + 2] if index + 2 < len(words) else _EDGE
    before = words[index - 1] if index else _EDGE
    yield "bias"
    yield f"w {word}"
    for length in range(1, min(5, len(word)) + 1):
        yield f"{length} {word[-length:]}"
    yield f"n {following}"
    yield f"n3 {following[-3:]}"
    yield f"p {before}"
    yield f"p3 {before[-3:]}"
    yield f"wn {word[-3:]} {following[-3:]}"
    yield f"w2n {word[-2:]} {following}"
    yield f"pw {before[-3:]} {word[-3:]}"
    yield f"nn {following[-3:]} {second[-3:]}"
    length = min(since, _LONG_SENTENCE)
    yield f"l {length}"
    yield f"lw {length // 2} {word[-3:]}"
    if asks:
        yield f"q {word[-2:]}"
        yield "q"


def parse_weights(text: str) -> MarkTagger:
    """Read what ``format_weights`` wrote.

    Raises:
        Internal: a line is not of its form; the file ships with this module.
    """
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    weights: dict[str, tuple[int, ...]] = {}
    for number, line in enumerate(lines[1:], start=2):
        feature, _, numbers = line.partition("\t")
        try:
            weights[feature] = tuple(map(int, numbers.split()))
        except ValueError as error:
            raise Internal(f"weights of marks, line {number}: {error}") from error
        if len(weights[feature]) != len(MARKS):
            raise Internal(f"weights of marks, line {number}: not {len(MARKS)} numbers")
    return MarkTagger(weights, int(lines[0]))


def format_weights(tagger: MarkTagger, comments: Sequence[str]) -> str:
    """As text: comments, the scale, then a feature a line."""
    rows = (
        f"{feature}\t{' '.join(map(str, weights))}"
        for feature, weights in sorted(tagger.weights.items())
    )
    return "\n".join([*(f"# {comment}" for comment in comments), str(tagger.scale), *rows]) + "\n"


def load_tagger(name: str) -> MarkTagger:
    """The weights in the file of this name beside this module."""
    return parse_weights(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
