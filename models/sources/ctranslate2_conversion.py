"""The child process of a conversion: ``python -m … CHECKPOINT TARGET QUANTIZATION FILE…``.

A process of its own, because torch and the whole checkpoint must not stay in memory, and a
checkpoint that takes too much of it must not end the process that pulls.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

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

    converter = TransformersConverter(
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


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
