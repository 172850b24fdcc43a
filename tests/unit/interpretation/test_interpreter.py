"""A track is spoken in time: faster when it is late, never two phrases at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from foundation.errors import (
    DauysError,
    DeadlineExceeded,
    InvalidArgument,
    ResourceExhausted,
    Unavailable,
)
from foundation.languages import Language
from foundation.media_time import from_seconds
from foundation.speech import Word
from foundation.synthesis import Speaker, SynthesisCapabilities, SynthesizedSpeech, Waveform
from streaming.interpretation import InterpretationConfig, Interpreter, SpokenPhrase
from streaming.interpretation.phrases import PhraseBuilder
from streaming.session_events import (
    CaptionState,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    SessionEvent,
)
from streaming.synthesis.voices import VoicePlan
from workers.interface import Task
from workers.testing import FakePool

RATE = 16_000
ORIGIN = from_seconds(500.0)
"""Media time of the first sample."""

A_SECOND = "Fifteen letters"
"""As long as the voice below speaks in a second."""


CAPABILITIES = SynthesisCapabilities(
    ("en", "ru"), (Speaker("one"),), RATE, "graphemes", False, "estimated", True
)


class Voice:
    """Speaks 15 characters a second, a constant level; may refuse."""

    def __init__(self, refuse: int = 0, error: DauysError | None = None) -> None:
        self._error = error or ResourceExhausted("tasks", "the machine is full", 0.1)
        self.said: list[tuple[str, float]] = []
        self._refuse = refuse

    def __call__(self, task: Task) -> SynthesizedSpeech:
        request = task.payload
        if self._refuse:
            self._refuse -= 1
            raise self._error
        self.said.append((request.text, request.rate))
        count = round(len(request.text) / 15 / request.rate * RATE)
        return SynthesizedSpeech(np.full(count, 0.5, np.float32), RATE, (), "estimated")


class Sink:
    works = True

    def __init__(self) -> None:
        self.pieces: list[Waveform] = []
        self.closed = 0

    async def write(self, samples: Waveform) -> None:
        self.pieces.append(samples)

    async def close(self) -> None:
        self.closed += 1

    async def abort(self) -> None:
        """Nothing is held."""

    @property
    def samples(self) -> Waveform:
        return np.concatenate(self.pieces)


def committed(
    event_id: int, text: str, start: float, end: float, track: str = "en"
) -> SessionEvent:
    parts = text.split()
    step = (end - start) / len(parts)
    words = tuple(
        Word(
            part,
            ORIGIN + from_seconds(start + place * step),
            ORIGIN + from_seconds(start + (place + 1) * step),
            0.9,
        )
        for place, part in enumerate(parts)
    )
    return SessionEvent(event_id, end, track, CommittedText(words, "en"))


def words_of(event: SessionEvent) -> list[Word]:
    assert isinstance(event.body, CommittedText)
    return list(event.body.words)


async def given(events: Sequence[SessionEvent | float]) -> AsyncIterator[SessionEvent]:
    for event in events:
        if isinstance(event, float):
            await asyncio.sleep(event)
        else:
            yield event


async def interpret(
    events: Sequence[SessionEvent | float] | AsyncIterator[SessionEvent],
    config: InterpretationConfig | None = None,
    voice: Voice | None = None,
    *,
    live: bool = False,
    begins: float = 0.0,
    from_start: bool = False,
    language: Language | None = "en",
) -> tuple[list[SpokenPhrase], Sink, Voice]:
    voice, sink = voice or Voice(), Sink()
    pool = FakePool(voice, capabilities=CAPABILITIES)
    began = asyncio.get_running_loop().time()

    def wall() -> float:
        return asyncio.get_running_loop().time() - began + begins

    interpreter = Interpreter(
        pool,
        VoicePlan(defaults={"en": "fake", "ru": "fake"}),
        "en",
        language,
        sink,
        RATE,
        lambda: ORIGIN,
        wall if live else None,
        config,
        from_start=from_start,
    )
    spoken: list[SpokenPhrase] = []
    interpreter.on_spoken = spoken.append
    try:
        async with asyncio.timeout(20):
            await interpreter.run(given(events) if isinstance(events, Sequence) else events)
    finally:
        await pool.aclose()
    assert sink.closed
    return spoken, sink, voice


async def test_a_phrase_is_heard_when_its_source_has_ended() -> None:
    spoken, sink, _ = await interpret(
        [committed(1, "First things first.", 1.0, 2.0), committed(2, "Then rest.", 6.0, 8.0)]
    )
    assert [phrase.text for phrase in spoken] == ["First things first.", "Then rest."]
    assert spoken[0].start == pytest.approx(2.0, abs=0.01)
    assert spoken[0].lag == pytest.approx(1.0, abs=0.01)
    assert spoken[1].start == pytest.approx(8.0, abs=0.01)
    quiet = sink.samples[: 2 * RATE - 200]
    assert not quiet.any()
    assert sink.samples[round(2.3 * RATE)] == pytest.approx(0.5, abs=0.05)


async def test_a_late_voice_speaks_faster_up_to_the_bound_and_never_over_itself() -> None:
    long = " ".join([A_SECOND] * 4)  # 4.2 s of speech for each second of the source
    events = [committed(n + 1, f"{long}.", n * 1.0, n + 1.0) for n in range(5)]
    config = InterpretationConfig(max_rate=1.5, leave_out_from=60.0)
    spoken, _, _ = await interpret(events, config)
    rates = [phrase.rate for phrase in spoken]
    assert rates[0] == 1.0
    assert rates == sorted(rates)
    assert max(rates) == 1.5
    for one, following in pairwise(spoken):
        assert following.start >= one.end + config.gap_seconds - 0.01


async def test_too_much_to_say_is_left_out_and_told() -> None:
    long = " ".join([A_SECOND] * 8)
    events = [committed(n + 1, f"{long}.", n * 0.5, (n + 1) * 0.5) for n in range(8)]
    config = InterpretationConfig(leave_out_from=12.0)
    spoken, _, voice = await interpret(events, config)
    assert len(spoken) == 8
    left_out = [phrase for phrase in spoken if phrase.left_out]
    assert left_out
    assert len(voice.said) == 8 - len(left_out)
    heard = [phrase for phrase in spoken if not phrase.left_out]
    assert max(phrase.start - phrase.source_end for phrase in heard) < 12.0 + 0.5


async def test_live_speech_comes_at_once_and_the_track_advances_with_the_wall() -> None:
    spoken, sink, _ = await interpret(
        [0.3, committed(1, "Now then here it is.", 0.0, 0.3), 0.2], live=True
    )
    assert len(spoken) == 1
    assert 0.25 <= spoken[0].start <= 1.5
    assert spoken[0].end - spoken[0].start == pytest.approx(len(spoken[0].text) / 15, abs=0.1)
    # A second of silence follows: receivers lose what comes right before the end.
    assert sink.samples.size / RATE == pytest.approx(spoken[0].end + 1.0, abs=0.3)


async def test_words_without_an_end_are_spoken_after_a_pause() -> None:
    config = InterpretationConfig(pause_seconds=0.2)
    spoken, _, _ = await interpret(
        [committed(1, "no full stop", 0.0, 0.2), 0.5, committed(2, "follows here", 0.5, 0.7)],
        config,
        live=True,
    )
    assert [phrase.text for phrase in spoken] == ["no full stop", "follows here"]


async def test_other_tracks_are_not_spoken_and_nothing_is_fine() -> None:
    spoken, sink, voice = await interpret([committed(1, "Бұл басқа.", 0.0, 1.0, track="kk")])
    assert not spoken
    assert not voice.said
    assert not sink.pieces


async def test_a_correction_changes_what_is_not_spoken_yet() -> None:
    first = committed(1, "The capital is", 0.0, 1.0)
    right = words_of(first)
    right[1] = replace(right[1], text="city")
    correction = Corrected((CorrectedText(1, tuple(right)),), ())
    spoken, _, _ = await interpret(
        [first, SessionEvent(3, 1.0, "en", correction), committed(4, "Almaty.", 1.0, 2.0)]
    )
    assert [phrase.text for phrase in spoken] == ["The city is Almaty."]


@pytest.mark.parametrize("action", [ControlAction.KILL, ControlAction.CLEAR])
async def test_cleared_captions_fall_silent_at_once(action: ControlAction) -> None:
    captions = CaptionState(killed=action is ControlAction.KILL)
    silence = SessionEvent(2, 0.0, "source", Controlled(action, captions))
    long = f"{' '.join([A_SECOND] * 6)}."
    spoken, sink, _ = await interpret([committed(1, long, 0.0, 0.1), 0.5, silence, 0.2], live=True)
    heard = np.flatnonzero(sink.samples).size / RATE
    assert heard < 1.0
    assert spoken[0].end - spoken[0].start < 1.0


async def test_a_voice_that_comes_late_begins_where_the_session_is() -> None:
    events: list[SessionEvent | float] = [
        committed(1, "Now then here it is.", 3600.0, 3600.3),
        0.2,
    ]
    spoken, sink, _ = await interpret(events, live=True, begins=3600.5)
    assert sink.samples.size / RATE < 5.0, "no silence for the hour before"
    assert 3600.5 <= spoken[0].start < 3601.5
    assert spoken[0].lag == pytest.approx(spoken[0].start - 3600.0)
    assert sink.samples.size / RATE == pytest.approx(spoken[0].end - 3600.5 + 1.0, abs=0.3)


async def test_a_voice_that_was_asked_for_with_the_session_begins_with_it() -> None:
    events: list[SessionEvent | float] = [committed(1, "Now then here it is.", 0.0, 0.3)]
    spoken, sink, _ = await interpret(events, live=True, begins=2.0, from_start=True)
    assert 2.0 <= spoken[0].start < 3.0
    assert sink.samples.size / RATE == pytest.approx(spoken[0].end + 1.0, abs=0.3)


async def test_a_session_that_never_began_ends_at_once() -> None:
    pool, sink = FakePool(Voice(), capabilities=CAPABILITIES), Sink()
    plan = VoicePlan(defaults={"en": "fake"})
    interpreter = Interpreter(pool, plan, "en", "en", sink, RATE, lambda: 0, lambda: 0.0)
    async with asyncio.timeout(5):
        await interpreter.run(given([]))
    await pool.aclose()
    assert (sink.pieces, sink.closed) == ([], 1)


async def test_a_track_of_several_languages_is_spoken_in_each() -> None:
    russian = replace(committed(2, "Это 5 слов.", 2.0, 3.0))
    assert isinstance(russian.body, CommittedText)
    russian = replace(russian, body=replace(russian.body, language="ru"))
    events = [committed(1, "It is 5 words.", 0.0, 1.0), russian]
    _, _, voice = await interpret(events, language=None)
    assert [text for text, _ in voice.said] == ["It is five words.", "Это пять слов."]


async def test_a_loudness_is_reached() -> None:
    class Quiet(Voice):
        def __call__(self, task: Task) -> SynthesizedSpeech:
            speech = super().__call__(task)
            times = np.arange(speech.samples.size) / RATE
            return replace(
                speech, samples=(0.02 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
            )

    events = [committed(1, f"{A_SECOND} {A_SECOND}.", 0.0, 1.0)]
    config = InterpretationConfig(loudness=-20.0)
    spoken, sink, _ = await interpret(events, config, Quiet())
    heard = sink.samples[round(spoken[0].start * RATE) : round(spoken[0].end * RATE)]
    assert 20 * np.log10(np.sqrt(np.mean(heard**2))) == pytest.approx(-20.0, abs=1.5)


async def test_a_sink_that_fails_leaves_what_was_not_heard() -> None:
    class Full(Sink):
        aborted = 0

        async def write(self, samples: Waveform) -> None:
            raise Unavailable("the disk is full")

        async def abort(self) -> None:
            self.aborted += 1

    pool, sink = FakePool(Voice(), capabilities=CAPABILITIES), Full()
    plan = VoicePlan(defaults={"en": "fake"})
    interpreter = Interpreter(pool, plan, "en", "en", sink, RATE, lambda: ORIGIN, None)
    events = [committed(1, "One of them.", 1.0, 2.0), committed(2, "And another.", 2.0, 3.0)]
    with pytest.raises(Unavailable, match="full"):
        await interpreter.run(given(events))
    await pool.aclose()
    assert (sink.closed, sink.aborted) == (0, 1)
    assert "One of them." in [phrase.text for phrase in interpreter.unspoken]
    assert all(phrase.left_out and phrase.reason for phrase in interpreter.unspoken)


async def test_a_speaker_that_the_voice_does_not_have_is_named() -> None:
    pool = FakePool(Voice(), capabilities=CAPABILITIES)
    plan = VoicePlan("fake", "nobody")
    interpreter = Interpreter(pool, plan, "en", "en", Sink(), RATE, lambda: ORIGIN, None)
    with pytest.raises(InvalidArgument, match="speaker: 'nobody' is not one of one"):
        await interpreter.run(given([]))
    await pool.aclose()


async def test_what_is_being_spoken_when_captions_are_killed_is_not_heard() -> None:
    begun, killed = threading.Event(), threading.Event()

    class Slow(Voice):
        def __call__(self, task: Task) -> SynthesizedSpeech:
            begun.set()
            assert killed.wait(10)
            return super().__call__(task)

    kill = SessionEvent(2, 1.0, "source", Controlled(ControlAction.KILL, CaptionState(killed=True)))

    async def events() -> AsyncIterator[SessionEvent]:
        yield committed(1, f"{A_SECOND}.", 0.0, 1.0)
        await asyncio.to_thread(begun.wait, 10)
        yield kill
        killed.set()  # the interpreter has taken it: it asks for what follows

    spoken, sink, voice = await interpret(events(), voice=Slow(), live=True)
    assert len(voice.said) == 1
    assert not spoken
    assert not np.any(sink.samples)


async def test_a_phrase_that_the_voice_cannot_say_costs_itself_alone() -> None:
    class Picky(Voice):
        def __call__(self, task: Task) -> SynthesizedSpeech:
            if "impossible" in task.payload.text:
                raise InvalidArgument("text", "1700 phonemes, limit 1500")
            return super().__call__(task)

    events = [committed(1, "This is impossible.", 0.0, 1.0), committed(2, "This is not.", 1.0, 2.0)]
    spoken, _, _ = await interpret(events, voice=Picky())
    assert [(p.text, p.left_out) for p in spoken] == [
        ("This is impossible.", True),
        ("This is not.", False),
    ]


@pytest.mark.parametrize("error", [None, DeadlineExceeded("its time ran out")])
async def test_a_busy_machine_costs_one_phrase(error: DauysError | None) -> None:
    spoken, _, voice = await interpret(
        [committed(1, "This one fails.", 0.0, 1.0), committed(2, "This is said.", 1.0, 2.0)],
        voice=Voice(refuse=1, error=error),
    )
    assert [text for text, _ in voice.said] == ["This is said."]
    assert [(p.text, p.left_out) for p in spoken] == [
        ("This one fails.", True),
        ("This is said.", False),
    ]


def test_phrases_end_at_sentences_not_at_abbreviations_and_are_bounded() -> None:
    builder = PhraseBuilder(60)
    said = words_of(committed(1, "Mr. Smith came, and so on. Then he", 0.0, 3.0))
    phrases = list(builder.push(1, tuple(said), "en"))
    assert [phrase.text for phrase in phrases] == ["Mr. Smith came, and so on."]
    endless = words_of(committed(2, " ".join(["word"] * 100), 3.0, 9.0))
    parts = [*builder.push(2, tuple(endless), "en"), *builder.flush()]
    assert all(len(part.text) <= 65 for part in parts)
    assert " ".join(part.text for part in parts) == "Then he " + " ".join(["word"] * 100)


@pytest.mark.parametrize(
    "figures",
    [
        {"loudness": 3.0},
        {"max_rate": 0.5},
        {"rate": float("nan")},
        {"leave_out_from": 1.0},
        {"longest_phrase": 1},
    ],
)
def test_figures_have_bounds(figures: dict[str, float]) -> None:
    with pytest.raises(InvalidArgument):
        InterpretationConfig(**figures)  # type: ignore[arg-type]  # it checks
