"""Loudness by EBU R 128 (ITU-R BS.1770), measured and limited by ffmpeg's filters."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

import av
import av.filter
import numpy as np
import soxr

from foundation.synthesis import Waveform

TRUE_PEAK_CEILING: Final = -1.0
"""dBTP, EBU R 128's highest permitted level."""

SHORTEST_SECONDS: Final = 0.4
"""One gating block of BS.1770: anything shorter has no loudness."""

_SILENCE: Final = -70.0
"""LUFS: the absolute gate; at or below it nothing was heard."""

_MAX_GAIN: Final = 40.0
"""dB. A near-silent voice is not raised without end."""

_TRIES: Final = 4
_NEAR_ENOUGH: Final = 0.1
"""LU."""

_OVERSAMPLING: Final = 4
"""Of true peaks, as BS.1770 annex 2 has it."""

_CHUNK: Final = 65_536


def integrated_loudness(samples: Waveform, rate: int) -> float | None:
    """Integrated loudness in LUFS of mono float32 [n]; None: too short or too quiet to be measured.

    A mono file is heard from two loudspeakers by players, but R 128 counts its one channel, as
    broadcasters' meters do.
    """
    if samples.size < SHORTEST_SECONDS * rate:
        return None
    found = _SILENCE
    for frame in _filtered(samples, rate, [("ebur128", "metadata=1:framelog=quiet")]):
        text = frame.metadata.get("lavfi.r128.I")
        if text is not None:
            found = float(text)
    return found if math.isfinite(found) and found > _SILENCE else None


def gain_to(target: float, loudness: float | None) -> float:
    """Decibels that bring ``loudness`` to ``target`` LUFS; 0 where there was none to measure."""
    return 0.0 if loudness is None else min(target - loudness, _MAX_GAIN)


def brought_to(
    target: float, samples: Waveform, rate: int, loudness: float
) -> tuple[Waveform, float]:
    """The samples at ``target`` LUFS, true peaks limited, and the gain in dB that it took.

    Limiting takes loudness away, so what is lacking is added and limited anew, a few times. A
    target that a voice's peaks leave no room for is not met wholly.

    Args:
        target: LUFS.
        samples: All of them.
        rate: Hz.
        loudness: Theirs, LUFS.
    """
    gain = gain_to(target, loudness)
    for _ in range(_TRIES):
        found = limited(amplified(samples, gain), rate)
        measured = integrated_loudness(found, rate)
        lacking = 0.0 if measured is None else target - measured
        if lacking <= _NEAR_ENOUGH:
            break
        gain = min(gain + lacking, _MAX_GAIN)
    return found, gain


def true_peak(samples: Waveform, rate: int) -> float:
    """The true peak in dBTP, of four times as many samples; ``-inf`` of silence."""
    if not samples.size:
        return -math.inf
    over = soxr.resample(samples, rate, rate * _OVERSAMPLING)
    peak = max(float(np.abs(over).max(initial=0.0)), float(np.abs(samples).max()))
    return 20 * math.log10(peak) if peak > 0 else -math.inf


def limited(samples: Waveform, rate: int, ceiling: float = TRUE_PEAK_CEILING) -> Waveform:
    """The same with true peaks at or below ``ceiling`` dBTP; untouched where they are already.

    ffmpeg's look-ahead limiter works on four times as many samples; what its return to the old rate
    still lets past is taken off all samples alike, some hundredths of a decibel.
    """
    if true_peak(samples, rate) <= ceiling:
        return samples
    over = rate * _OVERSAMPLING
    limit = 10 ** (ceiling / 20)
    raised = soxr.resample(samples, rate, over)
    chain = [
        ("alimiter", f"limit={limit:.6f}:attack=5:release=50:level=0:latency=1"),
    ]
    parts = [frame.to_ndarray()[0] for frame in _filtered(raised, over, chain)]
    lowered = soxr.resample(np.concatenate(parts).astype(np.float32), over, rate)
    fitted = _fitted(lowered, samples.size)
    excess = true_peak(fitted, rate) - ceiling
    return fitted if excess <= 0 else amplified(fitted, -excess - 1e-3)


def amplified(samples: Waveform, decibels: float) -> Waveform:
    """The samples louder by ``decibels``; ``-inf`` silences them."""
    if decibels == 0.0:
        return samples
    return samples * np.float32(10 ** (decibels / 20))


def _fitted(samples: Waveform, size: int) -> Waveform:
    if samples.size >= size:
        return samples[:size]
    return np.pad(samples, (0, size - samples.size))


def _filtered(samples: Waveform, rate: int, chain: list[tuple[str, str]]) -> list[av.AudioFrame]:
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=rate, format="flt", layout="mono", time_base=Fraction(1, rate)
    )
    nodes = [graph.add(name, options) for name, options in chain]
    shape = graph.add("aformat", "sample_fmts=flt:channel_layouts=mono")
    nodes += [shape, graph.add("abuffersink")]
    for one, following in zip([source, *nodes], nodes, strict=False):
        one.link_to(following)
    graph.configure()
    frames: list[av.AudioFrame] = []
    for start in range(0, samples.size, _CHUNK):
        piece = np.ascontiguousarray(samples[None, start : start + _CHUNK], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="flt", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        source.push(frame)
        frames += _pulled(graph)
    source.push(None)
    return frames + _pulled(graph)


def _pulled(graph: av.filter.Graph) -> list[av.AudioFrame]:
    frames: list[av.AudioFrame] = []
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return frames
        assert isinstance(frame, av.AudioFrame)
        frames.append(frame)
