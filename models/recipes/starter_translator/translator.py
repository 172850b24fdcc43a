"""Translating with the converted model: what the recipe measures is what ships."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import ctranslate2

from models.recipes.starter_translator.vocabulary import PIECES_FILE


class Translator:
    """A CTranslate2 model folder of this recipe."""

    def __init__(
        self, folder: Path, *, compute_type: str = "int8", beam_size: int = 4, threads: int = 1
    ) -> None:
        import sentencepiece

        self._pieces = sentencepiece.SentencePieceProcessor(str(folder / PIECES_FILE))
        self._model = ctranslate2.Translator(
            str(folder), device="cpu", compute_type=compute_type, intra_threads=threads
        )
        self._beam_size = beam_size

    def translate(
        self, texts: Sequence[str], source: str, target: str, *, longest: int = 128
    ) -> list[str]:
        """Translate lines from one language into another (``kk``, ``ru``, ``en``).

        Args:
            texts: lines.
            source: their language.
            target: the language wanted.
            longest: pieces of one translation.
        """
        results = self._model.translate_batch(
            [
                [f"__{source}__", *pieces, "</s>"]
                for pieces in self._pieces.encode(list(texts), out_type=str)
            ],
            target_prefix=[[f"__{target}__"]] * len(texts),
            beam_size=self._beam_size,
            max_decoding_length=longest,
            max_batch_size=2048,
            batch_type="tokens",
        )
        return [self._pieces.decode(result.hypotheses[0][1:]).strip() for result in results]
