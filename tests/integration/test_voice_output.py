"""A session's track as a live voice: scripted ears, a toy translator, espeak-ng, real receivers."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.error import InvalidDataError
from dauys.client import (
    AsyncClient,
    AudioEncoding,
    AudioFormat,
    InvalidArgumentError,
    Output,
    OutputState,
    OutputStatus,
)

from foundation.errors import InvalidArgument, NotFound
from foundation.languages import Language
from foundation.media_time import from_samples
from foundation.speech import SAMPLE_RATE, Word
from foundation.synthesis import Waveform
from foundation.translation import ALL_PAIRS
from models.engines.base import CallContext, EngineOptions
from models.engines.espeak import EspeakEngine
from models.store import ModelStore
from services.server.bootstrap import Server
from services.server.settings import Settings
from services.subtitling.outputs import SessionOutputs
from services.text_to_speech.voices import voice_chooser
from streaming.cues.presets import load_preset
from streaming.delivery.log import DeliveryLog
from streaming.delivery.renditions import session_renditions
from streaming.delivery.runner import OutputRunner
from streaming.delivery.running import SessionFacts
from streaming.delivery.specs import read_spec
from streaming.events import AudioChunk, FeedEvent, FeedItem, FeedState, Finalize, Hypothesis
from streaming.ingest.ffmpeg import find_ffmpeg
from streaming.interpretation import Booth
from streaming.session import LiveSession
from streaming.session_events import CommittedText
from streaming.session_events import OutputState as State
from streaming.synthesis.voices import VoicePlan
from streaming.tracks import TranslatedTracks, Translations
from streaming.translation import TranslationModels
from tests import toy_translator
from tests.end_to_end.live_players.feed import BeepRecognizer
from tests.integration.gateway.scripted import Running, ScriptedSession
from tests.integration.grpc_fixtures import hear_nothing
from tests.integration.picture_outputs.test_live import Receiver
from tests.integration.speech_fixtures import CATALOGUE
from tests.unit.delivery.push.servers import until
from tests.unit.synthesis.voices import VOICES, in_pieces
from workers.interface import Task
from workers.testing import WINDOWS_ONLY, FakePool

RATE = 24_000
CHUNK = SAMPLE_RATE // 10
BEEPS = (0.5, 2.6, 4.6)
SENTENCES = ("Добрый вечер.", "Сегодня в городе тепло.", "Таковы последние новости")
"""What the beeps are heard as; the last one has no end."""


class BeepingFeed:
    """Chunks as they are due, with a beep of 0.4 s at known times."""

    def __init__(self, seconds: float, beeps: Sequence[float] = ()) -> None:
        self._seconds = seconds
        self._beeps = beeps

    async def __aiter__(self) -> AsyncIterator[FeedItem]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(round(self._seconds * 10)):
            start = number / 10
            await asyncio.sleep(max(0.0, began + start + 0.1 - loop.time()))
            times = start + np.arange(CHUNK) / SAMPLE_RATE
            loud = any(beep <= start + 0.001 < beep + 0.4 for beep in self._beeps)
            samples = (0.5 * loud * np.sin(2 * np.pi * 1000 * times)).astype(np.float32)
            yield AudioChunk(samples, from_samples(number * CHUNK, SAMPLE_RATE))
        yield FeedEvent(FeedState.ENDED)

    async def aclose(self) -> None:
        """It holds nothing."""


class SentenceRecognizer(BeepRecognizer):
    """Hears a sentence in each beep."""

    async def run(
        self, audio: AsyncIterator[AudioChunk | Finalize], emit: Callable[[Hypothesis], None]
    ) -> None:
        """As ``BeepRecognizer``."""

        def tell(hypothesis: Hypothesis) -> None:
            for beep in hypothesis.committed:
                texts = SENTENCES[len(self.onsets) - 1].split()
                step = (beep.end - beep.start) // len(texts)
                words = [
                    Word(text, beep.start + n * step, beep.start + (n + 1) * step, 0.9)
                    for n, text in enumerate(texts)
                ]
                hypothesis = replace(hypothesis, committed=tuple(words))
            emit(hypothesis)

        await super().run(audio, tell)


@pytest.fixture(scope="module")
def espeak() -> Iterator[EspeakEngine]:
    opened = EspeakEngine.open(Path("nowhere"), EngineOptions(languages=("kk", "ru", "en")))
    yield opened
    opened.close()


@dataclass
class Live:
    """A session that is on air, and what runs its outputs."""

    session: LiveSession
    outputs: OutputRunner

    def say(self, text: str) -> None:
        """A sentence of the Russian track."""
        now = self.session.clock.heard_until
        word = Word(text, now, now + 9000, 0.9)
        self.session.operators.publish("ru", CommittedText((word,), "ru"))

    def output(self, **options: Any) -> None:
        self.outputs.add(read_spec({"kind": "voice", "tracks": ["ru"], **options}, "output"))


@asynccontextmanager
async def on_air(espeak: EspeakEngine, feed: BeepingFeed, folder: Path) -> AsyncIterator[Live]:
    def work(task: Task) -> Any:
        if task.model == "toy":
            return toy_translator.answer(task)
        return espeak.call(task.method, task.payload, CallContext())

    def known(model: str) -> Any:
        if model == "toy":
            return toy_translator.CAPABILITIES
        return espeak.call("capabilities", None, CallContext())

    def choose(language: Language | None, voice: str, speaker: str) -> VoicePlan:
        return VoicePlan("espeak-ng", speaker)

    pool = FakePool(work, capabilities=known)
    toy = TranslationModels(dict.fromkeys(ALL_PAIRS, "toy"))
    preset = load_preset("overlay-live")
    session = LiveSession(
        feed,
        SentenceRecognizer(),
        preset,
        translated=TranslatedTracks(pool, "test", Translations({"ru": toy})),
    )
    renditions = session_renditions(session.track, ("kk",), ("ru",), latin=False)
    runner = OutputRunner(
        session,
        lambda: SessionFacts("test", renditions, preset),
        log=lambda name: DeliveryLog(folder / f"{name}.jsonl"),
        back_off=(0.2,),
        booth=Booth(pool, choose),
    )
    running = asyncio.create_task(session.run())
    try:
        yield Live(session, runner)
    finally:
        session.stop()
        await running
        await runner.aclose()
        await pool.aclose()


def received(path: Path) -> tuple[list[int], Waveform]:
    """Timestamps of frames, and their samples."""
    with av.open(str(path), format="mpegts") as container:
        (stream,) = container.streams.audio
        assert (stream.codec_context.name, stream.language) == ("aac", "rus")
        frames = []
        for packet in container.demux(stream):
            try:
                frames += packet.decode()
            except InvalidDataError:
                assert len(frames) < 30, "only what began before it was received"
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return [frame.pts for frame in frames], samples


@pytest.mark.slow
@pytest.mark.alone
async def test_sentences_are_heard_as_they_come_in_one_unbroken_stream(
    espeak: EspeakEngine, tmp_path: Path
) -> None:
    receiver = Receiver(tmp_path / "voice.ts")
    async with on_air(espeak, BeepingFeed(5.2, BEEPS), tmp_path) as live:
        live.output(target=f"udp://127.0.0.1:{receiver.port}")
        live.output(name="archive", target=str(tmp_path / "archive.flac"))
        async with asyncio.timeout(30):
            while not live.session.state.ended:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await live.outputs.finish()
        statuses = live.outputs.statuses
    receiver.close()
    for status in statuses:
        assert (status.state, status.cues, status.lost) == (State.ENDED, 3, 0)
        assert status.voice is not None
        assert status.voice.lag_seconds > 0.3
    stamps, samples = received(tmp_path / "voice.ts")
    assert set(np.diff(stamps)) == {1024 * 90_000 // RATE}, "no gap and no jump"
    assert not np.abs(samples[: round(0.4 * RATE)]).max() > 0.001, "silence before the first"
    lines = [json.loads(line) for line in (tmp_path / "voice.jsonl").read_text().splitlines()]
    assert [line["start"] for line in lines] == pytest.approx(BEEPS, abs=0.05)
    until = 0.0
    for line in lines:
        begins = line["start"] + line["delay"]
        assert begins > max(line["start"] + 0.4, until), "told once the beep is over, in its turn"
        around = samples[round((begins - 0.2) * RATE) : round((begins + 0.8) * RATE)]
        assert np.count_nonzero(np.abs(around) > 0.02) > 0.1 * RATE
        until = begins
    with av.open(str(tmp_path / "archive.flac")) as container:
        tags = {name.lower(): value for name, value in container.metadata.items()}
        assert tags["synthetic"] == "true"
        length = sum(frame.samples for frame in container.decode(audio=0)) / RATE
    assert length > BEEPS[-1] + 1.4, "the last sentence, and a second of silence"


def listening(port: int, path: Path) -> subprocess.Popen[bytes]:
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-y", "-f", "data", "-i"]
    command += [f"srt://127.0.0.1:{port}?mode=listener", "-map", "0", "-c", "copy", "-f", "data"]
    return subprocess.Popen([*command, "-flush_packets", "1", str(path)])


@pytest.mark.slow
async def test_a_receiver_that_comes_late_hears_what_is_said_from_then_on(
    espeak: EspeakEngine, tmp_path: Path
) -> None:
    free = Receiver(tmp_path / "unused.ts")
    free.close()
    path = tmp_path / "voice.ts"
    async with on_air(espeak, BeepingFeed(60.0), tmp_path) as live:
        live.output(target=f"srt://127.0.0.1:{free.port}?latency=200")
        await until(lambda: live.outputs.statuses[0].state is State.FAILING)
        assert live.outputs.statuses[0].detail.startswith(f"srt://127.0.0.1:{free.port}: ")
        live.say("Этого никто не слышит.")
        await until(lambda: live.outputs.statuses[0].lost == 1)
        receiver = listening(free.port, path)
        try:
            await until(lambda: path.exists() and path.stat().st_size > 20_000)
            await until(lambda: live.outputs.statuses[0].state is State.LIVE)
            live.say("Здравствуйте.")
            await until(lambda: live.outputs.statuses[0].cues == 1)
            await live.outputs.remove("voice")
            await asyncio.to_thread(receiver.wait, 10)  # what was under way is written
        finally:
            receiver.kill()
            receiver.wait()
    stamps, samples = received(path)
    # SRT leaves out what is late already when the connection stands.
    assert set(np.diff(stamps[-RATE // 1024 :])) == {1024 * 90_000 // RATE}
    assert stamps[0] > 0.5 * 90_000, "what was meant for it before is not sent"
    assert np.flatnonzero(np.abs(samples) > 0.02).size > 0.2 * RATE


PROFILES = """
[[output]]
kind = "voice"
name = "dubbed"
target = "{folder}/dubbed.opus"
loudness = -23

[[output]]
kind = "voice"
name = "own"
target = "{folder}/own.ts"
voice = "en-voice"
"""


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    own = tmp_path / "own.toml"
    own.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(PROFILES.format(folder=tmp_path))

    def work(task: Task) -> Any:
        return in_pieces(task) if task.model in VOICES else hear_nothing(task)

    pool = FakePool(work, capabilities=lambda model: VOICES.get(model, WINDOWS_ONLY))
    voices = {"kk": "kk-voice", "ru": "ru-voice", "en": "en-voice"}
    settings = Settings(port=0, drain_seconds=1.0, output_profiles=profiles, voices=voices)
    try:
        async with (
            Server(settings, pool, ModelStore(tmp_path / "store")) as server,
            AsyncClient(f"127.0.0.1:{server.port}") as client,
        ):
            yield Running("", client, server)
    finally:
        await pool.aclose()


async def test_a_callers_session_speaks_by_a_profile(server: Running, tmp_path: Path) -> None:
    absent = Output("absent", profile="dubbed", tracks=("kk",))
    session = await server.session(languages=["ru", "en"], outputs=["dubbed", "own", absent])
    audio = AudioFormat(AudioEncoding.LINEAR16, SAMPLE_RATE, 1)
    async for _ in server.client.push_audio(session.name, _silence(), audio):
        pass
    session.say("Первая фраза.", "ru")
    await _until(server, session, lambda status: status.cues == 1)
    session.say("The second one.", "en")
    await server.client.stop_live_session(session.name)
    for place in (0, 1):
        await _until(server, session, lambda each: each.state is OutputState.ENDED, place)
    found = await server.client.get_live_session(session.name)
    dubbed, own, missing = (output.status for output in found.outputs)
    assert dubbed is not None
    assert own is not None
    assert missing is not None
    assert (missing.state, missing.voice) == (OutputState.FAILED, None)
    assert missing.detail == "the session has no such track to speak"
    assert (dubbed.kind, dubbed.state) == ("voice", OutputState.ENDED)
    assert (dubbed.cues, dubbed.lost_cues) == (2, 0)
    assert dubbed.voice is not None
    assert 1.0 <= dubbed.voice.rate <= 1.4
    assert own.cues == 2
    with av.open(str(tmp_path / "dubbed.opus")) as container:
        frames = list(container.decode(audio=0))
    assert max(float(np.abs(frame.to_ndarray()).max()) for frame in frames) > 0.01


async def _silence() -> AsyncIterator[bytes]:
    yield b"\0" * SAMPLE_RATE


async def _until(
    server: Running,
    session: ScriptedSession,
    true: Callable[[OutputStatus], bool],
    place: int = 0,
) -> None:
    async with asyncio.timeout(30):
        while True:
            found = await server.client.get_live_session(session.name)
            status = found.outputs[place].status
            if status is not None and true(status):
                return
            await asyncio.sleep(0.05)  # what is waited for has no event of its own


async def test_a_language_that_the_voice_does_not_speak_is_refused(server: Running) -> None:
    with pytest.raises(InvalidArgumentError, match="'en-voice' speaks en, not kk"):
        await server.client.create_live_session(
            languages=["en"], outputs=[Output("kk", profile="own", tracks=("kk",))]
        )
    assert [each async for each in server.client.list_live_sessions()] == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('voice = "nobody"', "output[0]: voice: no voice 'nobody'"),
        ('voice = "en-voice"\ntracks = ["ru"]', "output[0]: language: 'en-voice' speaks en, not"),
    ],
)
def test_a_profile_with_no_voice_stops_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, says: str
) -> None:
    own, path = tmp_path / "own.toml", tmp_path / "profiles.toml"
    own.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))
    path.write_text(f'[[output]]\nkind = "voice"\nname = "a"\ntarget = "a.wav"\n{line}\n')
    settings = Settings(output_profiles=path)
    pool = FakePool(in_pieces)
    booth = Booth(pool, voice_chooser(ModelStore(tmp_path / "store"), settings))
    with pytest.raises((NotFound, InvalidArgument)) as refused:
        SessionOutputs(settings, booth)
    assert says in refused.value.message
