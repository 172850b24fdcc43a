"""LoRA adapters of one pipeline: loaded on first use, then switched by name and weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from foundation.errors import FailedPrecondition
from foundation.images import ImageAdapter
from models.engines.diffusers_images.files import check_safetensors


class Adapters:
    """The adapters that a card names.

    Args:
        pipeline: That they are for.
        folder: The model's.
        files: Name → file in the folder.

    Raises:
        FailedPrecondition: a file is missing or not safetensors.
    """

    def __init__(self, pipeline: Any, folder: Path, files: Mapping[str, str]) -> None:
        self._pipeline = pipeline
        self._folder = folder
        self._files = dict(files)
        # The library makes module names of them, in which no dot may stand.
        self._inner = {name: f"adapter{place}" for place, name in enumerate(self._files)}
        self._loaded: set[str] = set()
        for name, file in self._files.items():
            check_safetensors(folder / file)
            if not hasattr(pipeline, "load_lora_weights"):
                raise FailedPrecondition(f"adapter {name}: this pipeline takes no adapters")

    @property
    def names(self) -> tuple[str, ...]:
        """In the card's order."""
        return tuple(self._files)

    def apply(self, wanted: Sequence[ImageAdapter]) -> None:
        """Switch on just these.

        Raises:
            FailedPrecondition: a file holds nothing that fits the model.
        """
        for adapter in wanted:
            if adapter.name not in self._loaded:
                self._load(adapter.name)
        if wanted:
            self._pipeline.enable_lora()
            self._pipeline.set_adapters(
                [self._inner[adapter.name] for adapter in wanted],
                [adapter.weight for adapter in wanted],
            )
        elif self._loaded:
            self._pipeline.disable_lora()

    def _load(self, name: str) -> None:
        path = self._folder / self._files[name]
        inner = self._inner[name]
        try:
            self._pipeline.load_lora_weights(
                path.parent,
                weight_name=path.name,
                adapter_name=inner,
                use_safetensors=True,
                local_files_only=True,
            )
        except Exception as error:
            self._forget(inner)
            raise FailedPrecondition(f"adapter {name} cannot be loaded: {error}") from error
        # The library only logs that no key of the file belongs to the model.
        if not self._present(inner):
            raise FailedPrecondition(f"adapter {name}: nothing in {path.name} fits this model")
        self._loaded.add(name)

    def _present(self, inner: str) -> bool:
        return any(inner in names for names in self._pipeline.get_list_adapters().values())

    def _forget(self, inner: str) -> None:
        if self._present(inner):
            self._pipeline.delete_adapters(inner)
