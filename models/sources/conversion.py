"""A checkpoint of a hub, converted to CTranslate2 while it is pulled.

Needs the extra ``convert`` (torch and transformers), on the machine that pulls only: a bundle
carries the converted model to others. The checkpoint's weights are read as safetensors, which run
no code, and none of its own code is run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from foundation.errors import FailedPrecondition, Unavailable
from models.catalogue import ConversionSource, HubSource, ModelCard
from models.sources.base import (
    ProgressCallback,
    PullProgress,
    copy_into,
    disk_error,
    sha256_of,
)
from models.sources.hub import Hub

PICKLES: Final = (".bin", ".pt", ".pth", ".ckpt")


class Conversion:
    """Downloads the checkpoint, checks what is pinned of it, and converts it in a child process."""

    # The checkpoint (float32 at worst) and the converted model beside the model itself.
    space_factor = 4.0

    def __init__(self, source: ConversionSource) -> None:
        self._source = source
        self._hub = Hub(HubSource(source.repository, source.revision))
        self.label = f"conversion of {source.repository}"

    def fetch(
        self,
        card: ModelCard,
        names: Iterable[str],
        files: Path,
        work: Path,
        progress: ProgressCallback,
    ) -> None:
        """Convert, and take what is missing; see ``ModelSource.fetch``.

        Raises:
            FailedPrecondition: the extra is not installed, the checkpoint is not the pinned one, or
                it cannot be converted.
        """
        absent = [name for name in ("torch", "transformers") if not importlib.util.find_spec(name)]
        if absent:
            raise FailedPrecondition(
                f"converting needs {' and '.join(absent)}: pip install 'dauys-server[convert]'"
            )
        # Another revision's files, kept from a pull that broke off, must not be mixed in.
        revision = hashlib.sha256(self._source.revision.encode()).hexdigest()[:16]
        checkpoint, converted = work / f"checkpoint-{revision}", work / "converted"
        self._download(card, checkpoint, work, progress)
        progress(PullProgress(card.id, "convert", 0, None))
        _convert(checkpoint, converted, self._source.quantization, card.names)
        try:
            for name in names:
                if (converted / name).is_file():
                    with (converted / name).open("rb") as reader:
                        copy_into([reader], files / name)
            shutil.rmtree(converted)
        except OSError as error:
            raise disk_error(error, f"converting {card.id}") from error

    def _download(
        self, card: ModelCard, checkpoint: Path, work: Path, progress: ProgressCallback
    ) -> None:
        inputs = self._source.inputs
        for file in inputs:
            if file.name.endswith(PICKLES) and file.sha256 is None:
                raise FailedPrecondition(
                    f"{file.name} is unpickled when it is converted and can run code, so the "
                    "catalogue must pin it; safetensors need no pin"
                )
        missing = [file.name for file in inputs if not (checkpoint / file.name).is_file()]
        if missing:
            self._hub.fetch(card, missing, checkpoint, work / "hub", progress)
        for file in inputs:
            if file.sha256 is None:
                continue
            path = checkpoint / file.name
            found = sha256_of(path)
            if found != file.sha256:
                path.unlink()
                raise FailedPrecondition(
                    f"{file.name}: SHA-256 {found}, the catalogue pins {file.sha256}"
                )


def _convert(checkpoint: Path, target: Path, quantization: str, names: Sequence[str]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-m", "models.sources.ctranslate2_conversion"]
    command += [str(checkpoint), str(target), quantization, *names]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        lines = done.stderr.decode("utf-8", errors="replace").strip().splitlines()
        if any("No space left on device" in line for line in lines):
            raise disk_error(OSError(28, "No space left on device"), "converting")
        reason = lines[-1] if lines else f"it ended with status {done.returncode}"
        kind = FailedPrecondition if done.returncode == 1 else Unavailable
        raise kind(f"the checkpoint cannot be converted: {reason}")
