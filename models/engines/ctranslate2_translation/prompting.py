"""What a model reads for a sentence, and what its answer says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import FailedPrecondition
from foundation.translation import Pair
from models.engines.ctranslate2_translation.alignment import words_of_pieces
from models.engines.ctranslate2_translation.cleaning import CleanSentence
from models.engines.ctranslate2_translation.pieces import SPACE, Pieces, open_pieces
from models.engines.ctranslate2_translation.settings import (
    SENTENCE,
    TranslationSettings,
    fill,
)

CONFIG_FILE: Final = "config.json"
DEFAULT_MAX_TOKENS: Final = 512
_SPECIAL: Final = frozenset({"<s>", "<pad>", "</s>", "<unk>"})
_VOCABULARIES: Final = ("shared_vocabulary", "source_vocabulary", "target_vocabulary")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sentence as the encoder reads it."""

    tokens: tuple[str, ...]

    first: int
    """Where the pieces of the text begin in ``tokens``."""

    pieces: tuple[str, ...]
    """Of the text, and of what the model's prompt puts around it."""

    cut: bool
    """The sentence was longer than the model reads."""


class Prompter:
    """Writes a model's prompts, and reads its answers."""

    def __init__(
        self, settings: TranslationSettings, source: Pieces, target: Pieces, max_tokens: int
    ) -> None:
        self._settings = settings
        self._source = source
        self._target = target
        self.max_tokens = max_tokens
        self._around = len(settings.source) - 1

    @property
    def max_sentence_tokens(self) -> int:
        """Pieces that fit beside the model's own tokens."""
        return self.max_tokens - self._around

    def write(self, sentence: CleanSentence, pair: Pair) -> Prompt:
        """The prompt of a sentence; one that is too long is cut, at a word's end if it can be."""
        text = self._fill(self._settings.prompt, pair).replace(SENTENCE, sentence.text)
        pieces = self._source.encode(text)
        cut = len(pieces) > self.max_sentence_tokens
        if cut:
            pieces = _cut(pieces, self.max_sentence_tokens)
        tokens: list[str] = []
        first = 0
        for part in self._settings.source:
            if part == SENTENCE:
                first = len(tokens)
                tokens += pieces
            else:
                tokens.append(self._fill(part, pair))
        return Prompt(tuple(tokens), first, tuple(pieces), cut)

    def target_tokens(self, pair: Pair) -> list[str]:
        """What each translation begins with without saying it."""
        return [self._fill(part, pair) for part in self._settings.target]

    def encode_target(self, text: str) -> list[str]:
        """The pieces of a translation's beginning."""
        return self._target.encode(text) if text else []

    def decode(self, pieces: Iterable[str]) -> str:
        """The text of a translation, special tokens left out."""
        return " ".join(self._target.decode([p for p in pieces if p not in _SPECIAL]).split())

    def word_places(self, prompt: Prompt, sentence: CleanSentence, pair: Pair) -> list[int]:
        """For each piece of a prompt the word of the sentence that it is of; -1: of none."""
        before, _, after = self._fill(self._settings.prompt, pair).partition(SENTENCE)
        first = len(before.split())
        words = [*before.split(), *sentence.words, *after.split()]
        found = words_of_pieces(prompt.pieces, words, self._source)
        return [
            sentence.places[word - first] if 0 <= word - first < len(sentence.words) else -1
            for word in found
        ]

    def _fill(self, template: str, pair: Pair) -> str:
        codes = self._settings.codes
        return fill(template, codes[pair[0]], codes[pair[1]])


def _cut(pieces: list[str], room: int) -> list[str]:
    """The first pieces, and of those no half word unless it is half of all."""
    end = room
    while end > room // 2 and not pieces[end].startswith(SPACE):
        end -= 1
    return pieces[: end if pieces[end].startswith(SPACE) else room]


def open_prompter(
    folder: Path, settings: TranslationSettings, pairs: Iterable[Pair], config: Mapping[str, Any]
) -> Prompter:
    """The prompter of a converted model's folder.

    Raises:
        FailedPrecondition: a tokenizer or vocabulary is missing, or the vocabulary lacks a token
            that a pair needs: names both.
    """
    known = config.get("max_position_embeddings")
    max_tokens = settings.max_tokens or (known if isinstance(known, int) else DEFAULT_MAX_TOKENS)
    prompter = Prompter(settings, *open_pieces(folder), max_tokens)
    vocabulary = _read_vocabulary(folder)
    for pair in pairs:
        prompt = prompter.write(CleanSentence((), ()), pair)
        special = [*prompt.tokens[: prompt.first], *prompt.tokens[prompt.first :]]
        for token in [*special, *prompter.target_tokens(pair)]:
            if token not in vocabulary and token != SPACE:
                raise FailedPrecondition(
                    f"{'-'.join(pair)} needs the token {token!r}, which the model's vocabulary "
                    "lacks: see settings.family, codes, source, target and prompt of its card"
                )
    return prompter


def read_config(folder: Path) -> dict[str, Any]:
    """The config.json of a converted model.

    Raises:
        FailedPrecondition: it cannot be read.
    """
    path = folder / CONFIG_FILE
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FailedPrecondition(f"{path} cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise FailedPrecondition(f"{path} is no table")
    return config


def _read_vocabulary(folder: Path) -> frozenset[str]:
    tokens: set[str] = set()
    for name in _VOCABULARIES:
        path = folder / f"{name}.json"
        try:
            if path.is_file():
                tokens.update(json.loads(path.read_text("utf-8")))
            elif (folder / f"{name}.txt").is_file():
                # Not splitlines: pieces may be other line ends, such as U+2028.
                tokens.update((folder / f"{name}.txt").read_text("utf-8").split("\n"))
        except (OSError, ValueError) as error:
            raise FailedPrecondition(f"{path} cannot be read: {error}") from error
    if not tokens:
        raise FailedPrecondition(f"{folder} holds no vocabulary: {' or '.join(_VOCABULARIES)}")
    return frozenset(tokens)
