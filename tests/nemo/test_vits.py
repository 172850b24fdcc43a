"""The VITS engine on a tiny checkpoint, beside transformers itself."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from transformers import VitsModel, VitsTokenizer

from foundation.errors import FailedPrecondition, InvalidArgument
from foundation.media_time import to_samples
from foundation.synthesis import SpeechSpan, SynthesisRequest
from models.engines import open_engine
from models.engines.base import CallContext, EngineOptions
from models.engines.vits import VitsEngine
from models.engines.vits.letters import read, read_letters
from tests.nemo.tiny_vits import LETTERS, SAMPLE_RATE, build
from workers.in_process import InProcessPool
from workers.interface import Task

pytestmark = pytest.mark.nemo

KK = EngineOptions(languages=("kk",))
TEXT = "Сәлем,  әлем!"
HOP = 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("vits"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[VitsEngine]:
    opened = VitsEngine.open(folder, KK)
    yield opened
    opened.close()


def test_it_says_what_transformers_says(engine: VitsEngine, folder: Path) -> None:
    tokenizer = VitsTokenizer.from_pretrained(folder)
    model = VitsModel.from_pretrained(folder).eval()
    ids = tokenizer(TEXT.replace("  ", " "), return_tensors="pt")["input_ids"]
    reading = read((SpeechSpan(TEXT, "kk"),), read_letters(folder, len(LETTERS) + 1))
    assert reading.ids == ids[0].tolist()
    torch.manual_seed(7)
    with torch.inference_mode():
        theirs = model(ids).waveform[0].numpy()
    ours = engine.synthesize(replace(SynthesisRequest.of_text(TEXT, "kk"), seed=7), CallContext())
    assert np.allclose(ours.samples, np.clip(theirs, -1, 1), atol=1e-5)
    assert ours.sample_rate == SAMPLE_RATE


def test_the_same_seed_is_the_same_speech(engine: VitsEngine) -> None:
    request = SynthesisRequest.of_text(TEXT, "kk")
    state = torch.random.get_rng_state()
    first, again = (engine.synthesize(request, CallContext()) for _ in range(2))
    assert torch.equal(state, torch.random.get_rng_state())
    assert np.array_equal(first.samples, again.samples)
    other = engine.synthesize(replace(request, seed=1), CallContext())
    assert not np.array_equal(first.samples, other.samples)
    calm, still = (
        engine.synthesize(replace(request, noise=0.0, seed=seed), CallContext()) for seed in (1, 2)
    )
    assert np.array_equal(calm.samples, still.samples)


def test_words_have_the_models_times(engine: VitsEngine) -> None:
    speech = engine.synthesize(SynthesisRequest.of_text(TEXT, "kk"), CallContext())
    assert [(word.text, word.position) for word in speech.words] == [("Сәлем,", 0), ("әлем!", 8)]
    first, second = speech.words
    assert 0 == first.start < first.end <= second.start < second.end
    borders = [to_samples(t, SAMPLE_RATE) for t in (first.end, second.start, second.end)]
    assert all(border % HOP == 0 for border in borders)
    assert borders[2] <= speech.samples.size
    assert speech.passed_over == (",", "!")


@pytest.mark.parametrize("rate", [0.5, 1.3])
def test_rate_and_pitch(engine: VitsEngine, rate: float) -> None:
    request = SynthesisRequest.of_text("қазақстан республикасы " * 4, "kk")
    plain = engine.synthesize(request, CallContext())
    faster = engine.synthesize(replace(request, rate=rate), CallContext())
    assert faster.samples.size == pytest.approx(plain.samples.size / rate, rel=0.05)
    higher = engine.synthesize(replace(request, pitch=4.0), CallContext())
    assert higher.samples.size == pytest.approx(plain.samples.size, rel=0.05)
    assert higher.words[-1].end == pytest.approx(plain.words[-1].end, rel=0.05)


def test_speakers_by_their_names(tmp_path: Path) -> None:
    build(tmp_path, speakers=2)
    settings = {"speakers": {"raya": {"gender": "female"}, "iseke": {"gender": "male"}}}
    engine = VitsEngine.open(tmp_path, replace(KK, settings=settings))
    assert [s.gender for s in engine.capabilities.speakers] == ["female", "male"]
    request = SynthesisRequest.of_text(TEXT, "kk")
    raya, iseke, first = (
        engine.synthesize(replace(request, speaker=name), CallContext()).samples
        for name in ("raya", "iseke", "")
    )
    assert np.array_equal(raya, first)
    assert raya.size != iseke.size or not np.array_equal(raya, iseke)
    with pytest.raises(InvalidArgument, match="not one of raya, iseke"):
        engine.synthesize(replace(request, speaker="nobody"), CallContext())
    engine.close()


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (SynthesisRequest.of_text("", "kk"), "spans"),
        (SynthesisRequest.of_text("hello", "kk"), "spans"),
        (SynthesisRequest.of_text("10" * 400, "kk"), "spans"),
        (SynthesisRequest.of_text("сәлем", "ru"), "spans[0].language"),
        (SynthesisRequest((SpeechSpan("а", "kk", "a"),)), "spans[0].phonemes"),
        (replace(SynthesisRequest.of_text("а", "kk"), rate=math.nan), "rate"),
    ],
)
def test_bad_requests_name_their_field(
    engine: VitsEngine, request_: SynthesisRequest, field: str
) -> None:
    with pytest.raises(InvalidArgument) as raised:
        engine.synthesize(request_, CallContext())
    assert raised.value.field == field


def test_broken_checkpoints_are_refused(tmp_path: Path) -> None:
    def refused() -> str:
        with pytest.raises(FailedPrecondition) as raised:
            VitsEngine.open(tmp_path, KK)
        return raised.value.message

    assert "cannot load a VITS model" in refused()
    build(tmp_path)
    (tmp_path / "vocab.json").write_text(json.dumps({"а": 1000}))
    assert "vocab.json has an id" in refused()
    (tmp_path / "vocab.json").write_text("[")
    assert "no letters of a VitsTokenizer" in refused()
    build(tmp_path, phonemize=True)
    assert "made by other tools" in refused()
    build(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 100)
    assert "cannot load a VITS model" in refused()
    build(tmp_path)
    with pytest.raises(FailedPrecondition, match="sample_rate is 22050"):
        VitsEngine.open(tmp_path, replace(KK, settings={"sample_rate": 22_050}))


async def test_through_the_pool(folder: Path) -> None:
    def load(model: str) -> Any:
        return open_engine("vits", folder, KK)

    async with InProcessPool(load) as pool:
        capabilities = await pool.call(Task("tiny", "capabilities", None))
        assert (capabilities.input, capabilities.streaming) == ("graphemes", False)
        request = SynthesisRequest.of_text(TEXT, "kk")
        whole = await pool.call(Task("tiny", "synthesize", request))
        pieces = [p async for p in pool.stream(Task("tiny", "stream_synthesis", request))]
        assert len(pieces) == 1
        assert np.array_equal(pieces[0].samples, whole.samples)
