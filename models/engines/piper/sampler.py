"""Runs a voice's network: ids in, samples out, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from foundation.errors import FailedPrecondition
from foundation.synthesis import Waveform
from models.engines.onnx_sessions import providers, single_threaded
from models.engines.piper.graph import Network, Part
from models.engines.piper.stages import Passage, Stage
from models.engines.prosody import knob_for

_PIECES: Final = (16, 64, 256, 768)
"""Frames (of 11.6 ms as a rule) of a sentence's pieces, the last number again and again: little
until something is heard, then more at once. Each is made in half the time that the one before it is
heard for, on one core. A sentence that is wanted whole is made in pieces of the last size, so that
cancelling ends it soon."""

_TOLERANCE: Final = 1e-3
"""How far samples made piece by piece may be from those made at once; -60 dBFS."""


@dataclass(frozen=True, slots=True)
class Scales:
    """VITS's knobs."""

    noise: float
    length: float
    noise_w: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A sentence as it was drawn: how long each id lasts, and the rest of the work."""

    durations: NDArray[np.int64]
    """Frames of each id."""

    samples: Callable[[bool], Iterator[Waveform]]
    """The sentence's samples, at once or in pieces."""


class Sampler:
    """The sessions of a voice; any number of threads may call."""

    def __init__(self, network: Network, device: str) -> None:
        self._acoustics = _session(network.acoustics, device)
        self._network = network.without_weights()
        self._stages = [
            Stage(bare, _session(part, device))
            for bare, part in zip(self._network.stages, network.stages, strict=True)
        ]
        self.streams = all(part.radius is not None for part in network.stages)
        """Can it make the first piece of a sentence before the rest?"""

        self.hop = 0
        """Samples a frame; known when ``try_out`` was called."""

    def try_out(self, ids: list[int], scales: Scales) -> None:
        """Let ids speak, at once and in pieces.

        If the pieces do not make the whole, ``streams`` is no more.

        Raises:
            ValueError: what comes out is no speech.
        """
        streams, self.streams = self.streams, False
        drawn = self.draw(ids, 0, scales, 0)
        whole = np.concatenate(list(drawn.samples(False)))
        frames = int(drawn.durations.sum())
        if frames < 1 or whole.size % frames or not np.isfinite(whole).all():
            raise ValueError(f"{frames} frames give {whole.size} samples")
        self.hop = whole.size // frames
        if not streams:
            return
        self.streams = True
        pieces = np.concatenate(list(drawn.samples(True)))
        self.streams = (
            pieces.size == whole.size and float(np.abs(pieces - whole).max()) <= _TOLERANCE
        )

    def draw(
        self, ids: list[int], speaker: int, scales: Scales, seed: int, stretch: float = 1.0
    ) -> Drawn:
        """Draw a sentence; the same arguments draw the same.

        Args:
            ids: The phonemes'.
            speaker: The model's number of the speaker.
            scales: The knobs.
            seed: Of the random numbers.
            stretch: How much longer the sentence is to be than it is by itself.
        """
        network = self._network
        random = np.random.default_rng(seed)
        feeds: dict[str, NDArray[Any]] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([scales.noise, scales.length, scales.noise_w], np.float32),
        }
        if network.has_speakers:
            feeds["sid"] = np.array([speaker], np.int64)
        if network.duration_noise is not None:
            feeds[network.duration_noise] = random.standard_normal(
                (1, 2, len(ids)), dtype=np.float32
            )
        values = self._draw(feeds)
        if stretch != 1.0:
            knob = scales.length * knob_for(values[network.unrounded], stretch)
            feeds["scales"] = np.array([scales.noise, knob, scales.noise_w], np.float32)
            values = self._draw(feeds)
        mean = values[network.mean]
        values[network.frame_noise] = random.standard_normal(mean.shape, dtype=np.float32)
        durations = values[network.durations].reshape(-1).astype(np.int64)
        return Drawn(durations, lambda pieces: self._samples(values, mean.shape[-1], pieces))

    def _draw(self, feeds: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        names = self._network.acoustics.outputs
        return feeds | dict(zip(names, self._acoustics.run(list(names), feeds), strict=True))

    def _samples(
        self, values: dict[str, NDArray[Any]], count: int, pieces: bool
    ) -> Iterator[Waveform]:
        if not self.streams:
            made = dict(values)
            for stage in self._stages:
                made[stage.part.outputs[0]] = stage.run(made)
            yield made[self._stages[-1].part.outputs[0]].reshape(-1)
            return
        passage = Passage(self._stages, values, count)
        for start, end in _borders(count, _PIECES if pieces else _PIECES[-1:]):
            yield passage.take(start, end)


def _borders(count: int, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    start, number = 0, 0
    while start < count:
        size = sizes[min(number, len(sizes) - 1)]
        # No crumb at the end: it would cost its seam and bring nothing.
        end = count if count - start < size * 3 // 2 else start + size
        yield start, end
        start, number = end, number + 1


def _session(part: Part, device: str) -> Any:
    try:
        return onnxruntime.InferenceSession(
            part.model, single_threaded(), providers=providers(device)
        )
    except FailedPrecondition:
        raise
    except Exception as error:
        raise FailedPrecondition(f"ONNX Runtime cannot load the voice: {error}") from error
