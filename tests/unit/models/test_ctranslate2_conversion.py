"""What the conversion reads from a checkpoint's config.json; conversions: ``tests/nemo``."""

from __future__ import annotations

from typing import Any

import pytest

from models.sources.ctranslate2_conversion import _scales_outputs


@pytest.mark.parametrize(
    ("config", "scales"),
    [
        ({"model_type": "t5"}, True),
        ({"model_type": "t5", "tie_word_embeddings": True}, True),
        ({"model_type": "t5", "tie_word_embeddings": False}, False),
        # As transformers 5 writes an untied model.
        (
            {"model_type": "t5", "tie_word_embeddings": True, "scale_decoder_outputs": False},
            False,
        ),
        ({"model_type": "umt5", "tie_word_embeddings": False}, False),
        ({"model_type": "mt5", "tie_word_embeddings": True}, False),
    ],
)
def test_which_t5_scale_their_outputs(config: dict[str, Any], scales: bool) -> None:
    assert _scales_outputs(config) is scales
