"""Outputs run beside one another, fail alone, come and go, and say how they are."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound, Unavailable
from streaming.delivery import runner as runner_module
from streaming.delivery import running as running_module
from streaming.delivery.hls.kind import HlsOutputConfig
from streaming.delivery.log import DeliveryLog
from streaming.delivery.runner import FolderClaims, OutputRunner
from streaming.delivery.specs import OutputSpec
from streaming.ingest.media_tap import MediaTaps
from streaming.session_clock import SessionClock
from streaming.session_events import ControlAction, OutputState, SessionEvent
from tests.unit.delivery import scripted_output
from tests.unit.delivery.conftest import FakeSession
from tests.unit.delivery.scripted_output import ScriptedConfig, ScriptedOutput, all_of_it

LIVE, FAILING, FAILED, ENDED = (
    OutputState.LIVE,
    OutputState.FAILING,
    OutputState.FAILED,
    OutputState.ENDED,
)

Opened = list[ScriptedOutput]


def spec(name: str = "a", script: str = "all", kind: str = "scripted", **more: Any) -> OutputSpec:
    config = ScriptedConfig(script, media=more.pop("media", False), finish=more.pop("finish", 0.0))
    return OutputSpec(kind, config, name, **more)


def runner_of(session: FakeSession, **more: Any) -> OutputRunner:
    return OutputRunner(session, session.facts, back_off=(0.0,), **more)


async def until(true: Callable[[], object]) -> None:
    """Let others run until it is so."""
    async with asyncio.timeout(10):
        while True:
            if true():
                return
            await asyncio.sleep(0.002)  # what is waited for has no event of its own


def states(runner: OutputRunner) -> list[OutputState]:
    return [status.state for status in runner.statuses]


async def live(runner: OutputRunner) -> None:
    await until(lambda: all(state is LIVE for state in states(runner)))


async def ended(session: FakeSession, runner: OutputRunner) -> None:
    session.log.close()
    await runner.finish()


async def test_each_output_gets_the_gated_events_from_now_on(
    session: FakeSession, opened: Opened
) -> None:
    session.say("бұрын")
    runner = runner_of(session)
    for name in ("a", "b"):
        runner.add(spec(name))
    await live(runner)
    session.operators.control(ControlAction.HOLD)
    session.say("қазір", 1)
    session.hear(1)
    session.operators.control(ControlAction.RELEASE)
    await ended(session, runner)
    for output in opened:
        assert output.told == ["hold", "қазір", "cue қазір 1", "release"]
    assert states(runner) == [ENDED, ENDED]
    assert session.changes("a") == ["starting", "live", "ended"]


async def test_an_output_is_told_what_it_carries(session: FakeSession, opened: Opened) -> None:
    runner = runner_of(session)
    runner.add(spec("all"))
    runner.add(spec("ru", tracks=("ru",)))
    runner.add(spec("one", kind="arrivals"))
    await live(runner)
    session.say("сөз")
    session.say("слово", track="ru")
    await ended(session, runner)
    by_tracks = {
        tuple(each.track for each in output.context.renditions): output.told for output in opened
    }
    assert by_tracks == {
        ("source", "ru"): ["сөз", "cue сөз 0", "слово", "cue слово 0"],
        ("ru",): ["слово", "cue слово 0"],
        ("source",): ["сөз", "cue сөз 0"],
    }
    context = opened[0].context
    assert (context.session, context.display_name) == ("abc", "News")


async def test_an_output_can_ask_whether_its_text_must_be_marked(
    session: FakeSession, opened: Opened
) -> None:
    runner = runner_of(session)
    runner.add(spec())
    await live(runner)
    assert opened[0].context.labelled()
    session.operators.control(ControlAction.UNLABEL)
    assert not opened[0].context.labelled()
    await ended(session, runner)


async def test_text_is_moved_by_the_offset_of_its_output(
    session: FakeSession, opened: Opened
) -> None:
    runner = runner_of(session)
    runner.add(spec("later", offset_seconds=2.5))
    runner.add(spec("earlier", offset_seconds=-1.5))
    await live(runner)
    session.say("бір", 0)
    session.say("екі", 1)
    session.say("үш", 10)
    await until(lambda: all("cue үш" in " ".join(output.told) for output in opened))
    runner.set_offset("later", 0)
    session.say("төрт", 20)
    await ended(session, runner)
    cues = [[text for text in output.told if text.startswith("cue")] for output in opened]
    assert cues == [
        ["cue бір 2.5", "cue екі 3.5", "cue үш 12.5", "cue төрт 20"],
        ["cue екі 0", "cue үш 8.5", "cue төрт 18.5"],
    ]
    assert [status.lost for status in runner.statuses] == [0, 1]
    assert [status.offset_seconds for status in runner.statuses] == [0, -1.5]
    with pytest.raises(InvalidArgument, match="offset"):
        runner.set_offset("later", float("nan"))


async def test_an_output_that_shows_text_as_it_comes_gets_it_later(
    session: FakeSession, opened: Opened
) -> None:
    runner = runner_of(session)
    runner.add(spec("slow", kind="arrivals", offset_seconds=5))
    await live(runner)
    session.say("ұят")
    session.hear(3)
    session.operators.control(ControlAction.CLEAR)
    await until(lambda: opened[0].told)
    assert opened[0].told == ["clear"]  # at once, and what waited is gone
    session.say("сөз", 5)
    session.hear(6)
    await ended(session, runner)
    assert opened[0].told == ["clear", "сөз", "cue сөз 5"]


async def test_one_that_fails_for_good_touches_nobody(session: FakeSession, opened: Opened) -> None:
    async def refused(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        await anext(events)
        raise InvalidArgument("key", "is refused")

    scripted_output.SCRIPTS["refused"] = refused
    runner = runner_of(session)
    runner.add(spec("bad", "refused"))
    runner.add(spec("good"))
    await live(runner)
    session.say("сөз")
    await ended(session, runner)
    assert opened[1].told == ["сөз", "cue сөз 0"]
    bad, good = runner.statuses
    assert (bad.state, bad.detail, bad.cues) == (FAILED, "key: is refused", 0)
    assert (good.state, good.cues) == (ENDED, 1)
    assert good.last_success is not None
    assert session.changes("bad") == ["starting", "live", "failed key: is refused"]


async def test_a_fault_that_passes_is_tried_again_from_the_next_event(
    session: FakeSession, opened: Opened
) -> None:
    async def breaks_once(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        if len(opened) < 3:
            async for event in events:
                output.take(event)
                raise Unavailable("the encoder is off")
        await all_of_it(output, events)

    scripted_output.SCRIPTS["breaks"] = breaks_once
    runner = runner_of(session)
    runner.add(spec("air", "breaks"))
    await live(runner)
    session.say("бір")
    session.say("екі", 1)
    await until(lambda: len(opened) == 3)
    await until(lambda: runner.statuses[0].cues == 2)
    session.say("үш", 2)
    await ended(session, runner)
    assert [output.told for output in opened] == [
        ["бір"],
        ["cue бір 0"],
        ["екі", "cue екі 1", "үш", "cue үш 2"],
    ]
    (status,) = runner.statuses
    assert (status.state, status.retries, status.cues) == (ENDED, 2, 3)
    assert "failing the encoder is off" in session.changes("air")
    assert session.changes("air")[-2:] == ["live", "ended"]


async def test_a_crash_is_tried_again_but_not_for_ever(
    session: FakeSession, opened: Opened
) -> None:
    async def crash(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        raise ZeroDivisionError

    scripted_output.SCRIPTS["crash"] = crash
    runner = runner_of(session)
    runner.add(spec("air", "crash"))
    with capture_logs() as logs:
        await until(lambda: states(runner) == [FAILED])
    assert [entry["event"] for entry in logs].count("output.crashed") == 5
    assert len(opened) == 5
    assert runner.statuses[0].detail == "internal error"
    await ended(session, runner)


async def test_nothing_is_tried_again_once_the_session_has_ended(
    session: FakeSession, opened: Opened
) -> None:
    async def breaks_at_the_end(
        output: ScriptedOutput, events: AsyncIterator[SessionEvent]
    ) -> None:
        await all_of_it(output, events)
        raise Unavailable("gone")

    scripted_output.SCRIPTS["breaks"] = breaks_at_the_end
    runner = OutputRunner(session, session.facts, back_off=(1000.0,))
    runner.add(spec("air", "breaks"))
    await live(runner)
    session.say("сөз")
    await ended(session, runner)
    assert (states(runner), len(opened)) == ([FAILED], 1)
    with pytest.raises(FailedPrecondition, match="has ended"):
        runner.add(spec("late"))


async def test_what_an_output_says_of_itself_is_seen(session: FakeSession, opened: Opened) -> None:
    runner = runner_of(session)
    runner.add(spec("air"))
    await live(runner)
    report = opened[0].context.report
    report.failing("no answer")
    report.failing("no answer yet")
    (status,) = runner.statuses
    assert (status.state, status.detail, status.retries) == (FAILING, "no answer yet", 2)
    since = status.since
    report.working()
    (status,) = runner.statuses
    assert (status.state, status.detail) == (LIVE, "")
    assert status.since >= since
    await ended(session, runner)
    assert session.changes("air") == ["starting", "live", "failing no answer", "live", "ended"]


async def test_outputs_come_and_go_on_air(session: FakeSession, opened: Opened) -> None:
    runner = runner_of(session)
    await runner.apply([spec("a"), spec("b")])
    await live(runner)
    session.say("бір")
    await runner.apply([spec("c"), spec("b", offset_seconds=1)])
    await live(runner)
    session.say("екі", 1)
    await ended(session, runner)
    a, b, c = opened
    assert a.told == ["бір", "cue бір 0"]  # given before it was ended
    assert b.told == ["бір", "cue бір 0", "екі", "cue екі 2"]
    assert c.told == ["екі", "cue екі 1"]
    assert [status.name for status in runner.statuses] == ["c", "b"]
    assert session.changes("a") == ["starting", "live", "ended"]
    with pytest.raises(NotFound):
        await runner.remove("a")


async def test_one_that_failed_is_begun_anew_when_it_is_named_again(
    session: FakeSession, opened: Opened
) -> None:
    async def refused(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        raise InvalidArgument("key", "is refused")

    scripted_output.SCRIPTS["air"] = refused
    runner = runner_of(session)
    runner.add(spec("air", "air"))
    await until(lambda: states(runner) == [FAILED])
    scripted_output.SCRIPTS["air"] = all_of_it
    await runner.apply([spec("air", "air")])
    await live(runner)
    await ended(session, runner)


async def test_one_that_hangs_when_cancelled_holds_up_nothing_for_long(
    session: FakeSession, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_module, "_CANCEL_SECONDS", 0.05)
    runner = runner_of(session)
    runner.add(spec("stuck", "hang"))
    runner.add(spec("good"))
    await live(runner)
    (stuck,) = (task for task in asyncio.all_tasks() if task.get_name() == "output-stuck")
    await runner._running["stuck"].end(0.05)
    assert states(runner) == [FAILED, LIVE]
    assert runner.statuses[0].detail == "it does not end"
    session.say("сөз")
    await ended(session, runner)
    assert opened[1].told == ["сөз", "cue сөз 0"]
    scripted_output.LET_GO.append(opened[0])
    stuck.cancel()
    await asyncio.wait({stuck}, timeout=5)
    assert stuck.done()


async def test_an_output_that_holds_things_back_gets_the_time_to_hand_them_out(
    session: FakeSession, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = asyncio.Event()

    async def hold_back(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        async for _ in events:
            pass
        await due.wait()
        output.told.append("handed out")

    scripted_output.SCRIPTS["hold back"] = hold_back
    monkeypatch.setattr(runner_module, "_FINISH_SECONDS", 0.05)
    runner = runner_of(session)
    runner.add(spec("patient", "hold back", finish=60.0), spec("other", "hold back"))
    await live(runner)
    finishing = asyncio.create_task(ended(session, runner))
    await until(lambda: states(runner)[1] is ENDED)
    assert states(runner)[0] is LIVE
    due.set()
    await finishing
    assert [output.told for output in opened] == [["handed out"], []]


async def test_all_can_be_ended_at_once(session: FakeSession, opened: Opened) -> None:
    runner = runner_of(session)
    runner.add(spec("a"))
    await live(runner)
    await runner.aclose()
    assert states(runner) == [ENDED]


async def test_what_ends_is_not_broken_off_by_a_second_who_ends_it(
    session: FakeSession, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that sends by a child process closes it then; it would live on for ever."""
    freed = asyncio.Event()

    async def ends_slowly(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            output.told.append("ending")
            await freed.wait()
            output.told.append("ended")

    monkeypatch.setitem(scripted_output.SCRIPTS, "slow", ends_slowly)
    runner = runner_of(session)
    runner.add(spec(script="slow"))
    await live(runner)
    first = asyncio.create_task(runner.aclose())
    await until(lambda: opened[0].told)
    first.cancel()  # as its caller was
    second = asyncio.create_task(runner.aclose())
    await asyncio.sleep(0.01)
    freed.set()
    await second
    assert opened[0].told == ["ending", "ended"]
    assert states(runner) == [ENDED]


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("kind", ["scripted", "arrivals"])
async def test_an_output_that_is_cancelled_leaves_no_task(
    session: FakeSession,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    reads: bool,
) -> None:
    """Neither while it sends, nor at the moment when it begins to wait for the next event."""

    async def takes_two(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        held.append(events)  # as a traceback does
        while len(output.told) < 2:
            output.take(await anext(events))
        try:
            await asyncio.Event().wait()
        finally:
            if reads:
                asyncio.ensure_future(anext(events)).cancel()

    held: list[AsyncIterator[SessionEvent]] = []
    monkeypatch.setitem(scripted_output.SCRIPTS, "two", takes_two)
    before = asyncio.all_tasks()
    runner = runner_of(session)
    runner.add(spec(kind=kind, script="two"))
    await live(runner)
    session.say("бір")
    await until(lambda: len(opened[0].told) == 2)
    await runner.aclose()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_names_folders_and_pictures_that_cannot_be_had(
    session: FakeSession, opened: Opened, tmp_path: Path
) -> None:
    claims = FolderClaims()
    runner = runner_of(session, claims=claims)
    hls = OutputSpec("hls", HlsOutputConfig(folder=tmp_path / "hls"), "one")
    runner.add(hls)
    with pytest.raises(InvalidArgument, match="'one' stands twice"):
        runner.add(hls)
    with pytest.raises(InvalidArgument, match="as 'one' does"):
        runner.add(OutputSpec("hls", HlsOutputConfig(folder=tmp_path / "hls"), "two"))
    other = runner_of(session, claims=claims)
    with pytest.raises(FailedPrecondition, match="'one': another session's output"):
        other.add(hls)
    with pytest.raises(FailedPrecondition, match="needs the feed's picture"):
        runner.add(spec("pictures", media=True))
    assert [status.name for status in runner.statuses] == ["one"]
    await runner.remove("one")
    other.add(hls)
    await ended(session, other)


async def test_each_output_has_a_tap_of_its_own(session: FakeSession, opened: Opened) -> None:
    taps = MediaTaps()
    runner = runner_of(session, taps=taps)
    runner.add(spec("a", media=True))
    runner.add(spec("b", media=True))
    runner.add(spec("c"))
    await live(runner)
    taps.put(b"picture")
    for output in opened:
        tap = output.context.media
        if output is opened[2]:
            assert tap is None
        else:
            assert tap is not None
            assert [data for _, data in tap.take()] == [b"picture"]
    await ended(session, runner)
    assert taps._all() == []


async def test_the_delivery_log_tells_what_was_shown_when(
    session: FakeSession, opened: Opened, tmp_path: Path
) -> None:
    runner = runner_of(session, log=lambda name: DeliveryLog(tmp_path / f"{name}.jsonl"))
    runner.add(spec("air", offset_seconds=-0.5))
    await live(runner)
    session.say("бір", 0.25)
    session.say("екі", -1)
    await ended(session, runner)
    first, second = map(json.loads, (tmp_path / "air.jsonl").read_text().splitlines())
    heard = session.clock.heard_at(session.clock.first_sample + 22_500)
    assert heard is not None
    assert first["heard_at"] == heard.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert first["shown_at"] > first["heard_at"]
    assert first.pop("delay") > 0
    for key in ("heard_at", "shown_at"):
        del first[key]
    assert first == {
        "output": "air",
        "kind": "scripted",
        "track": "source",
        "index": 1,
        "start": 0.25,
        "moved": -0.25,
    }
    assert (second["index"], second["shown_at"]) == (2, None)
    assert second["lost"] == "it would end before the session"


async def test_a_log_that_cannot_be_written_is_no_fault_of_the_output(
    session: FakeSession, opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "logs").write_text("a file stands in the way")
    runner = runner_of(session, log=lambda name: DeliveryLog(tmp_path / "logs" / name))
    runner.add(spec("air"))
    await live(runner)
    session.say("бір")
    await ended(session, runner)
    assert runner.statuses[0].cues == 1


async def test_opening_may_take_its_time(
    session: FakeSession, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It happens in a thread; what is said meanwhile is not missed."""
    go_on = threading.Event()
    real = scripted_output.KIND.open

    def slow(config: ScriptedConfig, context: Any) -> Any:
        go_on.wait(10)
        return real(config, context)

    monkeypatch.setattr(scripted_output, "KIND", replace(scripted_output.KIND, open=slow))
    runner = runner_of(session)
    runner.add(spec("air"))
    await asyncio.sleep(0)
    session.say("бір")
    go_on.set()
    await live(runner)
    await ended(session, runner)
    assert opened[0].told == ["бір", "cue бір 0"]


async def test_only_what_was_asked_for_before_the_first_sound_begins_with_it(
    session: FakeSession, opened: Opened
) -> None:
    async def breaks_once(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
        if len(opened) < 2:
            raise Unavailable("the encoder is off")
        await all_of_it(output, events)

    scripted_output.SCRIPTS["breaks"] = breaks_once
    session.clock = SessionClock()
    runner = runner_of(session)
    runner.add(spec("air", "breaks"))
    session.hear(1)
    await until(lambda: len(opened) == 2)
    session.say("сөз")
    await live(runner)
    runner.add(spec("later"))
    await live(runner)
    await ended(session, runner)
    assert [output.context.from_start for output in opened] == [True, False, False]
