"""The feed's own sound beneath a voice: heard evenly, and lower where the voice speaks."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.speech import SAMPLE_RATE, Samples
from foundation.synthesis import Waveform
from streaming.delivery.voice.original import Ducking, OriginalSound, OverOriginal

RATE = 24_000
TICK = RATE // 25


def tone(seconds: float, start: float = 0.0, level: float = 0.5) -> Samples:
    times = start + np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def played(original: OriginalSound, seconds: float, chunks: dict[int, Samples]) -> Waveform:
    """What is heard, tick by tick; a chunk comes before the tick of its number."""
    heard = []
    for tick in range(round(seconds * 25)):
        if tick in chunks:
            original.put(chunks[tick])
        heard.append(original.take(TICK))
    return np.concatenate(heard)


def level(samples: Waveform) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def largest_step(samples: Waveform) -> float:
    return float(np.abs(np.diff(samples)).max())


A_STEP = 2 * np.pi * 440 / RATE * 0.5
"""The largest one of the tone itself."""


def test_sound_that_comes_evenly_is_heard_whole_and_a_little_later() -> None:
    chunks = {5 * n: tone(0.2, 0.2 * n) for n in range(20)}
    heard = played(OriginalSound(RATE), 4.0, chunks)
    begins = np.flatnonzero(heard)[0] / RATE
    assert 0.2 <= begins <= 0.5
    assert level(heard[RATE:]) == pytest.approx(0.354, abs=0.01)
    assert largest_step(heard) < 1.1 * A_STEP


def test_sound_that_comes_in_lumps_is_even_after_a_while() -> None:
    chunks = {50 * n: tone(2.0, 2.0 * n) for n in range(15)}
    heard = played(OriginalSound(RATE), 30.0, chunks)
    last = heard[-15 * RATE :]
    quarters = last.reshape(-1, RATE // 4)
    assert min(level(each) for each in quarters) > 0.3
    assert largest_step(heard) < 1.1 * A_STEP


def test_a_feed_that_is_lost_is_silent_and_comes_back_as_it_was() -> None:
    chunks = {5 * n: tone(0.2, 0.2 * n) for n in (*range(10), *range(100, 120))}
    heard = played(OriginalSound(RATE), 24.0, chunks)
    assert not heard[4 * RATE : 20 * RATE].any()
    assert level(heard[21 * RATE : 23 * RATE]) > 0.3
    again = np.flatnonzero(heard[20 * RATE :])[0] / RATE
    assert again <= 0.5
    assert largest_step(heard) < 1.5 * A_STEP


def test_a_clock_that_is_faster_than_ours_does_not_pile_up_sound() -> None:
    original = OriginalSound(RATE)
    heard = []
    for n in range(300):  # 4 % too much: 2.4 s more than is taken
        original.put(tone(0.208, 0.208 * n))
        heard += [original.take(TICK) for _ in range(5)]
    assert original._held.size / RATE < 1.6
    assert min(level(each) for each in heard[50:]) > 0.2, "nothing is missing to the ear"
    assert largest_step(np.concatenate(heard)) < 2.5 * A_STEP


def test_what_nobody_takes_is_bounded() -> None:
    original = OriginalSound(RATE)
    for n in range(200):
        original.put(tone(0.5, 0.5 * n))
    assert original._held.size == 30 * RATE


def test_the_original_is_lower_where_the_voice_speaks() -> None:
    ducking = Ducking(RATE, beneath=-20.0, between=-3.0)
    voice = np.zeros(4 * RATE, np.float32)
    voice[RATE : 2 * RATE] = 0.3
    voice[RATE + RATE // 2 : RATE + RATE * 3 // 4] = 0.0  # a pause within the phrase
    gains = np.concatenate([ducking.gains(piece) for piece in np.array_split(voice, 97)])
    assert gains.size == voice.size
    decibels = 20 * np.log10(gains)
    assert decibels[: RATE - 300] == pytest.approx(-3.0, abs=0.1)
    assert decibels[round(1.1 * RATE) : round(2.4 * RATE)] == pytest.approx(-20.0, abs=0.1)
    assert decibels[round(3.2 * RATE) :] == pytest.approx(-3.0, abs=0.1)
    assert np.abs(np.diff(gains)).max() < 0.005, "no click"


async def test_both_are_heard_and_never_beyond_full_scale() -> None:
    taken: list[Waveform] = []

    class Inner:
        closed = aborted = 0
        works = False

        async def write(self, samples: Waveform) -> None:
            taken.append(samples)

        async def close(self) -> None:
            self.closed += 1

        async def abort(self) -> None:
            self.aborted += 1

    original, inner = OriginalSound(RATE), Inner()
    original.put(tone(3.0, level=0.9))
    sink = OverOriginal(inner, original, Ducking(RATE, -12.0))
    voice = np.zeros(2 * RATE, np.float32)
    voice[RATE:] = 0.95
    for piece in np.array_split(voice, 50):
        await sink.write(piece.astype(np.float32))
    assert not sink.works, "it says what the inner one says"
    await sink.close()
    await sink.abort()
    heard = np.concatenate(taken)
    assert level(heard[RATE // 2 : RATE]) == pytest.approx(0.636, abs=0.02)
    beneath = heard[round(1.5 * RATE) :]
    assert np.abs(beneath).max() <= 1.0
    assert beneath.min() == pytest.approx(0.95 - 0.9 * 10 ** (-12 / 20), abs=0.02)
    assert (inner.closed, inner.aborted) == (1, 1)
