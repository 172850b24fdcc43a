"""Measure the converted model: chrF and BLEU a direction, beside copying the source.

    python -m models.recipes.starter_translator.evaluate --model DIR --flores DIR
        [--held-out FILE] [--json FILE]

FLORES-200 dev (wiki and news prose, long sentences) is far from what the model was trained on;
the held-out lines are near to it. Copying the source is the floor: names and numbers alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path

from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.held_out import HeldOut, read_held_out
from models.recipes.starter_translator.translator import Translator


@dataclass(frozen=True, slots=True)
class Score:
    """One direction of one test set; chrF and BLEU are 0 to 100."""

    test_set: str
    direction: str
    lines: int
    chrf: float
    bleu: float
    copied_chrf: float
    copied_bleu: float
    lines_per_second: float


def flores(folder: Path, limit: int | None = None) -> list[HeldOut]:
    """All six directions of FLORES-200 dev; ``limit`` lines of each, from the start."""
    texts = {
        language: (folder / f"flores200.dev.{language}").read_text(encoding="utf-8").split("\n")
        for language in LANGUAGES
    }
    return [
        HeldOut("flores", source, text, target, translation)
        for source, target in permutations(LANGUAGES, 2)
        for text, translation in list(zip(texts[source], texts[target], strict=True))[:limit]
        if text
    ]


def score(translator: Translator, pairs: Sequence[HeldOut]) -> Iterator[Score]:
    """Translate and score, test set by test set and direction by direction."""
    import sacrebleu

    groups: dict[tuple[str, str, str], list[HeldOut]] = {}
    for pair in pairs:
        key = (pair.source, pair.source_language, pair.target_language)
        groups.setdefault(key, []).append(pair)
    for (test_set, source, target), members in groups.items():
        texts = [pair.text for pair in members]
        references = [[pair.translation for pair in members]]
        began = time.perf_counter()
        translated = translator.translate(texts, source, target)
        seconds = time.perf_counter() - began
        yield Score(
            test_set,
            f"{source}-{target}",
            len(members),
            round(sacrebleu.corpus_chrf(translated, references).score, 1),
            round(sacrebleu.corpus_bleu(translated, references).score, 1),
            round(sacrebleu.corpus_chrf(texts, references).score, 1),
            round(sacrebleu.corpus_bleu(texts, references).score, 1),
            round(len(members) / seconds, 1),
        )


def main() -> None:
    """Run from the command line; prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a CTranslate2 folder")
    parser.add_argument("--flores", type=Path, required=True, help="holds flores200.dev.*")
    parser.add_argument("--held-out", type=Path, help="what prepare held out")
    parser.add_argument("--limit", type=int, help="FLORES lines a direction")
    parser.add_argument("--beam", type=int, default=4)
    parser.add_argument("--json", type=Path, help="scores as JSON, too")
    arguments = parser.parse_args()
    translator = Translator(arguments.model, beam_size=arguments.beam)
    pairs = flores(arguments.flores, arguments.limit)
    pairs += read_held_out(arguments.held_out) if arguments.held_out else []
    print("| test set | direction | lines | chrF | copied | BLEU | copied | lines/s |")  # noqa: T201
    print("|---|---|---:|---:|---:|---:|---:|---:|")  # noqa: T201
    scores = []
    for result in score(translator, pairs):
        scores.append(asdict(result))
        print(  # noqa: T201
            f"| {result.test_set} | {result.direction} | {result.lines} | {result.chrf} | "
            f"{result.copied_chrf} | {result.bleu} | {result.copied_bleu} | "
            f"{result.lines_per_second} |",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(scores, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
