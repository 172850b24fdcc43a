"""Corrections and controls over gRPC, by the SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from dauys.client import (
    AbortedError,
    CaptionState,
    CaughtUp,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CueEvent,
    CueFinished,
    CueView,
    FailedPreconditionError,
    GlossaryEntry,
    InvalidArgumentError,
    NotFoundError,
)

from tests.integration.gateway.scripted import Running, ScriptedSession, running_system


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with running_system() as system:
        yield system


@pytest.fixture
async def session(running: Running) -> ScriptedSession:
    return await running.session(languages=["kk"])


async def kept(running: Running, session: ScriptedSession, count: int) -> list[CueEvent]:
    """The first ``count`` events that are kept."""
    events: list[CueEvent] = []
    async for event in running.client.watch_cues(session.name):
        events.append(event)
        if len(events) == count:
            break
    return events


async def test_a_correction_reaches_watchers_and_the_history(
    running: Running, session: ScriptedSession
) -> None:
    first = session.say("Бүгін Алмаоты қаласында жиын өтті.")
    session.finish_cue()
    answer = await running.client.correct_text(
        session.name,
        "source",
        event_id=first,
        expected_text="Бүгін Алмаоты қаласында жиын өтті.",
        text="Бүгін Алматы қаласында жиын өтті.",
        operator="Айгерім",
    )
    committed, cue, corrected = await kept(running, session, 3)
    assert isinstance(committed, CommittedText)
    assert committed.text == "Бүгін Алмаоты қаласында жиын өтті."
    assert isinstance(cue, CueFinished)
    assert isinstance(corrected, Corrected)
    assert isinstance(answer, Corrected)
    assert (answer.event_id, answer.texts) == (corrected.event_id, corrected.texts)
    (text,) = corrected.texts
    assert (text.event_id, text.text) == (first, "Бүгін Алматы қаласында жиын өтті.")
    assert [w.spoken for w in text.words] == ["", "Алмаоты", "", "", ""]
    assert " ".join(corrected.cues[0].lines) == "Бүгін Алматы қаласында жиын өтті."
    assert (corrected.cues[0].index, corrected.operator) == (1, "Айгерім")
    found = await running.client.get_live_session(session.name)
    assert found.last_event_id == corrected.event_id


async def test_the_second_operator_is_told_what_it_says_now(
    running: Running, session: ScriptedSession
) -> None:
    first = session.say("алма")

    async def correct(text: str) -> Corrected | None:
        return await running.client.correct_text(
            session.name, "source", event_id=first, expected_text="алма", text=text
        )

    await correct("Алма")
    assert await correct("Алма") is None
    with pytest.raises(AbortedError) as refused:
        await correct("алмұрт")
    assert refused.value.code == "ABORTED"
    assert refused.value.current_text == "Алма"


async def test_a_corrected_name_is_learnt(running: Running, session: ScriptedSession) -> None:
    first = session.say("Тоқайев сөйледі")
    for heard in ("Тоқайев", "Токаев"):
        await running.client.correct_text(
            session.name,
            "source",
            event_id=first,
            expected_text="Тоқайев сөйледі",
            text="Тоқаев сөйледі",
            glossary=[GlossaryEntry("Тоқаев", "kk", sounds_like=(heard,))],
        )
    found = await running.client.get_live_session(session.name)
    assert found.options.glossary == (
        GlossaryEntry("Тоқаев", "kk", sounds_like=("Тоқайев", "Токаев")),
    )


async def test_a_wrong_glossary_changes_nothing(running: Running, session: ScriptedSession) -> None:
    first = session.say("сөз")
    with pytest.raises(InvalidArgumentError):
        await running.client.correct_text(
            session.name,
            "source",
            event_id=first,
            expected_text="сөз",
            text="Сөз",
            glossary=[GlossaryEntry("")],
        )
    (event,) = await kept(running, session, 1)
    assert isinstance(event, CommittedText)


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ({"event_id": 99}, NotFoundError),
        ({"cue_index": 3}, NotFoundError),
        ({"event_id": 1, "text": "а" * 1001}, InvalidArgumentError),
        ({"event_id": 1, "operator": "а" * 61}, InvalidArgumentError),
    ],
)
async def test_what_cannot_be_corrected(
    running: Running, session: ScriptedSession, target: dict[str, str], error: type[Exception]
) -> None:
    session.say("сөз")
    wanted = {"expected_text": "сөз", "text": "Сөз"} | target
    with pytest.raises(error):
        await running.client.correct_text(session.name, "source", **wanted)  # type: ignore[arg-type]


async def test_controls(running: Running, session: ScriptedSession) -> None:
    client, name = running.client, session.name
    assert await client.hold_captions(name, operator="Олег") == CaptionState(held=True)
    await client.clear_captions(name)
    await client.kill_captions(name)
    await client.label_captions(name, False)
    everything = CaptionState(held=True, killed=True, unlabelled=True)
    assert (await client.get_live_session(name)).captions == everything
    await client.hold_captions(name, False)
    await client.kill_captions(name, False)
    assert await client.label_captions(name) == CaptionState()
    events = await kept(running, session, 7)
    actions = [event.action for event in events if isinstance(event, Controlled)]
    a = ControlAction
    assert actions == [a.HOLD, a.CLEAR, a.KILL, a.UNLABEL, a.RELEASE, a.RESTORE, a.LABEL]
    assert isinstance(events[0], Controlled)
    assert events[0].operator == "Олег"


async def test_an_ended_session_is_left_alone(running: Running, session: ScriptedSession) -> None:
    first = session.say("сөз")
    await running.client.stop_live_session(session.name)
    with pytest.raises(FailedPreconditionError):
        await running.client.kill_captions(session.name)
    with pytest.raises(FailedPreconditionError):
        await running.client.correct_text(
            session.name, "source", event_id=first, expected_text="сөз", text="Сөз"
        )


async def test_the_preset_changes_on_air(running: Running, session: ScriptedSession) -> None:
    changed = await running.client.update_live_session(session.name, preset="hls-live")
    assert changed.preset == "hls-live"
    with pytest.raises(InvalidArgumentError):
        await running.client.update_live_session(session.name, preset="cinema")
    assert (await running.client.get_live_session(session.name)).preset == "hls-live"


async def test_outputs_are_told_what_they_may_show_and_when_that_is_all(
    running: Running, session: ScriptedSession
) -> None:
    session.say("бұрын")
    await running.client.kill_captions(session.name)
    session.say("құпия")
    await running.client.kill_captions(session.name, False)
    session.say("кейін")
    await running.client.hold_captions(session.name)
    session.say("ұсталған")
    told: list[str] = []
    async for event in running.client.watch_cues(session.name, view=CueView.OUTPUTS):
        if isinstance(event, CommittedText):
            told.append(f"{event.event_id} {event.text}")
        elif isinstance(event, Controlled):
            told.append(f"{event.event_id} {event.action.name}")
        elif isinstance(event, CaughtUp):
            told.append("caught up")
            await running.client.hold_captions(session.name, False)
        if len(told) == 8:
            break
    assert told == [
        "1 бұрын",
        "2 KILL",
        "4 RESTORE",
        "5 кейін",
        "6 HOLD",
        "caught up",
        "7 ұсталған",
        "8 RELEASE",
    ]


async def test_a_watcher_that_resumes_as_an_output_gets_what_waited(
    running: Running, session: ScriptedSession
) -> None:
    session.say("бұрын")
    await running.client.hold_captions(session.name)
    waiting = session.say("күтуде")
    await running.client.hold_captions(session.name, False)
    texts: list[CueEvent] = []
    async for event in running.client.watch_cues(session.name, 2, view=CueView.OUTPUTS):
        texts.append(event)
        if isinstance(event, CaughtUp):
            break
    assert [event.event_id for event in texts] == [waiting, waiting + 1, 0]
