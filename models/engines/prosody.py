"""Rate and pitch for models that know neither: both are a matter of durations."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray

from foundation.synthesis import Waveform

_HALVINGS: Final = 20


def played_faster(pitch: float) -> float:
    """How much faster speech is to be played to be ``pitch`` semitones higher.

    It is spoken slower by as much, so that it lasts as long; formants move along with the pitch.
    """
    return float(2.0 ** (pitch / 12))


def knob_for(durations: NDArray[Any], stretch: float) -> float:
    """The factor on durations that makes speech ``stretch`` times as long as it is.

    Each phoneme's frames are rounded up, so half the durations are more than half the time.

    Args:
        durations: Frames of each phoneme before they are rounded, any shape.
        stretch: How much longer it is to be.
    """
    wanted = stretch * float(np.ceil(durations).sum())
    low, high = 0.0, 2.0 * max(stretch, 1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if float(np.ceil(durations * middle).sum()) < wanted:
            low = middle
        else:
            high = middle
    return high


def resampled(samples: Waveform, factor: float, size: int) -> Waveform:
    """The same sound played ``factor`` times as fast, ``size`` samples (give or take rounding)."""
    played = soxr.resample(samples, factor, 1.0).astype(np.float32)[:size]
    return np.pad(played, (0, size - played.size))
