"""A ``.nemo`` file becomes a model that is ready to decode."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from nemo.collections.asr.models import (
    ASRModel,
    EncDecCTCModel,
    EncDecHybridRNNTCTCModel,
    EncDecRNNTModel,
)
from nemo.collections.asr.parts.mixins.streaming import StreamingEncoder
from nemo.utils import logging as nemo_logging

from foundation.errors import FailedPrecondition
from foundation.speech import SAMPLE_RATE
from models.engines.nemo.settings import NemoSettings
from models.engines.token_words import TokenText

# NeMo tells a checkpoint's whole training set-up as it loads it, on a log of its own.
nemo_logging.setLevel(logging.ERROR)

_NORMALISED: Final = ("per_feature", "all_features")
"""Features that depend on the whole window: a stream has none."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model and what must be known of it."""

    model: Any
    """An ``ASRModel`` in evaluation mode, its weights frozen."""

    device: Any
    """``torch.device``."""

    dtype: Any
    """``torch.dtype`` of encoder and decoders; features are float32 always."""

    ctc: bool
    """Decode with the CTC head (the only one, or the one asked for)."""

    text: TokenText
    size: int
    """Bytes of the weights."""

    hop: int
    """Samples between two feature frames."""

    fft: int
    """Samples that a feature frame looks at."""

    subsampling: int
    """Feature frames of one encoder frame."""

    @property
    def blank(self) -> int:
        """The blank's id: it follows the vocabulary."""
        return len(self.text.vocabulary)

    @property
    def streams(self) -> bool:
        """Can it decode a stream chunk by chunk with the text of a whole window?

        That takes an encoder trained on chunks with a bounded left context, convolutions that do
        not look ahead, and features that do not depend on the rest of the audio.
        """
        encoder = self.model.encoder
        if not isinstance(encoder, StreamingEncoder):
            return False
        return bool(
            getattr(encoder, "att_context_style", "") == "chunked_limited"
            and encoder.att_context_size[0] > 0
            and encoder.conv_context_size[1] == 0
            and self.model.preprocessor.featurizer.normalize not in _NORMALISED
        )


def open_checkpoint(
    folder: Path, device: str, compute_type: str, settings: NemoSettings
) -> Checkpoint:
    """Load the one ``.nemo`` file in ``folder``.

    A ``.nemo`` file is a tar of a configuration that names classes to be built and of pickled
    weights: whoever calls this trusts the file (``models.preconditions.require_pins``).

    Raises:
        FailedPrecondition: there is not one such file, it cannot be read, it is of a kind that is
            not known here, or the device cannot run it.
    """
    [path] = _only_file(folder)
    where = _device(device)
    try:
        model = ASRModel.restore_from(str(path), map_location=where)
    except Exception as error:
        raise FailedPrecondition(f"cannot load {path.name}: {error}") from error
    ctc = _choose_decoder(model, path, settings)
    dtype = _dtype(compute_type, where)
    model.freeze()
    model.eval()
    featurizer = model.preprocessor.featurizer
    featurizer.dither, featurizer.pad_to = 0.0, 0
    if settings.context is not None:
        _set_context(model, settings.context)
    for part in ("encoder", "decoder", "joint", "ctc_decoder"):
        module = getattr(model, part, None)
        if module is not None:
            module.to(dtype)
    config = model.cfg.preprocessor
    if int(config.sample_rate) != SAMPLE_RATE:
        raise FailedPrecondition(f"{path.name} hears {config.sample_rate} Hz, not {SAMPLE_RATE}")
    vocabulary, to_text = _tokens(model, ctc)
    subsampling = int(model.encoder.subsampling_factor)
    return Checkpoint(
        model=model,
        device=where,
        dtype=dtype,
        ctc=ctc,
        text=TokenText(vocabulary, to_text, float(config.window_stride) * subsampling),
        size=sum(p.numel() * p.element_size() for p in model.parameters()),
        hop=int(featurizer.hop_length),
        fft=int(featurizer.n_fft),
        subsampling=subsampling,
    )


def _only_file(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.nemo"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise FailedPrecondition(f"{folder} must hold one .nemo file; there: {names}")
    return found


def _device(name: str) -> Any:
    kind = name.partition(":")[0]
    if kind == "cuda" and not torch.cuda.is_available():
        raise FailedPrecondition(f"device {name!r}: this torch finds no GPU")
    return torch.device(name)


def _dtype(compute_type: str, device: Any) -> Any:
    if compute_type == "default":
        if device.type == "cpu":
            return torch.float32
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    types = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
    if compute_type not in types:
        raise FailedPrecondition(
            f"compute type {compute_type!r}: NeMo models run as {', '.join(types)} or default"
        )
    return types[compute_type]


def _choose_decoder(model: Any, path: Path, settings: NemoSettings) -> bool:
    """Is it the CTC head that decodes?"""
    if not hasattr(model.encoder, "subsampling_factor"):
        raise FailedPrecondition(
            f"{path.name} has a {type(model.encoder).__name__}; known are (Fast)Conformer encoders"
        )
    hybrid = isinstance(model, EncDecHybridRNNTCTCModel)
    transducer = isinstance(model, EncDecRNNTModel)
    if not (transducer or isinstance(model, EncDecCTCModel)) or getattr(model, "concat", False):
        raise FailedPrecondition(
            f"{path.name} is a {type(model).__name__}; known are CTC, RNN-T, TDT and hybrid models "
            "without language prompts"
        )
    ctc = settings.decoder == "ctc" or not transducer
    if (settings.decoder == "ctc" and transducer and not hybrid) or (
        settings.decoder == "transducer" and not transducer
    ):
        raise FailedPrecondition(f"{path.name} has no {settings.decoder} decoder")
    return ctc


def _set_context(model: Any, context: tuple[int, int]) -> None:
    known = [tuple(pair) for pair in getattr(model.encoder, "att_context_size_all", [])]
    if context not in known:
        raise FailedPrecondition(f"settings.context: {context} is not one of the model's {known}")
    model.encoder.set_default_att_context_size(list(context))


def _tokens(model: Any, ctc: bool) -> tuple[tuple[str, ...], Callable[[list[int]], str]]:
    if not ctc:
        vocabulary = tuple(str(piece) for piece in model.joint.vocabulary)
    else:
        head = getattr(model, "ctc_decoder", model.decoder)
        vocabulary = tuple(str(piece) for piece in head.vocabulary)
    tokenizer = getattr(model, "tokenizer", None)
    if tokenizer is not None:
        return vocabulary, tokenizer.ids_to_text
    return vocabulary, lambda ids: "".join(vocabulary[token] for token in ids)
