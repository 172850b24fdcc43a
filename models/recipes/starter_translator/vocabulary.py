"""The joint vocabulary: SentencePiece pieces in the numbering that M2M100 tokenizers use.

Ids are ``<s>``, ``<pad>``, ``</s>``, ``<unk>``, then the pieces, then a token a language. M2M100
knows a hundred languages by name; this model has been shown three of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

PIECES_FILE: Final = "sentencepiece.bpe.model"
VOCABULARY_FILE: Final = "vocab.json"
SPECIAL_TOKENS: Final = ("<s>", "<pad>", "</s>", "<unk>")
PAD_ID: Final = 1
END_ID: Final = 2
UNKNOWN_ID: Final = 3
# SentencePiece counts its unknown token as 0, M2M100 as 3: all pieces move with it.
PIECE_OFFSET: Final = 3
SAMPLING_ALPHA: Final = 0.25
"""Of sampled pieces: 1 samples by probability, 0 evenly."""
MADE_TOKEN: Final = "__af__"
"""Stands after the language of a source that a model translated (Caswell et al. 2019, *Tagged
Back-Translation*). M2M100 knows it as a language that this model is never asked for."""


def train_pieces(texts: Iterable[str], size: int, folder: Path) -> None:
    """Train a unigram model of ``size`` pieces with bytes for what it has never seen.

    Writes the SentencePiece model and M2M100's ``vocab.json`` into ``folder``.
    """
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(folder / "pieces"),
        vocab_size=size,
        character_coverage=0.9998,
        byte_fallback=True,
        normalization_rule_name="nmt_nfkc",
        split_digits=True,
        unk_id=0,
        bos_id=-1,
        eos_id=-1,
        pad_id=-1,
        num_threads=2,
        minloglevel=1,
    )
    (folder / "pieces.vocab").unlink()
    (folder / "pieces.model").replace(folder / PIECES_FILE)
    pieces = sentencepiece.SentencePieceProcessor(str(folder / PIECES_FILE))
    numbering = {token: index for index, token in enumerate(SPECIAL_TOKENS)}
    numbering |= {
        pieces.id_to_piece(index): index + PIECE_OFFSET
        for index in range(1, pieces.get_piece_size())
    }
    (folder / VOCABULARY_FILE).write_text(json.dumps(numbering, ensure_ascii=False, indent=0))


class PieceEncoder:
    """Encodes texts as the tokenizer would, many times faster."""

    def __init__(self, model: Path) -> None:
        import sentencepiece

        self._pieces = sentencepiece.SentencePieceProcessor(str(model))

    def __call__(self, texts: list[str], sampled: bool = False) -> list[list[int]]:
        """Ids of each text, without special tokens.

        Args:
            texts: the texts.
            sampled: draw a segmentation by its probability (Kudo 2018) instead of the best.
        """
        encoded = self._pieces.encode(
            texts, enable_sampling=sampled, nbest_size=-1, alpha=SAMPLING_ALPHA
        )
        return [[index + PIECE_OFFSET if index else UNKNOWN_ID for index in ids] for ids in encoded]


def load_tokenizer(folder: Path) -> Any:
    """The ``transformers`` tokenizer over the files that ``train_pieces`` wrote."""
    from transformers import M2M100Tokenizer
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    return M2M100Tokenizer(
        str(folder / VOCABULARY_FILE),
        str(folder / PIECES_FILE),
        num_madeup_words=0,
        # transformers 5 leaves the language tokens out of the vocabulary unless they are named.
        additional_special_tokens=[f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]],
    )
