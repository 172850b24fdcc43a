"""The ``.onnx.json`` beside a Piper voice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import FailedPrecondition
from foundation.synthesis import VoiceInput

BEGIN: Final = "^"
END: Final = "$"
PAD: Final = "_"

_INPUTS: Final[Mapping[str, VoiceInput]] = {"espeak": "phonemes", "text": "graphemes"}
"""Piper's phoneme types that Kazakh, Russian and English voices have."""


@dataclass(frozen=True, slots=True)
class PiperConfig:
    """What the engine needs of it."""

    sample_rate: int
    """Hz."""

    input: VoiceInput
    espeak_voice: str
    """espeak-ng's name of the language that it was trained on."""

    ids: Mapping[str, tuple[int, ...]]
    """Phoneme (or letter), one code point as a rule → the model's ids."""

    speakers: tuple[str, ...]
    """Names by the model's number; empty: it has one speaker and takes no number."""

    default_speaker: int
    noise_scale: float
    length_scale: float
    noise_w: float
    """Randomness of the durations."""

    vowel_clusters: frozenset[tuple[str, ...]]
    """Vowels in a row that have an id together."""


def read_config(path: Path) -> PiperConfig:
    """Read a voice's configuration.

    Raises:
        FailedPrecondition: it cannot be read, or lacks something, or its phonemes are of a kind
            that is not spoken here.
    """
    try:
        return _config(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FailedPrecondition(
            f"{path.name} is not the configuration of a Piper voice: "
            f"{type(error).__name__}: {error}"
        ) from error


def _config(values: Mapping[str, Any]) -> PiperConfig:
    kind = values.get("phoneme_type", "espeak")
    if kind not in _INPUTS:
        raise ValueError(f"phoneme_type {kind!r} is not one of {', '.join(_INPUTS)}")
    inference = values.get("inference", {})
    ids = {
        str(phoneme): tuple(int(number) for number in numbers)
        for phoneme, numbers in values["phoneme_id_map"].items()
    }
    for needed in (BEGIN, END, PAD):
        if not ids.get(needed):
            raise ValueError(f"phoneme_id_map has no {needed!r}")
    symbols = int(values["num_symbols"])
    if any(not 0 <= number < symbols for numbers in ids.values() for number in numbers):
        raise ValueError(f"phoneme_id_map has an id that is not in 0..{symbols - 1}")
    sample_rate = int(values["audio"]["sample_rate"])
    if not 4_000 <= sample_rate <= 192_000:
        raise ValueError(f"audio.sample_rate {sample_rate} is no rate in Hz")
    speakers = _speakers(int(values["num_speakers"]), values.get("speaker_id_map") or {})
    default = int(values.get("default_speaker_id", 0))
    if not 0 <= default < max(len(speakers), 1):
        raise ValueError(f"default_speaker_id {default} is no speaker")
    return PiperConfig(
        sample_rate=sample_rate,
        input=_INPUTS[kind],
        espeak_voice=str(values["espeak"]["voice"]),
        ids=ids,
        speakers=speakers,
        default_speaker=default,
        noise_scale=float(inference.get("noise_scale", 0.667)),
        length_scale=float(inference.get("length_scale", 1.0)),
        noise_w=float(inference.get("noise_w", 0.8)),
        vowel_clusters=frozenset(tuple(row) for row in values.get("vowel_clusters") or ()),
    )


def _speakers(count: int, numbers: Mapping[str, int]) -> tuple[str, ...]:
    if count <= 1:
        return ()
    names = {int(number): str(name) for name, number in numbers.items()}
    if any(not 0 <= number < count for number in names):
        raise ValueError(f"speaker_id_map has a number that is not in 0..{count - 1}")
    return tuple(names.get(number, str(number)) for number in range(count))
