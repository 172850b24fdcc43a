"""The learning rate: a warm-up, then the inverse square root of the step (Vaswani et al. 2017)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """``peak`` is reached after ``warm_up`` steps."""

    peak: float = 1.5e-3
    warm_up: int = 600

    def rate(self, step: int) -> float:
        """The rate of a step, the first being 1."""
        scaled: float = min(step / self.warm_up, (self.warm_up / step) ** 0.5)
        return self.peak * scaled
