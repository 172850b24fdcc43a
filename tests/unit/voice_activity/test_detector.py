from __future__ import annotations

import functools
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.speech import SAMPLE_RATE, Samples
from streaming.voice_activity import (
    SpeechEnd,
    SpeechStart,
    VoiceActivityConfig,
    VoiceActivityDetector,
    find_speech,
)
from streaming.voice_activity.silero import FRAME_SAMPLES, SileroModel, _shared_session

SPEECH = Path(__file__).parents[3].parent / "shared/data/speech"


@functools.cache
def recording(name: str) -> Samples:
    path = SPEECH / name
    if not path.exists():
        pytest.skip(f"needs the shared recording {name}")
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(path)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


@pytest.mark.parametrize(
    "name", ["en-misc-jfk.flac", "ru-misc-golos_001ce26c.flac", "kk-codeswitch-kzaudio_7.flac"]
)
def test_speech_is_found(name: str) -> None:
    samples = recording(name)
    spans = find_speech(samples)
    assert spans
    assert sum(end - start for start, end in spans) > 0.5 * samples.size
    assert spans[0][0] >= 0
    assert spans[-1][1] <= samples.size


def test_an_end_is_foretold_where_it_will_be() -> None:
    samples = np.concatenate([recording("en-misc-jfk.flac"), silence(1)])
    detector = VoiceActivityDetector()
    foretold: int | None = None
    ends = foreseen = 0
    for first in range(0, samples.size, FRAME_SAMPLES):
        boundaries = detector.push(samples[first : first + FRAME_SAMPLES])
        for boundary in boundaries:
            if isinstance(boundary, SpeechEnd):
                ends += 1
                assert boundary.sample == foretold
                assert detector.ending is None
        foretold = detector.ending
        foreseen += foretold is not None
    assert ends >= 2
    assert foreseen * FRAME_SAMPLES >= ends * 0.4 * SAMPLE_RATE
    assert not detector.speaking


@pytest.mark.parametrize("amplitude", [0.001, 0.05, 0.5])
def test_white_noise_is_no_speech(amplitude: float) -> None:
    noise = np.random.default_rng(7).standard_normal(10 * SAMPLE_RATE).astype(np.float32)
    assert find_speech(np.clip(noise * amplitude, -1, 1)) == []


@pytest.mark.parametrize("frequency", [100, 440, 1000, 3000])
def test_a_sine_is_no_speech(frequency: float) -> None:
    times = np.arange(10 * SAMPLE_RATE) / SAMPLE_RATE
    assert find_speech((0.5 * np.sin(2 * np.pi * frequency * times)).astype(np.float32)) == []


def test_silence_is_no_speech_and_does_not_run_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = VoiceActivityDetector()
    monkeypatch.setattr(detector._model, "_session", None)
    assert detector.push(silence(10)) == []
    assert detector.flush() == []


def test_frame_by_frame_equals_the_whole_in_one_batch() -> None:
    samples = recording("en-misc-jfk.flac").copy()
    samples[::100] += 1e-4  # no frame is digital silence, which would skip the model
    frames = samples[: samples.size - samples.size % FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    context = np.vstack([np.zeros((1, 64), np.float32), frames[:-1, -64:]])
    state = np.zeros((1, 1, 128), np.float32)
    whole, _, _ = _shared_session().run(
        None, {"input": np.concatenate([context, frames], axis=1), "h": state, "c": state}
    )
    model = SileroModel()
    assert np.allclose([model.probability(frame) for frame in frames], whole, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 20_000), min_size=1, max_size=20))
def test_the_cut_into_chunks_does_not_matter(sizes: list[int]) -> None:
    samples = np.concatenate([recording("en-misc-jfk.flac")[: 4 * SAMPLE_RATE], silence(0.3)])
    whole = VoiceActivityDetector()
    expected = [*whole.push(samples), *whole.flush()]
    cut = VoiceActivityDetector()
    found = [
        boundary
        for part in np.split(samples, np.minimum(np.cumsum(sizes), samples.size))
        for boundary in cut.push(part)
    ]
    assert [*found, *cut.flush()] == expected


def test_starts_and_ends_alternate_and_never_overlap() -> None:
    speech = recording("en-misc-jfk.flac")[: 3 * SAMPLE_RATE]
    samples = np.concatenate([silence(1), speech, silence(0.7), speech, silence(2)])
    detector = VoiceActivityDetector(
        VoiceActivityConfig(pre_roll_seconds=2.0, tail_seconds=0.4, min_silence_seconds=0.4)
    )
    boundaries = [*detector.push(samples), *detector.flush()]
    kinds = [type(boundary) for boundary in boundaries]
    assert kinds == [SpeechStart, SpeechEnd] * (len(kinds) // 2)
    positions = [boundary.sample for boundary in boundaries]
    assert positions == sorted(positions)
    assert len(kinds) >= 4
    assert not detector.speaking


def test_flush_ends_open_speech_and_counting_goes_on() -> None:
    speech = recording("en-misc-jfk.flac")[: 2 * SAMPLE_RATE + 100]
    detector = VoiceActivityDetector()
    assert [type(b) for b in detector.push(speech)] == [SpeechStart]
    assert detector.speaking
    (end,) = detector.flush()
    assert isinstance(end, SpeechEnd)
    assert 0 < end.sample <= speech.size
    (start,) = detector.push(speech)
    assert isinstance(start, SpeechStart)
    assert end.sample <= start.sample < 2 * speech.size


def test_reset_starts_at_zero_again() -> None:
    speech = recording("en-misc-jfk.flac")[: 2 * SAMPLE_RATE]
    detector = VoiceActivityDetector()
    first = detector.push(speech)
    detector.reset()
    assert not detector.speaking
    assert detector.push(speech) == first


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 1.5},
        {"threshold": 0.2, "negative_threshold": 0.3},
        {"min_silence_seconds": -1.0},
        {"tail_seconds": float("nan")},
    ],
)
def test_a_wrong_configuration_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidArgument, match="voice_activity"):
        VoiceActivityConfig(**wrong)
