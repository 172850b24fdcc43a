"""The child process of a conversion: ``python -m … CHECKPOINT TARGET QUANTIZATION FILE…``.

A process of its own, because torch and the whole checkpoint must not stay in memory, and a
checkpoint that takes too much of it must not end the process that pulls.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

_TOKENIZER: Final = "tokenizer.json"


def convert(checkpoint: Path, target: Path, quantization: str, names: Sequence[str]) -> None:
    """Convert a transformers checkpoint and put the other files asked for beside it.

    Args:
        checkpoint: Holds config.json and model.safetensors (or its parts).
        target: Made anew.
        quantization: Of CTranslate2: ``float16``, ``int8`` …
        names: The model's files; those that the checkpoint has and the conversion does not write
            are copied, a tokenizer.json that it lacks is made from its slow tokenizer.
    """
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]  # it is untyped
        def _load(self) -> Any:
            spec = super()._load()
            _complete(spec, checkpoint, quantization)
            return spec

    converter = Converter(
        str(checkpoint), load_as_float16=quantization == "float16", low_cpu_mem_usage=True
    )
    converter.convert(str(target), quantization=quantization, force=True)
    for name in names:
        if not (target / name).exists() and (checkpoint / name).is_file():
            shutil.copyfile(checkpoint / name, target / name)
    if _TOKENIZER in names and not (target / _TOKENIZER).exists():
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(str(checkpoint), use_fast=True)
        tokenizer.backend_tokenizer.save(str(target / _TOKENIZER))


def _complete(spec: Any, checkpoint: Path, quantization: str) -> None:
    """Mend a translation model, and write into its config.json what CTranslate2 does not keep."""
    from ctranslate2.specs import TransformerSpec
    from ctranslate2.specs.model_spec import OPTIONAL

    if not isinstance(spec, TransformerSpec):
        return
    config = json.loads((checkpoint / "config.json").read_text("utf-8"))
    if isinstance(config.get("max_position_embeddings"), int):
        spec.config.add_attribute("max_position_embeddings", config["max_position_embeddings"])
    spec.config.add_attribute("quantization", quantization)
    # transformers 5 says of every T5 that its embeddings are tied, whence CTranslate2 4.8 concludes
    # that the decoder's output is to be scaled. That makes those of untied models nearly flat.
    if config.get("model_type") in ("t5", "umt5", "mt5") and not _scales_outputs(config):
        spec.decoder.scale_outputs = OPTIONAL
    # The mean of all heads of the last layer but one aligns words best (Garg et al., "Jointly
    # Learning to Align and Translate with Transformer Models", 2019); CTranslate2's default is one
    # head of the last.
    layers = len(spec.decoder.layer)
    spec.decoder.alignment_layer = np.int16(max(0, layers - 2))
    spec.decoder.alignment_heads = np.int16(0)


def _scales_outputs(config: Mapping[str, Any]) -> bool:
    """Is the decoder's output of this T5 scaled, by the config.json of transformers 4 or 5?"""
    if config["model_type"] == "mt5":
        return False
    tied = config.get("tie_word_embeddings") is not False
    return bool(config.get("scale_decoder_outputs", tied))


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
