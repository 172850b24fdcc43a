"""A fine-tuned Whisper of a hub becomes a model that faster-whisper runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import FailedPrecondition
from foundation.speech import RecognitionRequest
from models.catalogue import ConversionSource, ModelFile
from models.engines import open_engine
from models.engines.base import CallContext, EngineOptions
from models.store import ModelStore
from tests.tiny_gigaam import Speaker, Spoken
from tests.unit.models.hub_stand_in import HubState, serve_hub
from tests.unit.models.store_fixtures import card, store_of

torch: Any = pytest.importorskip("torch", reason="needs torch: make test-nemo")
transformers: Any = pytest.importorskip("transformers", reason="needs torch: make test-nemo")

pytestmark = pytest.mark.models

SENTENCES = [["сәлем", "алматы"], ["бүгін", "жаңалық"]]
INPUTS = ("config.json", "generation_config.json", "model.safetensors", "tokenizer_config.json")
OUTPUTS = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")
STEPS = 200


@pytest.fixture(scope="module")
def spoken() -> list[Spoken]:
    speaker = Speaker()
    return [speaker.say(words) for words in SENTENCES]


@pytest.fixture(scope="module")
def checkpoint(
    spoken: list[Spoken], whisper_base: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A Whisper of two small layers, trained until it knows two sentences by heart."""
    folder = tmp_path_factory.mktemp("checkpoint")
    tokenizer = transformers.WhisperTokenizerFast(
        tokenizer_file=str(whisper_base / "tokenizer.json"), language="kazakh", task="transcribe"
    )
    torch.manual_seed(0)
    config = transformers.WhisperConfig(
        d_model=64,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=128,
        decoder_ffn_dim=128,
        dropout=0.0,
    )
    model = transformers.WhisperForConditionalGeneration(config)
    extractor = transformers.WhisperFeatureExtractor()
    features = extractor(
        [one.samples for one in spoken], sampling_rate=16_000, return_tensors="pt"
    ).input_features
    prefix = tokenizer.convert_tokens_to_ids(
        ["<|startoftranscript|>", "<|kk|>", "<|transcribe|>", "<|notimestamps|>"]
    )
    texts = [
        [*tokenizer.encode(" " + one.text, add_special_tokens=False), tokenizer.eos_token_id]
        for one in spoken
    ]
    length = max(map(len, texts))
    inputs = torch.tensor(
        [prefix + text[:-1] + [tokenizer.eos_token_id] * (length - len(text)) for text in texts]
    )
    labels = torch.tensor(
        [[-100] * (len(prefix) - 1) + text + [-100] * (length - len(text)) for text in texts]
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(STEPS):
        loss = model(input_features=features, decoder_input_ids=inputs, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss < 0.01:
            break
    assert loss < 0.1
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def hub(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubState]:
    files = {path.name: path.read_bytes() for path in checkpoint.iterdir()}
    with serve_hub(HubState(files)) as state:
        monkeypatch.setenv("HF_ENDPOINT", state.url)
        yield state


def store(folder: Path, checkpoint: Path, **pins: str) -> ModelStore:
    names = [path.name for path in checkpoint.iterdir()]
    assert set(INPUTS) <= set(names)
    source = ConversionSource(
        "someone/kazakh-whisper", tuple(ModelFile(name, pins.get(name)) for name in names)
    )
    files = tuple(map(ModelFile, OUTPUTS))
    model = card(source, files=files, size_bytes=1 << 20)
    return store_of(folder, model)


def test_a_fine_tuned_checkpoint_is_converted_when_it_is_pulled(
    hub: HubState, checkpoint: Path, spoken: list[Spoken], tmp_path: Path
) -> None:
    steps: list[str] = []
    folder = store(tmp_path, checkpoint).pull("tiny", progress=lambda p: steps.append(p.step))
    assert "convert" in steps
    assert sorted(path.name for path in folder.iterdir()) == sorted(OUTPUTS)
    assert not list((tmp_path / "store").glob(".partial/*"))
    engine = open_engine("faster-whisper", folder, EngineOptions())
    for one in spoken:
        request = RecognitionRequest(one.samples, languages=("kk",), full_context=True)
        assert engine.call("recognize", request, CallContext()).text == one.text


def test_another_checkpoint_than_the_pinned_one_is_refused(
    hub: HubState, checkpoint: Path, tmp_path: Path
) -> None:
    pinned = store(tmp_path, checkpoint, **{"model.safetensors": "0" * 64})
    with pytest.raises(FailedPrecondition, match=r"model.safetensors: SHA-256 .*pins 000"):
        pinned.pull("tiny")


def test_what_is_no_checkpoint_is_said(hub: HubState, checkpoint: Path, tmp_path: Path) -> None:
    hub.files["model.safetensors"] = b"nonsense"
    with pytest.raises(FailedPrecondition, match="cannot be converted"):
        store(tmp_path, checkpoint).pull("tiny")
