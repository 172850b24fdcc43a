"""The onnx-asr engine on a real, tiny model in GigaAM's format: every word of a closed set."""

from __future__ import annotations

import asyncio
import shutil
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.audio import decode_audio
from typer.testing import CliRunner

from foundation.errors import FailedPrecondition, InvalidArgument
from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.speech import SAMPLE_RATE, RecognitionRequest, Samples
from models.engines import open_engine
from models.engines.base import CallContext, EngineOptions
from models.engines.onnx_asr import OnnxAsrEngine
from services.command_line.main import app
from streaming.events import AudioChunk, Finalize, Hypothesis
from streaming.recognition import LiveRecognizer, LiveRecognizerConfig, OfflineConfig, transcribe
from tests.tiny_gigaam import Speaker, Spoken, build
from workers.in_process import InProcessPool, PoolConfig

pytestmark = pytest.mark.models

BOTH = EngineOptions(languages=("kk", "ru"), workers=2)
SENTENCES = [
    ["сәлем", "алматы"],
    ["бүгін", "жаңалық", "сәлем"],
    ["погода", "вечер", "новости", "погода"],
]


@pytest.fixture(scope="module")
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture(scope="module")
def folder(speaker: Speaker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gigaam")
    build(folder, speaker)
    return folder


@pytest.fixture
async def pool(folder: Path) -> AsyncIterator[InProcessPool]:
    async with InProcessPool(lambda model: OnnxAsrEngine.open(folder, BOTH), PoolConfig(2)) as pool:
        yield pool


@pytest.mark.parametrize("compute_type", ["int8", "float32"])
@pytest.mark.parametrize("words", SENTENCES)
def test_words_and_their_times(
    folder: Path, speaker: Speaker, words: list[str], compute_type: str
) -> None:
    options = EngineOptions(languages=("kk", "ru"), compute_type=compute_type)
    engine = open_engine("onnx-asr", folder, options)
    spoken = speaker.say(words)
    request = RecognitionRequest(spoken.samples, languages=("kk", "ru"))
    heard = engine.call("recognize", request, CallContext())
    assert heard.text == spoken.text == " ".join(word.text for word in heard.words)
    assert heard.language == ("ru" if words[0] == "погода" else "kk")
    for word, span in zip(heard.words, spoken.spans, strict=True):
        assert word.start == pytest.approx(from_samples(span[0], SAMPLE_RATE), abs=9_000)
        assert word.end == pytest.approx(from_samples(span[1], SAMPLE_RATE), abs=13_500)
        assert word.confidence > 0.5
    engine.close()


def test_what_it_declares(folder: Path) -> None:
    small = OnnxAsrEngine.open(folder, BOTH)
    full = OnnxAsrEngine.open(folder, EngineOptions(languages=("kk",), compute_type="float32"))
    assert small.capabilities.languages == ("kk", "ru")
    assert not small.capabilities.punctuation
    assert not small.capabilities.prompt
    assert not small.capabilities.hotwords
    assert small.memory_bytes() < full.memory_bytes() / 3
    english = RecognitionRequest(np.zeros(16_000, np.float32), languages=("en",))
    with pytest.raises(InvalidArgument, match="languages"):
        full.recognize(english, CallContext())
    long = RecognitionRequest(np.zeros(31 * 16_000, np.float32), languages=("kk",))
    with pytest.raises(InvalidArgument, match="samples"):
        full.recognize(long, CallContext())


@pytest.mark.parametrize("size", [0, 1, 1599, 1600, 16_000])
def test_nothing_is_heard_in_silence(folder: Path, size: int) -> None:
    heard = OnnxAsrEngine.open(folder, BOTH).recognize(
        RecognitionRequest(np.zeros(size, np.float32), languages=("kk", "ru")), CallContext()
    )
    assert (heard.text, heard.words, heard.no_speech_probability) == ("", (), 1.0)


def joined(speaker: Speaker) -> tuple[str, Samples]:
    said: list[Spoken] = [speaker.say(words) for words in SENTENCES]
    pause = np.zeros(SAMPLE_RATE // 2, np.float32)
    samples = np.concatenate([part for spoken in said for part in (spoken.samples, pause)])
    return " ".join(spoken.text for spoken in said), samples


async def live(
    pool: InProcessPool, samples: Samples, languages: tuple[Language, ...] = ("kk", "ru")
) -> list[Hypothesis]:
    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for start in range(0, samples.size, 1600):
            yield AudioChunk(samples[start : start + 1600], from_samples(start, SAMPLE_RATE))
            await caught_up(recognizer)

    told: list[Hypothesis] = []
    config = LiveRecognizerConfig("tiny", languages=languages)
    recognizer = LiveRecognizer(pool, config, "test")
    await recognizer.run(feed(), told.append)
    return told


async def caught_up(recognizer: LiveRecognizer) -> None:
    """As fast as decoding goes; no event says that it has caught up."""
    while recognizer.lag > 1:  # noqa: ASYNC110
        await asyncio.sleep(0.002)


async def test_live_and_offline_text_agree(pool: InProcessPool, speaker: Speaker) -> None:
    text, samples = joined(speaker)
    offline = await transcribe(pool, samples, OfflineConfig("tiny", languages=("kk", "ru")))
    assert " ".join(utterance.text for utterance in offline) == text
    told = await live(pool, samples)
    assert " ".join(word.text for h in told for word in h.committed) == text
    assert told[-1].endpoint
    assert any(hypothesis.tentative for hypothesis in told)
    assert {h.language for h in told if h.committed} == {"kk", "ru"}


@pytest.fixture
def kazakh_clips(shared_speech: Path) -> list[Path]:
    return sorted(shared_speech.glob("kk-*.flac"))


async def test_every_kazakh_recording_goes_through(
    pool: InProcessPool, kazakh_clips: list[Path]
) -> None:
    """It knows seven words only: what it hears is nonsense, but no audio makes it fail."""
    assert len(kazakh_clips) >= 5
    for clip in kazakh_clips:
        samples = decode_audio(str(clip))
        for utterance in await transcribe(pool, samples, OfflineConfig("tiny", ("kk", "ru"))):
            assert utterance.language in ("kk", "ru")
            assert 0 <= utterance.start <= utterance.end <= from_samples(samples.size, SAMPLE_RATE)
        told = await live(pool, samples)
        assert all(word.end >= word.start for h in told for word in h.committed)


async def test_a_session_goes_on_from_whisper_to_onnx(
    folder: Path, whisper_base: Path, speaker: Speaker
) -> None:
    """English by Whisper, then, swapped on air, Kazakh by the tiny model."""
    engines: dict[str, Callable[[], object]] = {
        "whisper": lambda: open_engine("faster-whisper", whisper_base, EngineOptions(workers=2)),
        "tiny": lambda: OnnxAsrEngine.open(folder, BOTH),
    }
    text, samples = joined(speaker)
    silence = np.zeros(2 * SAMPLE_RATE, np.float32)
    everything = np.concatenate([samples, silence, samples])
    swap_at = samples.size + SAMPLE_RATE
    recognizer: LiveRecognizer

    async def feed() -> AsyncIterator[AudioChunk | Finalize]:
        for start in range(0, everything.size, 1600):
            if start // 1600 == swap_at // 1600:
                yield Finalize()
                await caught_up(recognizer)
                recognizer.reconfigure(LiveRecognizerConfig("tiny", languages=("kk", "ru")))
            yield AudioChunk(everything[start : start + 1600], from_samples(start, SAMPLE_RATE))

    told: list[Hypothesis] = []
    async with InProcessPool(lambda model: engines[model](), PoolConfig(2)) as pool:  # type: ignore[return-value,arg-type]
        config = LiveRecognizerConfig("whisper", languages=("en",))
        recognizer = LiveRecognizer(pool, config, "test")
        await recognizer.run(feed(), told.append)
    words = [word for hypothesis in told for word in hypothesis.committed]
    before = [word for word in words if word.end <= from_samples(swap_at, SAMPLE_RATE)]
    after = words[len(before) :]
    assert " ".join(word.text for word in after) == text
    assert before
    assert all(word.text.isascii() for word in before)


def broken(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "broken"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", None, "config.json"),
        ("config.json", "[]", "config.json"),
        ("config.json", '{"model_type": "gigaam-v9"}', "gigaam-v9"),
        ("config.json", '{"model_type": "whisper"}', "word times"),
        ("multilingual_vocab.txt", None, "multilingual_vocab.txt"),
        ("multilingual_vocab.txt", "nonsense", "cannot load"),
        ("multilingual_ctc.int8.onnx", "nonsense", "cannot load"),
    ],
)
def test_a_broken_folder_is_refused(
    folder: Path, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    copy = broken(folder, tmp_path)
    if content is None:
        (copy / name).unlink()
    else:
        (copy / name).write_text(content)
    with pytest.raises(FailedPrecondition, match=message):
        OnnxAsrEngine.open(copy, BOTH)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (EngineOptions(), "languages"),
        (EngineOptions(languages=("tr",)), "languages"),
        (EngineOptions(languages=("kk",), compute_type="float16"), "compute type"),
        (EngineOptions(languages=("kk",), device="cuda:0"), "CUDA"),
        (EngineOptions(languages=("kk",), settings={"beam": 3}), "settings.beam"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    folder: Path, options: EngineOptions, message: str
) -> None:
    with pytest.raises(FailedPrecondition, match=message):
        OnnxAsrEngine.open(folder, options)


def test_a_models_card_may_say_its_type(folder: Path, tmp_path: Path) -> None:
    copy = broken(folder, tmp_path)
    (copy / "config.json").write_text('{"version": "v3"}')
    settings = {"model_type": "gigaam-multilingual-ctc"}
    OnnxAsrEngine.open(copy, EngineOptions(languages=("kk",), settings=settings)).close()


def test_transcribe_with_a_model_of_ones_own(
    folder: Path, tmp_path: Path, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "mirror" / "tiny")
    files = "".join(f'"{path.name}" = {{}}\n' for path in folder.iterdir())
    catalogue = tmp_path / "own.toml"
    catalogue.write_text(
        '[[models]]\nid = "tiny"\ntask = "speech-to-text"\nlanguages = ["kk", "ru"]\n'
        'engine = "onnx-asr"\nlicense = "MIT"\ncommercial_use = true\nsize_bytes = 1\n'
        f"[models.files]\n{files}"
    )
    monkeypatch.setenv("DAUYS_CATALOGUE", str(catalogue))
    monkeypatch.setenv("DAUYS_MODELS_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("DAUYS_MODELS_MIRROR", str(tmp_path / "mirror"))
    text, samples = joined(speaker)
    recording = tmp_path / "spoken.wav"
    with wave.open(str(recording), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32_000).astype("<i2").tobytes())
    run = CliRunner().invoke
    assert run(app, ["models", "pull", "tiny"]).exit_code == 0
    arguments = ["transcribe", str(recording), "--model", "tiny", "--language"]
    found = run(app, [*arguments, "kk,ru", "--verbatim"])
    assert found.exit_code == 0, found.output
    assert found.stdout.split() == text.split()
    glossary = tmp_path / "names.tsv"
    glossary.write_text("Алматы\tkk\nЖаңалық газеті\tkk\t2\tжаңалық\n")
    finished = run(app, [*arguments, "kk,ru", "--glossary", str(glossary)])
    assert finished.exit_code == 0, finished.output
    assert finished.stdout.startswith("Сәлем Алматы")
    assert "Жаңалық газеті" in finished.stdout
    assert finished.stdout.rstrip().endswith(".")
    glossary.write_text("Алматы\tkk\t99\n")
    wrong = run(app, [*arguments, "kk,ru", "--glossary", str(glossary)])
    assert isinstance(wrong.exception, InvalidArgument)
    assert "line 1, weight" in str(wrong.exception)
    refused = run(app, [*arguments, "en"])
    assert isinstance(refused.exception, InvalidArgument)
    assert "does not hear en" in str(refused.exception)
