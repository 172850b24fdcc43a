"""Translation on ``ctranslate2.Translator``."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final

import ctranslate2

from foundation.errors import FailedPrecondition
from foundation.languages import LANGUAGES
from foundation.translation import (
    Pair,
    SentenceTranslation,
    TranslationCapabilities,
    TranslationHypothesis,
    TranslationRequest,
)
from models.engines.base import CallContext, EngineOptions, check_any
from models.engines.ctranslate2_translation.alignment import align_words
from models.engines.ctranslate2_translation.cleaning import CleanSentence, clean
from models.engines.ctranslate2_translation.guards import bound_for, find_loop
from models.engines.ctranslate2_translation.prompting import (
    Prompt,
    Prompter,
    open_prompter,
    read_config,
)
from models.engines.ctranslate2_translation.settings import TranslationSettings, read_settings
from models.engines.translation import TranslationEngine

_CHUNK_TOKENS: Final = 1024
"""Of the encoder, padding included, in one call: bounds memory, and how long a cancelled task goes
on."""

_NO_REPEAT: Final = 3
"""Pieces of the phrases that a second attempt may not say twice."""

_IMPOSSIBLE: Final = -1e4
"""CTranslate2 gives beams that must not be a score of -1e10."""


@dataclass(slots=True)
class _Job:
    """One sentence on its way through the model."""

    request: TranslationRequest
    sentence: CleanSentence
    prompt: Prompt
    prefix: str
    forced: list[str]
    """What the decoder is made to begin with: language, and the pieces of the prefix."""

    hidden: int
    """How many of ``forced`` are no text."""

    bound: int
    """Tokens that the decoder may write, ``forced`` included."""

    @property
    def pair(self) -> Pair:
        return self.request.source, self.request.target


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One hypothesis, judged."""

    pieces: tuple[str, ...]
    """Text alone, the prefix included."""

    attention: Sequence[Sequence[float]]
    score: float
    ended: bool
    loops: bool
    glued: bool = field(default=False)
    """It goes on inside the prefix's last word."""

    @property
    def sound(self) -> bool:
        return self.ended and not self.loops


class CTranslate2Engine(TranslationEngine):
    """Any sequence-to-sequence translation checkpoint converted to CTranslate2."""

    concurrent: ClassVar[bool] = True

    def __init__(
        self,
        translator: Any,
        prompter: Prompter,
        settings: TranslationSettings,
        pairs: tuple[Pair, ...],
        size: int = 0,
    ) -> None:
        self._translator = translator
        self._prompter = prompter
        self._settings = settings
        self._pairs = pairs
        self._size = size

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> CTranslate2Engine:
        """Load a CTranslate2 translation model and its tokenizer.

        Raises:
            FailedPrecondition: a setting of the card is wrong, the folder holds no such model, its
                vocabulary does not fit the settings, or the device cannot run it.
        """
        settings = read_settings(options.settings)
        pairs = _pairs(options)
        config = read_config(folder)
        prompter = open_prompter(folder, settings, pairs, config)
        device, _, index = options.device.partition(":")
        compute = _compute_type(options, settings.family, device, int(index or 0))
        try:
            translator = ctranslate2.Translator(
                str(folder),
                device=device,
                device_index=int(index or 0),
                compute_type=compute,
                inter_threads=options.workers,
                intra_threads=1,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise FailedPrecondition(f"cannot load a translator from {folder}: {error}") from error
        size = _memory(folder, str(config.get("quantization", "")), str(translator.compute_type))
        return cls(translator, prompter, settings, pairs, size)

    @property
    def capabilities(self) -> TranslationCapabilities:
        """The card's pairs."""
        return TranslationCapabilities(
            self._pairs, self._prompter.max_sentence_tokens, self._settings.placeholders
        )

    def memory_bytes(self) -> int:
        """The weights as the device holds them."""
        return self._size

    def close(self) -> None:
        """Free the weights."""
        self._translator.unload_model()

    def _translate(
        self, requests: Sequence[TranslationRequest], contexts: Sequence[CallContext]
    ) -> list[tuple[SentenceTranslation, ...]]:
        results: list[list[SentenceTranslation | None]] = []
        jobs: list[tuple[int, int, _Job]] = []
        for number, request in enumerate(requests):
            row: list[SentenceTranslation | None] = []
            for place, text in enumerate(request.sentences):
                prefix = " ".join(request.prefixes[place].split()) if request.prefixes else ""
                made = self._prepare(request, text, prefix)
                row.append(None if isinstance(made, _Job) else made)
                if isinstance(made, _Job):
                    jobs.append((number, place, made))
            results.append(row)
        jobs.sort(key=lambda entry: len(entry[2].prompt.tokens))
        for chunk in _chunks(jobs):
            check_any(contexts)
            for (number, place, job), attempts in zip(
                chunk, self._decode([job for _, _, job in chunk]), strict=True
            ):
                if not attempts[0].sound:
                    check_any(contexts)
                    attempts = self._second(job, attempts)
                results[number][place] = self._result(job, attempts)
        return [tuple(one for one in row if one is not None) for row in results]

    def _prepare(
        self, request: TranslationRequest, text: str, prefix: str
    ) -> _Job | SentenceTranslation:
        """The job of a sentence, or at once the result of one that says nothing."""
        sentence = clean(text)
        if not sentence.speaks:
            kept = sentence.text if sentence.text.startswith(prefix) else prefix
            words = sentence.places if request.alignment and kept == sentence.text else ()
            return SentenceTranslation((TranslationHypothesis(kept, 0.0, words),))
        pair = (request.source, request.target)
        prompt = self._prompter.write(sentence, pair)
        hidden = self._prompter.target_tokens(pair)
        forced = [*hidden, *self._prompter.encode_target(clean(prefix).text)]
        bound = len(forced) + bound_for(len(prompt.pieces), self._settings.expansion)
        bound = min(bound, self._prompter.max_tokens)
        if bound <= len(forced):
            hypothesis = TranslationHypothesis(prefix, 0.0)
            return SentenceTranslation((hypothesis,), cut=True)
        return _Job(request, sentence, prompt, prefix, forced, len(hidden), bound)

    def _decode(self, jobs: Sequence[_Job], *, no_repeat: int = 0) -> list[list[_Attempt]]:
        """The hypotheses of each job, the likeliest first; at least one each."""
        request = jobs[0].request
        prefixed = any(job.prefix for job in jobs)
        results = self._translator.translate_batch(
            [list(job.prompt.tokens) for job in jobs],
            target_prefix=[job.forced for job in jobs] if any(job.forced for job in jobs) else None,
            beam_size=request.beam_size,
            patience=self._settings.patience,
            # With a prefix others may be wanted in the place of one that goes on inside a word.
            num_hypotheses=request.beam_size if prefixed else request.alternatives,
            no_repeat_ngram_size=no_repeat,
            return_scores=True,
            return_attention=request.alignment,
            return_end_token=True,
            replace_unknowns=True,
            max_input_length=0,
            max_decoding_length=max(job.bound for job in jobs),
        )
        return [self._judge(job, result) for job, result in zip(jobs, results, strict=True)]

    def _judge(self, job: _Job, result: Any) -> list[_Attempt]:
        attempts = []
        for number, tokens in enumerate(result.hypotheses):
            attention = result.attention[number] if result.attention else ()
            attempts.append(self._attempt(job, tokens, result.scores[number], attention))
        attempts.sort(key=lambda attempt: -attempt.score)
        possible = [attempt for attempt in attempts if attempt.score > _IMPOSSIBLE]
        whole = [attempt for attempt in possible if not attempt.glued]
        return whole or possible or attempts[:1]

    def _attempt(
        self, job: _Job, tokens: Sequence[str], score: float, attention: Sequence[Sequence[float]]
    ) -> _Attempt:
        # Of CTranslate2's score the divisor is all tokens, the forced ones too, which cost nothing.
        said = len(tokens) - len(job.forced)
        score = min(0.0, score * len(tokens) / said) if said > 0 else 0.0
        end = min(len(tokens), job.bound)
        ended = end > len(job.forced) and tokens[end - 1] == "</s>"
        last = end - 1 if ended else end
        # The forced pieces as they are: what the vocabulary lacks comes back as something else.
        pieces = (*job.forced[job.hidden :], *tokens[len(job.forced) : last])
        new = pieces[len(job.forced) - job.hidden :]
        return _Attempt(
            pieces,
            attention[job.hidden : last],
            score,
            ended,
            loops=find_loop(new, job.prompt.pieces) is not None,
            glued=bool(job.prefix) and self._tail(job, pieces)[:1].isalnum(),
        )

    def _second(self, job: _Job, first: list[_Attempt]) -> list[_Attempt]:
        """What to take where the likeliest hypothesis loops or does not end.

        Such a sentence is decoded once more, alone, so that its result does not depend on the batch
        that it came in.
        """
        again = self._decode([job], no_repeat=_NO_REPEAT)[0]
        sound = [attempt for attempt in again if attempt.sound]
        if sound:
            return sound
        best = min((*first[:1], *again[:1]), key=lambda attempt: attempt.loops)
        return [best]

    def _result(self, job: _Job, attempts: list[_Attempt]) -> SentenceTranslation:
        best = attempts[0]
        kept = [best, *(other for other in attempts[1:] if other.sound)]
        hypotheses: dict[str, TranslationHypothesis] = {}
        for attempt in kept:
            pieces = self._without_loop(job, attempt)
            text = self._text(job, pieces)
            if text not in hypotheses and len(hypotheses) < job.request.alternatives:
                words = self._align(job, attempt, pieces, text) if job.request.alignment else ()
                hypotheses[text] = TranslationHypothesis(text, attempt.score, words)
        return SentenceTranslation(tuple(hypotheses.values()), cut=job.prompt.cut or not best.sound)

    def _without_loop(self, job: _Job, attempt: _Attempt) -> tuple[str, ...]:
        """The pieces up to the first time that a loop says its phrase."""
        forced = len(job.forced) - job.hidden
        loop = find_loop(attempt.pieces[forced:], job.prompt.pieces) if attempt.loops else None
        if loop is None:
            return attempt.pieces
        return attempt.pieces[: forced + loop.start + loop.period]

    def _text(self, job: _Job, pieces: Sequence[str]) -> str:
        if not job.prefix:
            return self._prompter.decode(pieces)
        tail = self._tail(job, pieces)
        if tail[:1].isalnum():  # no hypothesis kept the prefix's last word whole
            rest = tail.partition(" ")[2] if job.prefix[-1].isalnum() else tail
            tail = f" {rest}"
        return (job.prefix + tail).rstrip()

    def _tail(self, job: _Job, pieces: Sequence[str]) -> str:
        """What follows the prefix, with the space before it if there is one."""
        forced = job.forced[job.hidden :]
        head, whole = self._prompter.decode(forced), self._prompter.decode(pieces)
        if whole.startswith(head):
            return whole[len(head) :]
        return " " + self._prompter.decode(pieces[len(forced) :])

    def _align(
        self, job: _Job, attempt: _Attempt, pieces: Sequence[str], text: str
    ) -> tuple[int, ...]:
        return align_words(
            attempt.attention[: len(pieces)],
            pieces,
            len(text.split()),
            self._prompter.word_places(job.prompt, job.sentence, job.pair),
            job.prompt.first,
        )


def _pairs(options: EngineOptions) -> tuple[Pair, ...]:
    named = options.pairs or tuple(itertools.permutations(options.languages, 2))
    pairs = tuple(
        (source, target)
        for source in LANGUAGES
        for target in LANGUAGES
        if (source, target) in named
    )
    if not pairs:
        raise FailedPrecondition(
            f"the model's card names no pair of {', '.join(LANGUAGES)}: see pairs and languages"
        )
    return pairs


def _compute_type(options: EngineOptions, family: str, device: str, index: int) -> str:
    if options.compute_type != "default":
        return options.compute_type
    if device == "cpu":
        return "int8"
    able = ctranslate2.get_supported_compute_types(device, index)
    # T5's activations leave the range of float16.
    half = "bfloat16" if family == "t5" else "float16"
    return half if half in able else "float32"


def _memory(folder: Path, stored: str, computed: str) -> int:
    """Bytes of the weights: those of the file, unless they are held in another type."""
    path = folder / "model.bin"
    size = path.stat().st_size if path.is_file() else 0
    widths = {"int8": 1, "int16": 2, "float16": 2, "bfloat16": 2, "float32": 4}
    before, now = widths.get(stored.partition("_")[0]), widths.get(computed.partition("_")[0])
    return math.ceil(size * now / before) if before and now else size


def _chunks(
    jobs: Sequence[tuple[int, int, _Job]],
) -> Iterator[Sequence[tuple[int, int, _Job]]]:
    """Jobs in ascending length, so many that their padded tokens stay below the limit."""
    start = 0
    for end in range(1, len(jobs) + 1):
        longest = len(jobs[min(end, len(jobs) - 1)][2].prompt.tokens)
        if end == len(jobs) or longest * (end + 1 - start) > _CHUNK_TOKENS:
            yield jobs[start:end]
            start = end
