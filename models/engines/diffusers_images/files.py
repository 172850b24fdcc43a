"""Is a folder a pipeline that can be read without running code of its writer?

Weights must be safetensors: a file of that name is looked into before any library opens it, and a
component whose weights are pickles only is refused. ``model_index.json`` names the classes that
are built; only those of diffusers and transformers are allowed, by plain names, and none that
reads other files than safetensors.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from foundation.errors import FailedPrecondition

_PICKLES: Final = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle", ".msgpack")
_LIBRARIES: Final = ("diffusers", "transformers")
_FOREIGN: Final = ("OnnxRuntimeModel",)
"""Classes whose weights are no safetensors."""

_MAX_HEADER: Final = 100 << 20
"""Bytes; the limit of the safetensors format itself."""

INDEX: Final = "model_index.json"


def check_pipeline(folder: Path) -> dict[str, int]:
    """Check a pipeline's folder; the bytes of each component's weights.

    Raises:
        FailedPrecondition: it is no pipeline, names foreign classes, or has weights that are not
            safetensors; says which file.
    """
    components = _components(folder)
    weights: dict[str, int] = {}
    for name in components:
        place = folder / name
        if not place.is_dir():
            raise FailedPrecondition(f"{folder.name}: {INDEX} names {name}, which is no folder")
        _check_place(place, folder.name)
        files = sorted(place.glob("*.safetensors"))
        pickles = [file for file in sorted(place.iterdir()) if file.suffix in _PICKLES]
        if pickles and not files:
            raise FailedPrecondition(
                f"{folder.name}: {name}/{pickles[0].name} may be a pickle, which can run code; "
                "only safetensors are loaded: convert it"
            )
        for file in files:
            check_safetensors(file)
        for index in sorted(place.glob("*.index.json")):
            _check_shards(index)
        if files:
            weights[name] = sum(file.stat().st_size for file in files)
    return weights


def _check_place(place: Path, model: str) -> None:
    """Refuse what would lead a library from a component's folder to files that nobody looked at."""
    for name, reason in (
        # A pipeline as a part of one: its parts are built as its own index says.
        (INDEX, "pipelines within pipelines are not loaded"),
        # Weights that transformers adds by itself, pickles too, and from wherever it says.
        ("adapter_config.json", "adapters are those that the model's card names"),
        # Looked for before the library of that name is.
        *((f"{library}.py", "code of a model is not run") for library in _LIBRARIES),
    ):
        if os.path.lexists(place / name):
            raise FailedPrecondition(f"{model}: {place.name}/{name}: {reason}; remove it")


def check_safetensors(path: Path) -> None:
    """Check by its header that a file is what its name says.

    Raises:
        FailedPrecondition: it is missing or something else, such as a pickle.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe, say, whose reader waits for ever
            raise ValueError("it is no file")
        with path.open("rb") as stream:
            start = stream.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 2 <= length <= min(_MAX_HEADER, path.stat().st_size - 8):
                raise ValueError("the length of its header is impossible")
            header = json.loads(stream.read(length))
        if not isinstance(header, dict):
            raise ValueError("its header is no table")
    except OSError as error:
        raise FailedPrecondition(f"{path.name} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise FailedPrecondition(
            f"{path.parent.name}/{path.name} is not safetensors ({error}); only safetensors are "
            "loaded, for other files can run code"
        ) from error


def _components(folder: Path) -> list[str]:
    index = _json(folder / INDEX)
    if not isinstance(index.get("_class_name"), str):
        raise FailedPrecondition(f"{folder.name}: {INDEX} names no pipeline class")
    return list(_named(index, folder.name))


def _named(index: dict[str, Any], model: str) -> Iterator[str]:
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list):
            continue
        if value == [None, None]:
            continue
        library, class_name = value if len(value) == 2 else (None, None)
        plain = isinstance(class_name, str) and class_name.isidentifier() and name.isidentifier()
        if library not in _LIBRARIES or not plain or class_name in _FOREIGN:
            # Other modules, those of the folder itself among them, would be imported.
            raise FailedPrecondition(
                f"{model}: {INDEX} wants {name} to be {value}; only classes of "
                f"{' and '.join(_LIBRARIES)} that read safetensors are built"
            )
        yield name


def _check_shards(index: Path) -> None:
    named = _json(index).get("weight_map", {})
    for file in set(named.values()) if isinstance(named, dict) else ():
        if not isinstance(file, str) or Path(file).name != file or ".safetensors" not in file:
            raise FailedPrecondition(f"{index.name} names {file!r}, which is not safetensors")


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FailedPrecondition(f"{path} is missing or no JSON: {error}") from error
    if not isinstance(document, dict):
        raise FailedPrecondition(f"{path} is no table")
    return document
