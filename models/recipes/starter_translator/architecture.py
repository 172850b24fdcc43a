"""The model: M2M100's architecture, small, in a size that a CPU can train and run.

A deep encoder and a shallow decoder: the decoder runs once a token, the encoder once a sentence
(Kasai et al. 2021, *Deep Encoder, Shallow Decoder*).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from models.recipes.starter_translator.vocabulary import END_ID, PAD_ID


@dataclass(frozen=True, slots=True)
class Size:
    """Layers and widths; the default has 15 million parameters with 10 000 pieces."""

    width: int = 384
    feed_forward: int = 1152
    heads: int = 6
    encoder_layers: int = 5
    decoder_layers: int = 2
    dropout: float = 0.2

    def as_dict(self) -> dict[str, float]:
        """For a checkpoint's metadata."""
        return asdict(self)


def build(size: Size, vocabulary: int, *, attention: str = "eager") -> Any:
    """A new ``M2M100ForConditionalGeneration``; one table is embedding and output.

    Args:
        size: layers and widths.
        vocabulary: token ids, language tokens included.
        attention: ``sdpa`` for PyTorch's fused kernels. At a dozen tokens a sentence they cost a
            CPU more than they save: ``eager`` trains a quarter faster there.
    """
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=vocabulary,
        d_model=size.width,
        encoder_ffn_dim=size.feed_forward,
        decoder_ffn_dim=size.feed_forward,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_layers=size.encoder_layers,
        decoder_layers=size.decoder_layers,
        dropout=size.dropout,
        attention_dropout=0.0,
        activation_dropout=0.0,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        max_position_embeddings=256,
        pad_token_id=PAD_ID,
        bos_token_id=0,
        eos_token_id=END_ID,
        decoder_start_token_id=END_ID,
        # The table is scaled by the root of the width when it is read: it starts out that small.
        init_std=size.width**-0.5,
        scale_embedding=True,
        tie_word_embeddings=True,
    )
    model = M2M100ForConditionalGeneration(config)
    model.set_attn_implementation(attention)
    _initialise_layers(model)
    return model


def _initialise_layers(model: Any) -> None:
    """Xavier, as in the Transformer's paper, for all that is not an embedding."""
    import torch

    table = model.model.shared.weight
    for parameter in model.parameters():
        if parameter.dim() == 2 and parameter is not table:
            torch.nn.init.xavier_uniform_(parameter)
