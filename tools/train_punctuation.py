"""Train the Kazakh mark tagger of text/punctuation, and list words written with a capital.

    PYTHONPATH=. python tools/train_punctuation.py ../shared/data [--epochs 6]

Learns from the first nine tenths of the news (benchmarks.punctuation scores the last) and from read
prompts; writes marks.kk.txt and capitals.kk.txt into text/punctuation.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.punctuation import SENTENCES_AN_UTTERANCE, Labelled, labelled, load
from text.punctuation.perceptron import MARKS, MarkTagger, features, format_weights
from text.punctuation.shapes import SHAPES
from text.punctuation.tagged import asking_words
from text.vocabulary.kazakh_endings import split_endings
from text.vocabulary.sounds import plain_letters

NEWS = "mono-kk/kaznerd_news.txt"
PROMPTS = "mono-kk/common_voice_sentences.txt"
SOURCES = (
    "Made by tools/train_punctuation.py from: IS2AI/KazNERD news sentences, CC BY 4.0;",
    "Mozilla Common Voice sentences, CC0 1.0.",
)
ASKS = asking_words(SHAPES["kk"])
TARGET = Path(__file__).parents[1] / "text" / "punctuation"


def utterances(data: Path) -> list[list[Labelled]]:
    """Runs of five sentences to learn from."""
    held_out = set(load(data / NEWS))
    runs = []
    for name in (NEWS, PROMPTS):
        lines = (data / name).read_text(encoding="utf-8").splitlines()
        parts = [labelled(line) for line in lines if line not in held_out]
        parts = [part for part in parts if part]
        if name == PROMPTS:
            random.Random(2).shuffle(parts)
        for start in range(0, len(parts), SENTENCES_AN_UTTERANCE):
            run = parts[start : start + SENTENCES_AN_UTTERANCE]
            runs.append([word for part in run for word in part])
    return runs


class Trainer:
    """An averaged perceptron over the features that occur often enough."""

    def __init__(self, runs: Sequence[Sequence[Labelled]], least: int) -> None:
        self.examples: list[tuple[list[str], int]] = []
        counts: Counter[str] = Counter()
        for run in runs:
            words = [word.spoken for word in run]
            since, asks = 0, False
            for index, word in enumerate(run):
                asks = asks or word.spoken in ASKS
                found = list(features(words, index, since, asks))
                counts.update(found)
                self.examples.append((found, MARKS.index(word.mark)))
                since += 1
                if word.mark in (".", "?"):
                    since, asks = 0, False
        self.examples = [
            ([name for name in found if counts[name] >= least], mark)
            for found, mark in self.examples
        ]
        self.weights: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(MARKS))
        self.totals: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(MARKS))
        self.steps = 0

    def epoch(self, seed: int) -> float:
        """One pass in random order; the share of words tagged right."""
        order = list(range(len(self.examples)))
        random.Random(seed).shuffle(order)
        right = 0
        for at in order:
            found, wanted = self.examples[at]
            self.steps += 1
            scores = [0.0] * len(MARKS)
            rows = [self.weights[name] for name in found]
            for row in rows:
                for mark in range(len(MARKS)):
                    scores[mark] += row[mark]
            guess = max(range(len(MARKS)), key=scores.__getitem__)
            if guess == wanted:
                right += 1
                continue
            for name, row in zip(found, rows, strict=True):
                total = self.totals[name]
                row[wanted] += 1
                row[guess] -= 1
                total[wanted] += self.steps
                total[guess] -= self.steps
        return right / len(order)

    def averaged(self, scale: int, least: float) -> MarkTagger:
        """Whole numbers; features whose weights are all below ``least`` are left out."""
        kept = {}
        for name, row in self.weights.items():
            averages = [
                weight - total / self.steps
                for weight, total in zip(row, self.totals[name], strict=True)
            ]
            if max(map(abs, averages)) >= least:
                kept[name] = [round(average * scale) for average in averages]
        return MarkTagger(kept, scale)


def capitals(runs: Sequence[Sequence[Labelled]], least: int) -> list[str]:
    """Words that inside sentences are nearly always written with a capital, as written most.

    Without those that are others of them with endings.
    """
    upper: dict[str, Counter[str]] = defaultdict(Counter)
    lower: Counter[str] = Counter()
    for run in runs:
        for before, word in pairwise(run):
            if before.mark not in (".", "?"):
                if word.capital:
                    upper[plain_letters(word.spoken)][word.written] += 1
                else:
                    lower[plain_letters(word.spoken)] += 1
    names = {
        word: written.most_common(1)[0][0]
        for word, written in upper.items()
        if least <= written.total() and 9 * lower[word] <= written.total()
    }
    return sorted(
        written
        for word, written in names.items()
        if not any(stem in names for stem, ending, _ in split_endings(word) if ending)
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--least-count", type=int, default=4)
    parser.add_argument("--least-weight", type=float, default=1.2)
    arguments = parser.parse_args()
    runs = utterances(arguments.data)
    trainer = Trainer(runs, arguments.least_count)
    for epoch in range(arguments.epochs):
        print(f"epoch {epoch + 1}: {trainer.epoch(epoch):.4f} right")
    tagger = trainer.averaged(10, arguments.least_weight)
    (TARGET / "marks.kk.txt").write_text(format_weights(tagger, SOURCES), encoding="utf-8")
    words = capitals(runs, 3)
    header = "".join(f"# {line}\n" for line in SOURCES)
    (TARGET / "capitals.kk.txt").write_text(header + "\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(tagger.weights)} features, {len(words)} words with a capital")


if __name__ == "__main__":
    main()
