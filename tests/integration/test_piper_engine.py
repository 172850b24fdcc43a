"""The Piper engine on a tiny voice of two speakers; the starter voice beside Piper itself."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import onnx
import pytest
from piper import PiperVoice, SynthesisConfig

from foundation.errors import (
    Cancelled,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from foundation.media_time import to_samples
from foundation.synthesis import SpeechSpan, SynthesisRequest, SynthesizedSpeech
from models.engines import open_engine
from models.engines.base import CallContext, EngineOptions
from models.engines.piper import PiperEngine
from models.engines.piper.graph import take_apart
from models.engines.piper.stages import Stage
from models.store import ModelStore
from tests.tiny_piper import (
    FRAMES,
    HOP,
    SAMPLE_RATE,
    build,
    loudest,
    network,
    tone_of,
    write_config,
)
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Priority, Task

KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
KK = EngineOptions(languages=("kk",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("tiny")).parent


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[PiperEngine]:
    opened = PiperEngine.open(folder, KK)
    yield opened
    opened.close()


def say(engine: PiperEngine, text: str = "", **changes: Any) -> SynthesizedSpeech:
    request = SynthesisRequest.of_text(text, changes.pop("language", "kk"))
    return engine.synthesize(replace(request, **changes), CallContext())


def phonemes(text: str, spoken: str, **changes: Any) -> SynthesisRequest:
    return SynthesisRequest((SpeechSpan(text, "kk", spoken),), **changes)


def part(speech: SynthesizedSpeech, word: int) -> Any:
    """The middle of a word."""
    time = speech.words[word]
    start, end = (to_samples(at, speech.sample_rate) for at in (time.start, time.end))
    return speech.samples[start + HOP : end - 2 * HOP]


def test_each_phoneme_has_its_tone_and_each_speaker_an_own_pitch(engine: PiperEngine) -> None:
    request = phonemes("а о у", "aaa ooo uuu", noise=0.0)
    for number, speaker in enumerate(("low", "high")):
        speech = engine.synthesize(replace(request, speaker=speaker), CallContext())
        for word, phoneme in enumerate("aou"):
            assert loudest(part(speech, word)) == pytest.approx(tone_of(phoneme, number), abs=3)
    plain = engine.synthesize(request, CallContext())
    low = engine.synthesize(replace(request, speaker="low"), CallContext())
    assert np.array_equal(plain.samples, low.samples)


def test_capabilities_are_the_files_and_the_cards(engine: PiperEngine, folder: Path) -> None:
    capabilities = engine.call("capabilities", None, CallContext())
    assert [speaker.id for speaker in capabilities.speakers] == ["low", "high"]
    assert capabilities.languages == ("kk",)
    assert capabilities.accents == ("ru", "en")
    assert capabilities.sample_rate == SAMPLE_RATE
    assert (capabilities.input, capabilities.word_timing) == ("phonemes", "measured")
    assert capabilities.streaming
    assert capabilities.repeatable
    size = (folder / "tiny.onnx").stat().st_size
    assert 0.8 * size < engine.memory_bytes() < 1.2 * size
    described = EngineOptions(
        languages=("kk",),
        settings={"speakers": {"high": {"display_name": "Биік", "gender": "female"}}},
    )
    write_config(folder, default_speaker_id=1)
    other = PiperEngine.open(folder, described)
    write_config(folder)
    first = other.capabilities.speakers[0]
    assert (first.id, first.display_name, first.gender) == ("high", "Биік", "female")
    other.close()


def test_one_speaker_takes_no_number(tmp_path: Path) -> None:
    build(tmp_path, speakers=1)
    options = replace(KK, settings={"speakers": {"raya": {"gender": "female"}}})
    engine = PiperEngine.open(tmp_path, options)
    assert [speaker.id for speaker in engine.capabilities.speakers] == ["raya"]
    speech = engine.synthesize(phonemes("а", "aaaa", speaker="raya"), CallContext())
    assert loudest(part(speech, 0)) == pytest.approx(tone_of("a"), abs=3)
    engine.close()


def test_words_have_the_times_that_the_model_gave_them(engine: PiperEngine) -> None:
    speech = engine.synthesize(phonemes(" ат  қала", "at qɑɫɑ", noise=0.0), CallContext())
    # Begin and pad, then each phoneme with its pad; the silent ones last two frames.
    frames = [4, 4 + 2 * (FRAMES + 2), 4 + 2 * (FRAMES + 2) + 4]
    frames.append(frames[2] + 4 * (FRAMES + 2))
    times = [to_samples(t, SAMPLE_RATE) for w in speech.words for t in (w.start, w.end)]
    assert times == [frame * HOP for frame in frames]
    assert speech.samples.size == (frames[3] + 2) * HOP
    assert [(word.text, word.span, word.position) for word in speech.words] == [
        ("ат", 0, 1),
        ("қала", 0, 5),
    ]


def test_every_kazakh_letter_has_a_sound(engine: PiperEngine) -> None:
    silent: dict[str, str] = {}
    for letter in KAZAKH:
        speech = say(engine, f"а{letter}а", noise=0.0)
        silent |= dict.fromkeys(speech.passed_over, letter)
    assert silent == {}
    whole = say(engine, "Қазақстан Республикасының ең үлкен қаласы — Алматы, өңірде ұлы һәм әділ.")
    assert whole.passed_over == ()
    assert len(whole.words) == 10  # the dash has no sound


def test_words_that_espeak_reads_as_one_or_several(engine: PiperEngine) -> None:
    speech = say(engine, "It is one of the 2026 things , in the end .", language="en")
    written = ["It", "is", "one", "of", "the", "2026", "things", "in", "the", "end"]
    assert [word.text for word in speech.words] == written
    ends = [word.end for word in speech.words]
    starts = [word.start for word in speech.words]
    assert all(start < end for start, end in zip(starts, ends, strict=True))
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    lengths = {word.text: word.end - word.start for word in speech.words}
    assert lengths["2026"] > 3 * lengths["one"]


def test_spans_of_several_languages_are_one_sentence(engine: PiperEngine) -> None:
    request = SynthesisRequest(
        (
            SpeechSpan("Мен", "kk"),
            SpeechSpan("hello world", "en"),
            SpeechSpan("ааа", "kk", "aaaaaa"),
            SpeechSpan("спасибо", "ru"),
        ),
        noise=0.0,
    )
    speech = engine.synthesize(request, CallContext())
    assert [(w.text, w.span) for w in speech.words] == [
        ("Мен", 0), ("hello", 1), ("world", 1), ("ааа", 2), ("спасибо", 3)
    ]  # fmt: skip
    assert loudest(part(speech, 3)) == pytest.approx(tone_of("a"), abs=3)


def test_other_languages_sounds_are_said_with_an_accent(engine: PiperEngine) -> None:
    """Kazakh has no θ: by an English span, in Latin letters inside a Kazakh one, or as phonemes."""
    own = tone_of("s")
    for request in (
        SynthesisRequest((SpeechSpan("thththth", "en", "θθθθθθ"),), noise=0.0),
        SynthesisRequest((SpeechSpan("ссс", "kk", "ssssss"),), noise=0.0),
    ):
        speech = engine.synthesize(request, CallContext())
        assert loudest(part(speech, 0)) == pytest.approx(own, abs=3)
    sizes = {
        say(engine, "thing", language=language, noise=0.0).samples.tobytes()
        for language in ("en", "kk")
    }
    assert len(sizes) == 1


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9, 1.5, 3.0])
def test_rate_is_kept_although_durations_are_rounded_up(engine: PiperEngine, rate: float) -> None:
    request = phonemes("ааа", "a" * 40, seed=1)
    usual = engine.synthesize(request, CallContext())
    speech = engine.synthesize(replace(request, rate=rate), CallContext())
    assert speech.samples.size == pytest.approx(usual.samples.size / rate, rel=0.02)
    assert loudest(speech.samples) == pytest.approx(tone_of("a"), abs=3)
    (word,), (usual_word,) = speech.words, usual.words
    assert word.end - word.start == pytest.approx(
        (usual_word.end - usual_word.start) / rate, rel=0.05
    )


def test_pitch_moves_the_tone_and_not_the_time(engine: PiperEngine) -> None:
    request = phonemes("ааа", "a" * 12, noise=0.0)
    plain = engine.synthesize(request, CallContext())
    for semitones in (-5.0, 7.0):
        shifted = engine.synthesize(replace(request, pitch=semitones), CallContext())
        assert loudest(part(shifted, 0)) == pytest.approx(
            tone_of("a") * 2 ** (semitones / 12), rel=0.02
        )
        assert shifted.samples.size == pytest.approx(plain.samples.size, rel=0.1)


def test_a_seed_gives_the_same_samples_and_another_gives_others(engine: PiperEngine) -> None:
    text = "Бүгін ауа райы жақсы болады."
    first, again, other = (say(engine, text, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first.samples, again.samples)
    assert first.words == again.words
    assert first.samples.size != other.samples.size or not np.array_equal(
        first.samples, other.samples
    )
    calm, still = (say(engine, text, seed=seed, noise=0.0) for seed in (5, 6))
    assert np.array_equal(calm.samples, still.samples)


def test_pieces_are_the_whole(engine: PiperEngine) -> None:
    text = "Бүгін таңертең қаланың орталығында үлкен мереке басталды, оған мыңдаған адам келді."
    request = SynthesisRequest.of_text(text, "kk")
    whole = engine.synthesize(request, CallContext())
    pieces = list(engine.stream_synthesis(request, CallContext()))
    assert len(pieces) > 2
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert pieces[0].samples.size == 16 * HOP
    joined = np.concatenate([piece.samples for piece in pieces])
    assert joined.size == whole.samples.size
    assert float(np.abs(joined - whole.samples).max()) < 1e-5
    assert tuple(word for piece in pieces for word in piece.words) == whole.words
    ends = np.cumsum([piece.samples.size for piece in pieces])
    for piece, end in zip(pieces, ends, strict=True):
        starts = [to_samples(word.start, SAMPLE_RATE) for word in piece.words]
        assert all(end - piece.samples.size <= start < end for start in starts)


def test_a_long_sentence_is_made_in_bounded_pieces(
    engine: PiperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or streamed, no stage ever makes more than a few frames more than its bound at once."""
    request = phonemes("ааа", "aɑoe" * 100, rate=0.25, noise=0.0)
    made: list[int] = []
    run = Stage.run

    def watched(stage: Stage, given: Any) -> Any:
        result = run(stage, given)
        made.append(result.shape[-1])
        return result

    monkeypatch.setattr(Stage, "run", watched)
    whole = engine.synthesize(request, CallContext())
    assert whole.samples.size > 10_000 * HOP
    assert max(made) <= 16_384 + 2 * 1 * HOP
    streamed = list(engine.stream_synthesis(request, CallContext()))
    joined = np.concatenate([piece.samples for piece in streamed])
    assert float(np.abs(joined - whole.samples).max()) < 1e-5
    assert [word.text for word in whole.words] == ["ааа"]
    higher = engine.synthesize(replace(request, pitch=3.0), CallContext())
    assert higher.samples.size == pytest.approx(whole.samples.size, rel=0.01)
    assert higher.last


def test_no_piece_of_the_network_is_computed_for_another_moment(engine: PiperEngine) -> None:
    """Couplings reach two frames; the vocoder three, then a step and a half, then a step."""
    stages = engine._sampler._network.stages
    assert [(stage.radius, stage.factor) for stage in stages] == [
        (2, 1), (2, 1), (3, 1), (2, 2), (1, HOP // 2)
    ]  # fmt: skip
    for before, stage in itertools.pairwise(stages):
        assert stage.inputs[0] == before.outputs[0]


def test_a_step_is_computed_once_but_for_what_its_neighbours_reach(
    engine: PiperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seam costs each stage its reach to both sides, in its own steps, no more."""
    request = SynthesisRequest.of_text("Бүгін таңертең мереке басталды, адам көп болды.", "kk")
    read: dict[str, list[int]] = defaultdict(list)
    run = Stage.run

    def watched(stage: Stage, given: Any) -> Any:
        first = stage.part.inputs[0]
        read[first].append(given[first].shape[-1])
        return run(stage, given)

    steps = engine.synthesize(request, CallContext()).samples.size // HOP
    monkeypatch.setattr(Stage, "run", watched)
    pieces = len(list(engine.stream_synthesis(request, CallContext())))
    assert pieces > 2
    for stage in engine._sampler._network.stages:
        assert stage.radius is not None
        runs = read[stage.inputs[0]]
        assert pieces <= len(runs) <= pieces + steps * stage.factor // 16_384
        assert steps < sum(runs) <= steps + 2 * stage.radius * (len(runs) - 1)
        steps *= stage.factor


def test_letters_without_a_sound_are_told(engine: PiperEngine) -> None:
    speech = engine.synthesize(phonemes("ат", "a☃t☃"), CallContext())
    assert speech.passed_over == ("☃",)
    with pytest.raises(InvalidArgument, match="nothing in it has a sound"):
        engine.synthesize(phonemes("ат", "☃"), CallContext())


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (SynthesisRequest(()), "spans"),
        (SynthesisRequest.of_text(" ", "kk"), "spans"),
        (SynthesisRequest.of_text("…!", "kk"), "spans"),
        (SynthesisRequest.of_text("а" * 1001, "kk"), "spans.text"),
        (SynthesisRequest.of_text("1" * 10_000, "kk"), "spans.text"),
        (SynthesisRequest.of_text("9 " * 499, "kk"), "spans"),
        (phonemes("а", "a" * 1001), "spans.phonemes"),
        (SynthesisRequest.of_text("сәлем", "kk", "nobody"), "speaker"),
        (phonemes("а", "a", rate=0.0), "rate"),
        (phonemes("а", "a", rate=math.nan), "rate"),
        (phonemes("а", "a", rate=-1.0), "rate"),
        (phonemes("а", "a", pitch=math.inf), "pitch"),
        (phonemes("а", "a", pitch=13.0), "pitch"),
        (phonemes("а", "a", noise=math.nan), "noise"),
        (phonemes("а", "a", seed=-1), "seed"),
        (SynthesisRequest.of_text("a", "de"), "spans[0].language"),  # type: ignore[arg-type]
    ],
)
def test_bad_requests_name_their_field(
    engine: PiperEngine, request_: SynthesisRequest, field: str
) -> None:
    for method in ("synthesize", "stream_synthesis"):
        run = engine.call if method == "synthesize" else engine.stream
        with pytest.raises(InvalidArgument) as raised:
            list(run(method, request_, CallContext()))
        assert raised.value.field == field


@pytest.mark.parametrize(
    "text", ["\x00сәлем", "[[a]] сәлем", "<speak>сәлем</speak>", "👩‍👩‍👧 сәлем", "ﷺ а"]
)
def test_strange_texts_are_spoken_or_refused(engine: PiperEngine, text: str) -> None:
    speech = say(engine, text)
    assert speech.samples.size > HOP
    assert np.isfinite(speech.samples).all()


def test_broken_files_are_refused_with_their_reason(tmp_path: Path, folder: Path) -> None:
    good = (folder / "tiny.onnx").read_bytes()

    def refused(data: bytes = good, **config: Any) -> str:
        (tmp_path / "tiny.onnx").write_bytes(data)
        write_config(tmp_path, **config)
        with pytest.raises(FailedPrecondition) as raised:
            PiperEngine.open(tmp_path, KK)
        return raised.value.message

    assert "no ONNX model" in refused(b"not a model")
    assert "no ONNX model" in refused(good[: len(good) // 2])
    assert "its inputs are" in refused(b"")
    assert "phoneme_id_map" in refused(phoneme_id_map={"a": [1]})
    assert "not in 0..9" in refused(num_symbols=10)
    assert "phoneme_type" in refused(phoneme_type="pinyin")
    assert "sample_rate" in refused(audio={"sample_rate": 0})
    assert "default_speaker_id" in refused(default_speaker_id=2)
    assert "differ on having speakers" in refused(num_speakers=1, speaker_id_map={})
    without_vocoder = network(2)
    for node in list(without_vocoder.graph.node):
        if node.op_type == "ConvTranspose":
            without_vocoder.graph.node.remove(node)
    assert "not a network of Piper's kind" in refused(without_vocoder.SerializeToString())
    endless = network(2)
    for weight in endless.graph.initializer:
        if weight.name == "up.weight":
            filled = np.full(tuple(weight.dims), np.nan, np.float32)
            weight.CopyFrom(onnx.numpy_helper.from_array(filled, "up.weight"))
    assert "does not speak" in refused(endless.SerializeToString())
    (tmp_path / "tiny.onnx.json").write_text("{")
    with pytest.raises(FailedPrecondition, match="not the configuration of a Piper voice"):
        PiperEngine.open(tmp_path, KK)
    (tmp_path / "tiny.onnx.json").unlink()
    with pytest.raises(FailedPrecondition, match="not the configuration of a Piper voice"):
        PiperEngine.open(tmp_path, KK)
    (tmp_path / "tiny.onnx").unlink()
    with pytest.raises(FailedPrecondition, match="0 ONNX files"):
        PiperEngine.open(tmp_path, KK)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"colour": 1}, "settings.colour is not one of"),
        ({"sample_rate": 16_000}, "settings.sample_rate is 16000, the model's is 22050"),
        ({"sample_rate": "16 kHz"}, "is no rate"),
        ({"speakers": {"nobody": {}}}, "the model has no 'nobody'"),
        ({"speakers": {"low": {"gender": "other"}}}, "gender"),
        ({"speakers": ["low"]}, "not a table"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(
    folder: Path, settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FailedPrecondition, match=reason):
        PiperEngine.open(folder, replace(KK, settings=settings))


def test_a_card_must_say_what_it_speaks(folder: Path) -> None:
    with pytest.raises(FailedPrecondition, match="languages"):
        PiperEngine.open(folder, EngineOptions())
    with pytest.raises(FailedPrecondition, match="no CUDA"):
        PiperEngine.open(folder, replace(KK, device="cuda:0"))


def test_voices_of_letters_need_no_espeak(tmp_path: Path) -> None:
    build(tmp_path, phoneme_type="text")
    engine = PiperEngine.open(tmp_path, KK)
    assert engine.capabilities.input == "graphemes"
    assert engine.capabilities.accents == ()
    speech = say(engine, "Aaa ж", noise=0.0)
    assert speech.passed_over == ("ж",)
    assert loudest(part(speech, 0)) == pytest.approx(tone_of("a"), abs=3)
    with pytest.raises(InvalidArgument, match="not phonemes"):
        engine.synthesize(phonemes("а", "a"), CallContext())
    engine.close()


def test_a_network_that_looks_beyond_is_not_streamed() -> None:
    """Normalised over the whole sentence: no piece can be made without the rest."""
    model = network(2)
    place = next(n for n, node in enumerate(model.graph.node) if node.output[0] == "flowed")
    model.graph.node[place].output[0] = "flowed_1"
    mean = onnx.helper.make_node("ReduceMean", ["flowed_1"], ["level"], axes=[2], keepdims=1)
    centre = onnx.helper.make_node("Sub", ["flowed_1", "level"], ["flowed"])
    for offset, node in enumerate((mean, centre), start=1):
        model.graph.node.insert(place + offset, node)
    apart = take_apart(model.SerializeToString())
    assert [stage.radius for stage in apart.stages] == [2, None, 3, 2, 1]


def test_a_cancelled_or_late_call_stops_between_pieces(engine: PiperEngine) -> None:
    request = SynthesisRequest.of_text("Бүгін таңертең қаланың орталығында мереке болды.", "kk")
    cancelled = Event()
    pieces = engine.stream_synthesis(request, CallContext(cancelled=cancelled))
    next(pieces)
    cancelled.set()
    with pytest.raises(Cancelled):
        next(pieces)
    with pytest.raises(DeadlineExceeded):
        engine.synthesize(request, CallContext(deadline=0.0))


async def test_in_the_pool_beside_others(folder: Path) -> None:
    """Two workers, one engine: eight calls give what one alone gives, live ones first."""

    def load(model: str) -> Any:
        if model != "tiny":
            raise NotFound(model)
        return open_engine("piper", folder, KK)

    request = SynthesisRequest.of_text("Бүгін таңертең мереке басталды.", "kk")
    async with InProcessPool(load, PoolConfig(workers=2)) as pool:
        task = Task("tiny", "synthesize", request)
        first = await pool.call(task)
        many = await asyncio.gather(
            *(pool.call(replace(task, priority=Priority(n % 3))) for n in range(8))
        )
        assert all(np.array_equal(one.samples, first.samples) for one in many)
        stream = replace(task, method="stream_synthesis")
        pieces = [piece async for piece in pool.stream(stream)]
        assert sum(piece.samples.size for piece in pieces) == first.samples.size
        with pytest.raises(DeadlineExceeded):
            await pool.call(replace(task, timeout=0.0))
        with pytest.raises(InvalidArgument):
            await pool.call(replace(task, payload=replace(request, rate=0.0)))


@pytest.mark.models
@pytest.mark.parametrize(
    "text",
    [
        "Heavy snow is expected in the mountains tonight.",
        "Heavy snow is expected in the mountains tonight, and drivers are asked to leave their "
        "cars at home until the roads are clear, which may take until the end of the week.",
    ],
)
def test_the_starter_voice_says_what_piper_itself_says(text: str) -> None:
    """Also where most of its attention is left out, and piece by piece.

    Samples of the whole network at once and of its stages differ by rounding, 1e-5 at most here; a
    click is heard from some -60 dBFS on, 1e-3.
    """
    folder = ModelStore().ensure("piper-en-us-joe")
    engine = PiperEngine.open(folder, EngineOptions(languages=("en",)))
    request = replace(SynthesisRequest.of_text(text, "en"), noise=0.0)
    ours = engine.synthesize(request, CallContext())
    pieces = [piece.samples for piece in engine.stream_synthesis(request, CallContext())]
    voice = PiperVoice.load(next(folder.glob("*.onnx")))
    steady = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False)
    (theirs,) = voice.synthesize(text, steady)
    assert ours.samples.size == theirs.audio_float_array.size
    assert float(np.abs(ours.samples - theirs.audio_float_array).max()) < 1e-4
    assert len(pieces) > 2
    assert float(np.abs(np.concatenate(pieces) - theirs.audio_float_array).max()) < 1e-4
    assert engine.capabilities.streaming
    assert [word.text for word in ours.words] == text.split()
    engine.close()
