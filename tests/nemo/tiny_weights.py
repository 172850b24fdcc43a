"""What the tiny models have learnt, kept in half precision: tests load it instead of training.

    make tiny-weights

trains anew and writes ``weights``, for whoever has changed a recipe: a file says which sources it
was made by, and ``tests/unit/test_tiny_weights.py`` fails where those have changed since. Training
on the spot took a quarter of an hour, and came out a little differently on every kind of processor.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
SPEECH_SOURCES: Final = ("tiny_recipe.py", "lessons.py", "espeak.py", "transducer_loss.py")
TRANSLATION_SOURCES: Final = ("translator_families.py",)
RECIPES: Final = {
    SPEECH_SOURCES: ("offline", "tdt", "streaming"),
    TRANSLATION_SOURCES: ("m2m100", "nllb", "marian", "marian-multi", "t5"),
}
"""Sources of a recipe, and the models that it makes."""


def weights_file(name: str) -> Path:
    """Where a model's weights are kept."""
    return HERE / "weights" / f"{name}.safetensors"


def digest(sources: Sequence[str]) -> str:
    """SHA-256 of a recipe."""
    return hashlib.sha256(b"".join((HERE / name).read_bytes() for name in sources)).hexdigest()


def label(name: str, key: str) -> str:
    """What a file of weights says of itself; read without safetensors or torch."""
    with weights_file(name).open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        return str(json.loads(file.read(size))["__metadata__"][key])


def keep(name: str, tensors: dict[str, Any], **labels: str) -> None:
    """Write weights, those of floating point in half precision."""
    from safetensors.torch import save_file

    path = weights_file(name)
    path.parent.mkdir(exist_ok=True)
    halves = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in tensors.items()
    }
    save_file(halves, path, {"format": "pt", **labels})


def kept(name: str) -> dict[str, Any]:
    """Weights in single precision."""
    from safetensors.torch import load_file

    return {
        key: value.float() if value.is_floating_point() else value
        for key, value in load_file(weights_file(name)).items()
    }
