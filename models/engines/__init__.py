"""Engines, one adapter an inference library. A new one is one module and one line here."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

from foundation.errors import FailedPrecondition, NotFound
from models.engines.base import Engine, EngineOptions

ENGINES: Final[dict[str, str]] = {
    "ctranslate2-translation": "models.engines.ctranslate2_translation:CTranslate2Engine",
    "faster-whisper": "models.engines.faster_whisper:FasterWhisperEngine",
    "diffusers": "models.engines.diffusers_images:DiffusersEngine",
    "espeak": "models.engines.espeak:EspeakEngine",
    "nemo": "models.engines.nemo:NemoEngine",
    "onnx-asr": "models.engines.onnx_asr:OnnxAsrEngine",
    "piper": "models.engines.piper:PiperEngine",
    "vits": "models.engines.vits:VitsEngine",
}
"""Catalogue name → ``module:class``, imported on first use so that extras stay optional."""

IDENTIFYING_ENGINES: Final = frozenset({"faster-whisper"})
"""Engines that can tell languages apart (``IdentifyingSpeechEngine``), known without importing."""

EXTRAS: Final[dict[str, str]] = {
    "diffusers": "images",
    "espeak": "speech",
    "nemo": "nemo",
    "piper": "speech",
    "vits": "vits",
}
"""Catalogue name → the extra of this distribution that its library comes with."""


def open_engine(name: str, folder: Path, options: EngineOptions) -> Engine:
    """Load the model in ``folder`` with the engine called ``name``.

    Raises:
        NotFound: no such engine.
        FailedPrecondition: the engine's library is not installed.
    """
    try:
        module_name, class_name = ENGINES[name].split(":")
    except KeyError:
        raise NotFound(f"no engine {name!r}; there are: {', '.join(sorted(ENGINES))}") from None
    try:
        engine_class: type[Engine] = getattr(importlib.import_module(module_name), class_name)
    except ImportError as error:
        extra = EXTRAS.get(name)
        hint = f"; install it with: pip install 'dauys-server[{extra}]'" if extra else ""
        raise FailedPrecondition(f"engine {name!r} needs a package: {error}{hint}") from error
    return engine_class.open(folder, options)
