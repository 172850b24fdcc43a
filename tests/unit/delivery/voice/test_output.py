"""A session's track as a voice: what it says, when, how it fares and what it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound
from foundation.languages import Language
from foundation.synthesis import SynthesizedSpeech
from streaming.delivery.log import DeliveryLog
from streaming.delivery.runner import OutputRunner
from streaming.delivery.specs import OutputSpec, read_spec
from streaming.delivery.voice import VoiceConfig
from streaming.interpretation import Booth
from streaming.session_events import ControlAction, OutputState
from streaming.synthesis.voices import VoicePlan
from tests.unit.delivery.conftest import FakeSession
from tests.unit.delivery.push.servers import until
from tests.unit.synthesis.voices import DEFAULTS, pool, tone
from workers.interface import Task

SPEED = 8.0
"""How much faster than ours a session's time goes."""


class FastSession(FakeSession):
    """Its wall clock goes on by itself."""

    def __init__(self) -> None:
        self._ahead = -asyncio.get_running_loop().time() * SPEED
        super().__init__()

    @property
    def wall(self) -> float:
        return asyncio.get_running_loop().time() * SPEED + self._ahead

    @wall.setter
    def wall(self, value: float) -> None:
        """It cannot be moved."""


@pytest.fixture
async def session() -> FastSession:
    return FastSession()


def choose(language: Language | None, voice: str, speaker: str) -> VoicePlan:
    """As a machine with the tone voices would."""
    if voice == "nobody":
        raise NotFound("voice: no voice 'nobody'")
    if voice and language is not None and not voice.startswith(language):
        raise InvalidArgument("language", f"{voice!r} does not speak {language}")
    return VoicePlan(voice or (DEFAULTS[language] if language else ""), speaker, {}, DEFAULTS)


class Said:
    """What the voices were asked to say."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, task: Task) -> SynthesizedSpeech:
        self.texts.append(task.payload.text)
        return tone(task)


@asynccontextmanager
async def running(
    session: FakeSession, *specs: OutputSpec, said: Said | None = None, **more: Any
) -> AsyncIterator[OutputRunner]:
    """A runner whose outputs are live."""
    workers = pool(said or tone)
    runner = OutputRunner(session, session.facts, booth=Booth(workers, choose), **more)
    try:
        runner.add(*specs)
        await until(lambda: all(s.state is not OutputState.STARTING for s in runner.statuses))
        yield runner
    finally:
        await runner.aclose()
        await workers.aclose()


def spec(path: Path | str, tracks: tuple[str, ...] = ("ru",), **options: Any) -> OutputSpec:
    return OutputSpec("voice", VoiceConfig(target=str(path), **options), tracks=tracks)


def heard(path: Path) -> tuple[NDArray[np.float32], int]:
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    scale = 32_768 if samples.dtype == np.int16 else 1
    return (samples / scale).astype(np.float32), frames[0].sample_rate


def level(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(samples**2)))


async def test_a_track_is_spoken_and_its_lag_told(session: FastSession, tmp_path: Path) -> None:
    said = Said()
    log = tmp_path / "log.jsonl"
    out = tmp_path / "voice.wav"
    async with running(session, spec(out), said=said, log=lambda _: DeliveryLog(log)) as runner:
        session.say("Бұл.")
        session.say("Первая фраза.", 0.5, track="ru")
        await until(lambda: runner.statuses[0].cues == 1)
        session.say("И вторая.", 2.0, track="ru")
        session.log.close()  # the last sentence is still spoken
        await runner.finish()
        (status,) = runner.statuses
    assert said.texts == ["Первая фраза.", "И вторая."]
    assert (status.state, status.cues, status.lost) == (OutputState.ENDED, 2, 0)
    assert status.voice is not None
    assert 1.0 <= status.voice.rate <= 1.4
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["track"], line["index"], line["start"]) for line in lines] == [
        ("ru", 1, 0.5),
        ("ru", 2, 2.0),
    ]
    assert all(line["rate"] >= 1.0 and line["shown_at"] for line in lines)
    samples, rate = heard(out)
    bursts = np.flatnonzero(np.abs(samples) > 0.01)
    assert bursts.size > 0.5 * rate
    assert (np.diff(bursts) > 0.2 * rate).sum() == 1, "silence between the two"


async def test_what_was_corrected_in_time_is_spoken_so(
    session: FastSession, tmp_path: Path
) -> None:
    said = Said()
    late = replace(spec(tmp_path / "voice.wav"), offset_seconds=1.0)
    async with running(session, late, said=said) as runner:
        session.say("Столица Акмола.", 0.0, track="ru")
        number = session.events[-2].event_id
        right = "Столица Астана."
        session.operators.correct_events("ru", number, number, "Столица Акмола.", right, "op")
        session.log.close()
        await runner.finish()
    assert said.texts == ["Столица Астана."]


async def test_killed_captions_are_not_spoken(session: FastSession, tmp_path: Path) -> None:
    said = Said()
    async with running(session, spec(tmp_path / "voice.wav"), said=said) as runner:
        session.operators.control(ControlAction.KILL)
        session.say("Тайна.", 0.0, track="ru")
        session.operators.control(ControlAction.RESTORE)
        session.hear(1)
        session.say("Новости.", 1.5, track="ru")
        session.log.close()
        await runner.finish()
    assert said.texts == ["Новости."]


async def test_the_feeds_own_sound_lies_beneath(session: FastSession, tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    wanted = spec(path, original_db=-40.0, between_db=-6.0)
    async with running(session, wanted) as runner:
        await until(lambda: session.audio._listeners)
        times = np.arange(25 * 16_000) / 16_000
        session.audio.put((0.4 * np.sin(2 * np.pi * 1000 * times)).astype(np.float32))
        await asyncio.sleep(3 / SPEED)  # nobody speaks for three seconds
        session.say("Одна фраза из пяти слов.", 3.0, track="ru")
        session.log.close()
        await runner.finish()
        assert runner.statuses[0].cues == 1
    samples, rate = heard(path)
    frame = rate // 10
    spectra = np.abs(np.fft.rfft(samples[: samples.size // frame * frame].reshape(-1, frame)))
    own, voice = spectra[:, 100] * 2 / frame, spectra[:, 20] * 2 / frame
    speaks = np.flatnonzero(voice > 0.1)
    assert own[speaks[2:]] == pytest.approx(0.004, abs=0.004), "the voice is above it"
    assert np.median(own[: speaks[0]]) == pytest.approx(0.2, abs=0.02)
    assert not session.audio._listeners


async def test_a_disk_that_is_full_and_then_is_not(session: FastSession, tmp_path: Path) -> None:
    out = tmp_path / "voice.wav"
    out.symlink_to("/dev/full")
    async with running(session, spec(out), back_off=(0.05,)) as runner:
        session.say("Фраза.", track="ru")
        await until(lambda: runner.statuses[0].retries > 0)
        assert "cannot write voice.wav: No space left" in runner.statuses[0].detail
        out.unlink()
        session.say("Ещё одна.", 1.0, track="ru")
        await until(lambda: runner.statuses[0].cues == 1)
        session.log.close()
        await runner.finish()
        assert runner.statuses[0].state is OutputState.ENDED
    assert level(heard(out)[0]) > 0.01


async def test_an_output_that_is_removed_leaves_a_file_that_can_be_read(
    session: FastSession, tmp_path: Path
) -> None:
    out = tmp_path / "voice.flac"
    async with running(session, spec(out)) as runner:
        session.say("Начало.", track="ru")
        await until(lambda: runner.statuses[0].cues == 1)
        await runner.aclose()
        assert runner.statuses[0].state is OutputState.ENDED
    assert level(heard(out)[0]) > 0.01


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"voice": "nobody"}, "output 'voice': voice: no voice 'nobody'"),
        ({"voice": "kk-voice"}, "output 'voice': language: 'kk-voice' does not speak ru"),
    ],
)
async def test_a_voice_that_is_not_here_is_refused_at_once(
    session: FastSession, tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    workers, out = pool(), tmp_path / "voice.wav"
    runner = OutputRunner(session, session.facts, booth=Booth(workers, choose))
    with pytest.raises((NotFound, InvalidArgument)) as refused:
        runner.add(spec(out, ("ru",), **options))
    assert refused.value.message == says
    with pytest.raises(FailedPrecondition, match="output 'voice': a voice needs workers"):
        OutputRunner(session, session.facts).add(spec(out))
    assert not out.exists()
    await workers.aclose()


async def test_a_voice_that_speaks_stays_though_it_could_not_be_had_anew(
    session: FastSession, tmp_path: Path
) -> None:
    wanted = spec(tmp_path / "voice.wav", voice="ru-voice")
    gone = False

    def from_what_is_here(language: Language | None, voice: str, speaker: str) -> VoicePlan:
        return choose(language, "nobody" if gone else voice, speaker)

    workers = pool()
    runner = OutputRunner(session, session.facts, booth=Booth(workers, from_what_is_here))
    try:
        runner.add(wanted)
        await until(lambda: runner.statuses[0].state is OutputState.LIVE)
        gone = True
        runner.check([replace(wanted, offset_seconds=1.0)])
        with pytest.raises(NotFound, match="output 'voice': voice: no voice"):
            runner.check([spec(tmp_path / "other.wav", voice="ru-voice")])
    finally:
        await runner.aclose()
        await workers.aclose()


@pytest.mark.parametrize(
    ("wanted", "live", "says"),
    [
        (spec("voice.wav", ("en",)), True, "has no such track"),
        (spec("voice.wav", original_db=-18), False, "original_db: needs a feed that comes as"),
        (spec("voice.wav", speaker="nobody"), True, "speaker: 'nobody' is not one of irina"),
    ],
)
async def test_what_a_session_cannot_have_fails_with_the_reason(
    session: FastSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wanted: OutputSpec,
    live: bool,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    session.at_own_speed = live
    async with running(session, wanted) as runner:
        await until(lambda: runner.statuses[0].state is OutputState.FAILED)
        assert says in runner.statuses[0].detail


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "o.target: is missing"),
        ({"target": "voice.doc"}, "o.target: 'voice.doc': the ending must be one of"),
        ({"target": "srt://host"}, "o.target: "),
        ({"target": "a.wav", "max_rate": 9}, "o.max_rate: 9 is not within 1 to 4"),
        ({"target": "a.wav", "original_db": 3}, "o.original_db: 3 is not within -60 to 0"),
        ({"target": "a.wav", "between_db": -90}, "o.between_db: -90 is not within -60 to 0"),
        ({"target": "a.wav", "loudness": 0}, "o.loudness: 0 is not within -40 to -10"),
        ({"target": "a.wav", "pitch": 1}, "o.pitch: is unknown; want rate, max_rate"),
        ({"target": "a.wav", "tracks": ["ru", "kk"]}, "o.tracks: voice carries one track"),
        ({"target": "a.wav", "offset": -1}, "o.offset: voice shows text as it comes"),
    ],
)
def test_options_are_checked(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        read_spec({"kind": "voice", **options}, "o")
    assert refused.value.message.startswith(says)
