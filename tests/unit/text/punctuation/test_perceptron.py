"""The tagger's weights and its score on held-out news."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.punctuation import TEXTS, labelled, load, score
from foundation.errors import Internal
from text.punctuation import RulePunctuator, TaggedPunctuator
from text.punctuation.perceptron import MARKS, MarkTagger, format_weights, parse_weights


def test_weights_are_read_as_written() -> None:
    tagger = MarkTagger({"bias": (1, 0, -2, 0), "n а": (0, 5, 0, 0)}, 10)
    assert parse_weights(format_weights(tagger, ["a comment"])) == tagger


def test_scores_are_sums_over_features() -> None:
    tagger = MarkTagger({"bias": (1, 0, 0, 0), "w келді": (0, 0, 30, 0), "q": (0, 0, 0, 50)}, 10)
    words = ["кім", "келді", "сонда"]
    assert tagger.scores(words, 1, 1, asks=False) == [0.1, 0, 3, 0]
    assert MARKS[tagger.scores(words, 1, 1, asks=True).index(5)] == "?"


@pytest.mark.parametrize("line", ["bias\t1 2 3", "bias", "bias\t1 2 3 x"])
def test_broken_weights_are_refused(line: str) -> None:
    with pytest.raises(Internal, match="line 2"):
        parse_weights(f"10\n{line}\n")


def test_written_sentences_become_labels() -> None:
    words = labelled("«Иә, – деді Асан. – Келемін бе?»")
    assert [(word.spoken, word.mark, word.capital) for word in words] == [
        ("иә", ",", True),
        ("деді", "", False),
        ("асан", ".", True),
        ("келемін", "", True),
        ("бе", "?", False),
    ]


def test_the_tagger_beats_the_rules_on_held_out_news(shared_text: Path) -> None:
    (path,) = [path for name, _, path in TEXTS if name == "news, kk"]
    sentences = load(shared_text / path)
    rules = score(RulePunctuator(), "kk", sentences, with_pauses=False)
    tagged = score(TaggedPunctuator(), "kk", sentences, with_pauses=False)
    assert tagged["."].f1 >= 0.75 > rules["."].f1
    assert tagged[","].f1 >= 0.53 > rules[","].f1
    assert tagged["capital"].f1 >= 0.77
    assert rules["capital"].f1 >= 0.58


@pytest.mark.parametrize(
    ("name", "stop", "comma", "capital"),
    [("FLORES, ru", 0.55, 0.46, 0.59), ("FLORES, en", 0.60, 0.17, 0.52)],
)
def test_rules_with_pauses(
    name: str, stop: float, comma: float, capital: float, shared_text: Path
) -> None:
    ((_, language, path),) = [each for each in TEXTS if each[0] == name]
    rates = score(RulePunctuator(), language, load(shared_text / path), with_pauses=True)
    assert rates["."].f1 >= stop
    assert rates[","].f1 >= comma
    assert rates["capital"].f1 >= capital
