"""Text into a model's pieces and back, without torch.

Pieces are handled as strings: CTranslate2 looks them up in the model's own vocabulary, so that the
ways in which checkpoints number them (fairseq's offset, added tokens) do not matter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import sentencepiece
from tokenizers import Tokenizer

from foundation.errors import FailedPrecondition

SPACE: Final = "▁"
"""What SentencePiece writes for a space: it begins words."""

_SOURCE_FILES: Final = ("source.spm", "sentencepiece.bpe.model", "spiece.model")
_TARGET_FILES: Final = ("target.spm", "sentencepiece.bpe.model", "spiece.model")
_TOKENIZER: Final = "tokenizer.json"


class Pieces(ABC):
    """A tokenizer. Threads may share one."""

    @abstractmethod
    def encode(self, text: str) -> list[str]:
        """Text to pieces. No text gives a special token such as ``</s>``."""

    @abstractmethod
    def decode(self, pieces: Sequence[str]) -> str:
        """Pieces to text."""


class SentencePieces(Pieces):
    """A SentencePiece model."""

    def __init__(self, path: Path) -> None:
        try:
            self._model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        except (RuntimeError, OSError) as error:
            raise FailedPrecondition(f"{path} is no SentencePiece model: {error}") from error

    def encode(self, text: str) -> list[str]:
        """See ``Pieces``."""
        pieces: list[str] = self._model.encode(text, out_type=str)
        return pieces

    def decode(self, pieces: Sequence[str]) -> str:
        """See ``Pieces``."""
        text: str = self._model.decode(list(pieces))
        return text.replace(SPACE, " ")  # it leaves the mark in pieces that it does not know


class FastPieces(Pieces):
    """A tokenizer.json of the tokenizers library."""

    def __init__(self, path: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        # The library raises bare Exception.
        except Exception as error:
            raise FailedPrecondition(f"{path} is no tokenizer: {error}") from error
        if self._tokenizer.decoder is None:
            raise FailedPrecondition(f"{path} has no decoder")
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def encode(self, text: str) -> list[str]:
        """See ``Pieces``."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).tokens)

    def decode(self, pieces: Sequence[str]) -> str:
        """See ``Pieces``."""
        decoder = self._tokenizer.decoder
        assert decoder is not None, "checked when it was loaded"
        text: str = decoder.decode(list(pieces))
        return text.strip()


def open_pieces(folder: Path) -> tuple[Pieces, Pieces]:
    """The tokenizers of a model's source and target.

    SentencePiece models are preferred: a tokenizer.json made from one may differ from it.

    Raises:
        FailedPrecondition: the folder holds none, or it cannot be read.
    """
    found = [
        next((folder / name for name in names if (folder / name).is_file()), None)
        for names in (_SOURCE_FILES, _TARGET_FILES)
    ]
    source, target = found
    if source is not None and target is not None:
        first = SentencePieces(source)
        return first, first if source == target else SentencePieces(target)
    if (folder / _TOKENIZER).is_file():
        both = FastPieces(folder / _TOKENIZER)
        return both, both
    names = ", ".join(dict.fromkeys((*_SOURCE_FILES, *_TARGET_FILES, _TOKENIZER)))
    raise FailedPrecondition(f"{folder} holds no tokenizer; wanted is one of {names}")
