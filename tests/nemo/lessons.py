"""What the tiny models learn: sentences of espeak-ng, cut and joined, and the time of each word."""

from __future__ import annotations

import json
import random
import wave
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import sentencepiece
import torch

from foundation.speech import SAMPLE_RATE, Samples
from tests.nemo.espeak import Espeak, Spoken

SENTENCES: Final = (
    ("kk", "бүгін қалада жаңа мектеп ашылды"),
    ("kk", "үкімет маңызды шешім қабылдады"),
    ("kk", "ертең ауа райы жақсы болады"),
    ("ru", "сегодня в городе открыли школу"),
    ("ru", "завтра будет хорошая погода"),
    ("ru", "правительство приняло важное решение"),
    ("en", "good evening and welcome to the news"),
    ("en", "the weather will be fine tomorrow"),
)
"""What the models know: language and text."""

_VOICES: Final = {"kk": "kk", "ru": "ru", "en": "en-us"}
_RATES: Final = (145, 160, 175)
_PITCHES: Final = (42, 50, 58)
_BATCH: Final = 8
_LONGEST: Final = 6 * SAMPLE_RATE
_PIECES: Final = 180


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of the closed set, as a file."""

    language: str
    text: str
    file: str


def speak() -> list[list[Spoken]]:
    """Each sentence in several rates and pitches, the plain one first."""
    espeak = Espeak()
    return [
        [espeak.say(text, _VOICES[language])]
        + [
            espeak.say(text, _VOICES[language], rate, pitch)
            for rate in _RATES
            for pitch in _PITCHES
        ]
        for language, text in SENTENCES
    ]


def write_speech(folder: Path, spoken: list[list[Spoken]]) -> None:
    folder.mkdir(parents=True)
    entries = []
    for number, ((language, text), variants) in enumerate(zip(SENTENCES, spoken, strict=True)):
        name = f"{number}-{language}.wav"
        with wave.open(str(folder / name), "wb") as target:
            target.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            target.writeframes((variants[0].samples * 32767).astype(np.int16).tobytes())
        entries.append(asdict(Sentence(language, text, name)))
    (folder / "speech.json").write_text(json.dumps(entries, ensure_ascii=False, indent=1), "utf-8")


@dataclass(frozen=True, slots=True)
class Lesson:
    samples: Samples
    words: tuple[tuple[str, int, int], ...]
    """Each with its first sample and the one after its last."""

    @property
    def text(self) -> str:
        return " ".join(word for word, _, _ in self.words)


class Lessons:
    """Endless batches: parts of sentences, one after another, with pauses and faint noise."""

    def __init__(self, spoken: list[Spoken]) -> None:
        self._spoken = spoken
        self._noise = np.random.default_rng(1)

    def batch(self) -> tuple[Any, Any, list[Lesson]]:
        """Signals [n, t], their lengths, and what is said in them."""
        lessons = [self._lesson() for _ in range(_BATCH)]
        lengths = [lesson.samples.size for lesson in lessons]
        signals = np.zeros((_BATCH, max(lengths)), np.float32)
        for row, lesson in enumerate(lessons):
            signals[row, : lesson.samples.size] = lesson.samples
        return torch.from_numpy(signals), torch.tensor(lengths), lessons

    def _lesson(self) -> Lesson:
        pieces = [_silence(0.05, 0.5)]
        words: list[tuple[str, int, int]] = []
        while True:
            part = self._part()
            size = sum(piece.size for piece in pieces)
            if words and (size + part.samples.size > _LONGEST or random.random() < 0.2):
                break
            borders = [*part.starts, part.samples.size]
            for word, (start, end) in zip(part.text.split(), pairwise(borders), strict=True):
                words.append((word, size + start, size + end))
            pieces += [part.samples, _silence(0.0, random.choice((0.0, 0.1, 0.6, 1.0)))]
        joined = np.concatenate(pieces) * random.uniform(0.4, 1.0)
        joined += self._noise.normal(0, random.uniform(0, 0.003), joined.size)
        return Lesson(joined.astype(np.float32), tuple(words))

    def _part(self) -> Spoken:
        one = random.choice(self._spoken)
        count = len(one.starts)
        if random.random() < 0.5:
            return one.part(0, count)
        first = random.randrange(count)
        return one.part(first, random.randint(first + 1, count))


def _silence(least: float, most: float) -> Samples:
    return np.zeros(round(random.uniform(least, most) * SAMPLE_RATE), np.float32)


def train_tokenizer(folder: Path) -> None:
    folder.mkdir(parents=True)
    text = folder / "text.txt"
    text.write_text("\n".join(sentence for _, sentence in SENTENCES), "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "tokenizer"),
        vocab_size=_PIECES,
        model_type="bpe",
        character_coverage=1.0,
        bos_id=-1,
        eos_id=-1,
        minloglevel=2,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    # NeMo keeps the vocabulary as one piece a line beside the model.
    lines = [pieces.id_to_piece(number) for number in range(1, pieces.get_piece_size())]
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", "utf-8")
