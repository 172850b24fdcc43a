"""How many names are written right: spoken by Piper, recognised by the starter model, then mended.

    python -m benchmarks.names [--data tests/unit/text/vocabulary/data]

English only: the starter recogniser does not understand the free Russian and Kazakh voices. Each
sentence of the tests' name lists is spoken and recognised twice, without and with the glossary's
hotwords, and each text is scored as it is and mended by the glossary. A name counts as right where
its spelling stands in the text; as wrong where a name of the glossary stands that was not said.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from piper import PiperVoice, SynthesisConfig
from rich.console import Console
from rich.table import Table

from benchmarks.processor import processor
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Samples
from models.engines.base import CallContext, EngineOptions
from models.engines.faster_whisper import FasterWhisperEngine
from models.store import ModelStore
from text.vocabulary import Glossary, VocabularyCorrector, parse_glossary

VOICE = "piper-en-us-joe"
HOTWORD_LETTERS = 300
_SAME_EVERY_TIME = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)


def speak(voice: PiperVoice, sentence: str) -> Samples:
    """float32 [samples] at 16 kHz, half a second of silence at both ends."""
    chunks = list(voice.synthesize(sentence, _SAME_EVERY_TIME))
    spoken = np.concatenate([chunk.audio_float_array for chunk in chunks])
    resampled = soxr.resample(spoken, chunks[0].sample_rate, SAMPLE_RATE)
    return np.pad(resampled.astype(np.float32), SAMPLE_RATE // 2)


@dataclass(slots=True)
class Count:
    """Over all sentences."""

    said: int = 0
    right: int = 0
    wrong: int = 0

    def add(self, text: str, said: set[str], glossary: Glossary) -> None:
        """Count the names in one recognised text."""
        words = f" {text} "
        written = {
            entry.spelling
            for entry in glossary.entries
            if any(f" {entry.spelling}{end}" in words for end in (" ", ".", ",", "'", "?", "!"))
        }
        covered = {part for name in said for part in name.split()}
        self.said += len(said)
        self.right += len(said & written)
        self.wrong += sum(not (name in said or name in covered) for name in written)


def names_in(sentence: str, glossary: Glossary) -> set[str]:
    """The glossary's names in a sentence, the longest where one holds another."""
    found = {entry.spelling for entry in glossary.entries if entry.spelling in sentence}
    return {name for name in found if not any(name != other and name in other for other in found)}


def corrected(corrector: VocabularyCorrector, words: Iterable[tuple[str, float]]) -> str:
    """The text of recognised words, mended."""
    texts, confidences = zip(*words, strict=True)
    return " ".join(each.text for each in corrector.correct(texts, confidences))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    data = Path("tests/unit/text/vocabulary/data")
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    parser.add_argument("--show", action="store_true", help="print every text")
    arguments = parser.parse_args()
    store = ModelStore()
    voice = PiperVoice.load(next(store.ensure(VOICE).glob("*.onnx")))
    engine = FasterWhisperEngine.open(store.ensure("whisper-base"), EngineOptions())
    counts: dict[str, Count] = {}
    for names in ("names", "unseen"):
        file = "glossary.tsv" if names == "names" else "unseen.glossary.tsv"
        glossary = parse_glossary((arguments.data / file).read_text(encoding="utf-8"))
        corrector = VocabularyCorrector(glossary, "en")
        hotwords = glossary.hotwords("en", HOTWORD_LETTERS)
        for line in (arguments.data / f"{names}.en.tsv").read_text(encoding="utf-8").splitlines():
            sentence = line.split("\t")[1]
            said = names_in(sentence, glossary)
            samples = speak(voice, sentence)
            for label, given in (("plain", ()), ("hotwords", hotwords)):
                request = RecognitionRequest(samples, ("en",), hotwords=given, beam_size=5)
                words = engine.recognize(request, CallContext()).words
                if not words:
                    continue
                before = " ".join(word.text for word in words)
                after = corrected(corrector, ((word.text, word.confidence) for word in words))
                for state, text in ((label, before), (f"{label}, mended", after)):
                    counts.setdefault(state, Count()).add(text, said, glossary)
                if arguments.show:
                    print(f"{label:9} {sentence} | {before} | {after}")
    table = Table("recognised", "names said", "right", "wrong")
    for state, count in counts.items():
        share = f"{count.right} ({count.right / count.said:.0%})"
        table.add_row(state, str(count.said), share, str(count.wrong))
    Console().print(table)
    arguments.out.mkdir(parents=True, exist_ok=True)
    report = {
        "machine": {"cpu": processor(), "python": platform.python_version()},
        "counts": {
            state: {"said": count.said, "right": count.right, "wrong": count.wrong}
            for state, count in counts.items()
        },
    }
    (arguments.out / "names.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
