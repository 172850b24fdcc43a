"""The learning rate: a warm-up, then down.

A run whose end is known goes down along a cosine (Loshchilov and Hutter 2017) to nearly nothing;
one that goes on as long as it is let, with the inverse square root of the step (Vaswani et al.
2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """``peak`` is reached after ``warm_up`` steps."""

    peak: float = 1.5e-3
    warm_up: int = 600
    floor: float = 0.01
    """Of the peak, at the end of a run whose end is known."""

    def rate(self, step: int, progress: float | None = None) -> float:
        """The rate of a step, the first being 1; ``progress``: from 0 to 1 where it is known."""
        rising = min(step / self.warm_up, 1.0)
        if progress is None:
            return self.peak * min(rising, math.sqrt(self.warm_up / step))
        falling = (1 + math.cos(math.pi * min(progress, 1.0))) / 2
        return self.peak * rising * (self.floor + (1 - self.floor) * falling)
