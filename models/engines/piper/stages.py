"""A sentence on its way through the stages of a voice, as far as it is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from foundation.synthesis import Waveform
from models.engines.piper.graph import Part

Tensors: TypeAlias = Mapping[str, NDArray[Any]]

_STEPS_AT_ONCE: Final = 16_384
"""Of a stage's output. At the rate of samples a vocoder works on megabytes a second: in stretches
that stay in a processor's cache it is a fifth faster than on whole sentences."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A part, ready to run."""

    part: Part
    session: Any

    def run(self, given: Tensors) -> NDArray[Any]:
        """Its output."""
        feeds = {name: given[name] for name in self.part.inputs}
        (result,) = self.session.run(list(self.part.outputs), feeds)
        return np.asarray(result)


class Passage:
    """One sentence, from frames as drawn to samples, taken from its beginning on.

    Every step is computed with all that it depends on, so what is taken piece by piece is what is
    taken at once, to rounding. What two pieces need of a stage is kept for the second.

    Args:
        stages: All of them with a radius.
        values: The first one's inputs, and the others' that no stage gives.
        count: Frames of the sentence.
    """

    def __init__(self, stages: Sequence[Stage], values: Tensors, count: int) -> None:
        self._line: _Line = _Drawn(values[stages[0].part.inputs[0]], count)
        for stage in stages:
            self._line = _Made(stage, self._line, values, count)
        self._hop = self._line.total // count

    def take(self, start: int, end: int) -> Waveform:
        """The samples of frames ``start`` to ``end``; earlier ones cannot be taken afterwards."""
        last = end * self._hop
        samples: Waveform = self._line.steps(start * self._hop, last, last).reshape(-1)
        return samples


class _Line(Protocol):
    total: int
    """Steps of the sentence."""

    def steps(self, start: int, end: int, soon: int) -> NDArray[Any]:
        """Steps ``start`` to ``end``; those up to ``soon`` will be asked for next."""


class _Drawn:
    def __init__(self, values: NDArray[Any], count: int) -> None:
        self._values = values
        self.total = count

    def steps(self, start: int, end: int, soon: int) -> NDArray[Any]:
        return self._values[..., start:end]


class _Made:
    """What a stage gives, made as far as it is asked for, kept as long as it may be."""

    def __init__(self, stage: Stage, before: _Line, values: Tensors, count: int) -> None:
        part = stage.part
        assert part.radius is not None
        self._stage, self._before = stage, before
        self._radius, self._factor = part.radius, part.factor
        beside = {name: values[name] for name in part.inputs[1:]}
        self._over_time = {
            name: value
            for name, value in beside.items()
            if value.ndim == 3 and value.shape[-1] == count == before.total
        }
        self._once = {name: beside[name] for name in beside.keys() - self._over_time.keys()}
        self._kept: NDArray[Any] | None = None
        self._end = 0
        self.total = before.total * part.factor

    def steps(self, start: int, end: int, soon: int) -> NDArray[Any]:
        while self._kept is None or self._end < end:
            self._more(start, soon)
        origin = self._end - self._kept.shape[-1]
        return self._kept[..., start - origin : end - origin]

    def _more(self, start: int, soon: int) -> None:
        """Make the next steps, up to ``soon`` at most; what lies before ``start`` is let go."""
        factor, radius, total = self._factor, self._radius, self._before.total
        begin = self._end // factor
        wanted = -(-soon // factor)
        end = min(begin + max(_STEPS_AT_ONCE // factor, 1), wanted)
        low, high = max(begin - radius, 0), min(end + radius, total)
        read = self._before.steps(low, high, min(wanted + radius, total))
        given = {name: value[..., low:high] for name, value in self._over_time.items()}
        made = self._stage.run({**self._once, **given, self._stage.part.inputs[0]: read})
        made = made[..., (begin - low) * factor : (end - low) * factor]
        if self._kept is not None:
            held = self._kept[..., self._kept.shape[-1] - max(self._end - start, 0) :]
            made = np.concatenate([held, made], axis=-1)
        self._kept, self._end = made, end * factor
