"""Loudness against EBU Tech 3341's figures, and the limiter's promise."""

from __future__ import annotations

import numpy as np
import pytest

from foundation.synthesis import Waveform
from streaming.synthesis.loudness import (
    TRUE_PEAK_CEILING,
    amplified,
    brought_to,
    gain_to,
    integrated_loudness,
    limited,
    true_peak,
)


def sine(decibels: float, seconds: float, rate: int, hertz: float = 1_000.0) -> Waveform:
    times = np.arange(round(seconds * rate)) / rate
    wave: Waveform = (10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * times)).astype(np.float32)
    return wave


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
@pytest.mark.parametrize("decibels", [-23.0, -33.0])
def test_a_sine_is_as_loud_as_tech_3341_says(decibels: float, rate: int) -> None:
    # Case 1: stereo, -23 dBFS in each channel, 1 kHz: -23.0 LUFS. One channel alone: 3.01 less.
    measured = integrated_loudness(sine(decibels, 5, rate), rate)
    assert measured == pytest.approx(decibels - 3.01, abs=0.15)


def test_silence_between_sentences_is_gated() -> None:
    loud = sine(-20, 3, 16_000)
    with_pause = np.concatenate([loud, np.zeros(16_000 * 4, np.float32), loud])
    alone = integrated_loudness(loud, 16_000)
    assert alone is not None
    assert integrated_loudness(with_pause, 16_000) == pytest.approx(alone, abs=0.3)


def test_what_is_too_short_or_silent_has_none() -> None:
    assert integrated_loudness(sine(-20, 0.3, 16_000), 16_000) is None
    assert integrated_loudness(np.zeros(32_000, np.float32), 16_000) is None
    assert gain_to(-23, None) == 0
    assert gain_to(-10, -69) == 40


def test_gain_brings_it_to_the_target() -> None:
    rng = np.random.default_rng(7)
    noise = (rng.standard_normal(32_000) * 0.02).astype(np.float32)
    before = integrated_loudness(noise, 16_000)
    after = integrated_loudness(amplified(noise, gain_to(-23, before)), 16_000)
    assert after == pytest.approx(-23, abs=0.15)


def test_what_limiting_takes_away_is_given_back() -> None:
    """A voice whose peaks stand 22 dB above its loudness, as real ones do."""
    rate = 22_050
    quiet = sine(-30, 6, rate, 300)
    envelope = np.exp(-(np.arange(quiet.size) % (rate // 2)) / (0.01 * rate)).astype(np.float32)
    voice = quiet + 12 * envelope * quiet
    before = integrated_loudness(voice, rate)
    assert before is not None
    assert true_peak(voice, rate) - before > 18
    once = integrated_loudness(limited(amplified(voice, gain_to(-16, before)), rate), rate)
    assert once is not None
    assert once < -16.5
    met, gain = brought_to(-16, voice, rate, before)
    assert integrated_loudness(met, rate) == pytest.approx(-16, abs=0.15)
    assert true_peak(met, rate) <= TRUE_PEAK_CEILING + 1e-2
    assert gain > gain_to(-16, before)


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
def test_true_peaks_stay_below_the_ceiling(rate: int) -> None:
    # A quarter-rate sine between its samples: sample peaks of -3 dB hide a true peak of 0 dBTP.
    times = np.arange(rate)
    hidden = np.sin(np.pi / 2 * times + np.pi / 4).astype(np.float32)
    assert np.abs(hidden).max() == pytest.approx(0.7071, abs=1e-3)
    assert true_peak(hidden, rate) == pytest.approx(0, abs=0.3)
    rng = np.random.default_rng(3)
    bursts = (rng.standard_normal(rate) * 0.8).astype(np.float32)
    for samples in (hidden, bursts, sine(6, 1, rate, 440)):
        held = limited(samples, rate)
        assert held.size == samples.size
        assert held.dtype == np.float32
        assert true_peak(held, rate) <= TRUE_PEAK_CEILING + 1e-2


def test_the_limiter_keeps_time_and_leaves_what_is_quiet_alone() -> None:
    quiet = sine(-10, 1, 22_050)
    assert limited(quiet, 22_050) is quiet
    samples = quiet.copy()
    samples[11_000:11_100] *= 8
    held = limited(samples, 22_050)
    correlation = np.correlate(held[2_000:6_000], quiet[1_900:6_100], "valid")
    assert correlation.argmax() == 100, "it is not shifted"
    assert np.abs(held[:5_000] - quiet[:5_000]).max() < 0.01
    assert np.abs(held[16_000:] - quiet[16_000:]).max() < 0.02
