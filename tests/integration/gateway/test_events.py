"""Live text over WebSocket and server-sent events, from a real server through a real gateway."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from foundation.speech import Word
from streaming.session_events import CommittedText
from tests.integration.gateway.scripted import Running, ScriptedSession, running_system

TOKEN = "a token of some length"


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with running_system() as system:
        yield system


@pytest.fixture
async def session(running: Running) -> ScriptedSession:
    return await running.session(display_name="Жаңалықтар")


def events_address(running: Running, session: ScriptedSession, query: str = "") -> str:
    base = running.address.replace("http", "ws", 1)
    return f"{base}/v1/sessions/{session.id}/events?{query}"


class Reader:
    """Takes lines apart and waits for what is wanted."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []
        self._waiting: list[dict[str, Any]] = []

    async def event(self) -> dict[str, Any]:
        while not self._waiting:
            message = await self.socket.recv()
            assert isinstance(message, str)
            self._waiting = [json.loads(line) for line in message.split("\n")]
        self.seen.append(self._waiting.pop(0))
        return self.seen[-1]

    async def until(self, **wanted: Any) -> dict[str, Any]:
        while True:
            event = await self.event()
            if all(event.get(key) == value for key, value in wanted.items()):
                return event


async def test_events_come_as_in_the_events_file_with_their_ids(
    running: Running, session: ScriptedSession
) -> None:
    async with connect(events_address(running, session)) as socket:
        reader = Reader(socket)
        hello = await reader.event()
        assert hello == {
            "kind": "hello",
            "session": session.name,
            "state": "waiting",
            "missed": False,
            "held": False,
            "killed": False,
            "unlabelled": False,
        }
        session.say("Қайырлы кеш.")
        committed = await reader.event()
        assert committed == {
            "id": 1,
            "wall": 0.0,
            "track": "source",
            "kind": "committed",
            "language": "kk",
            "text": "Қайырлы кеш.",
            "start": 0.0,
            "end": pytest.approx(0.8, abs=1e-3),
            "words": [
                {"text": "Қайырлы", "start": 0.0, "end": 0.4, "confidence": 0.9},
                {"text": "кеш.", "start": 0.4, "end": 0.8, "confidence": 0.9},
            ],
        }
        session.mumble("Бүгін")
        assert (await reader.event())["kind"] == "tentative"
        session.finish_cue()
        cue = await reader.event()
        assert (cue["kind"], cue["index"], cue["text"]) == ("cue", 1, "Қайырлы кеш.")


async def test_a_viewer_that_returns_gets_what_it_missed(
    running: Running, session: ScriptedSession
) -> None:
    session.say("бір")
    async with connect(events_address(running, session)) as socket:
        assert (await Reader(socket).until(kind="committed"))["id"] == 1
    session.say("екі")
    session.say("two", "en", track="en")
    session.say("үш")
    async with connect(events_address(running, session, "after=1&tracks=source")) as socket:
        reader = Reader(socket)
        await reader.until(text="үш")
        assert [event["text"] for event in reader.seen if event["kind"] == "committed"] == [
            "екі", "үш",
        ]  # fmt: skip


async def test_a_late_viewer_may_ask_for_the_last_events_only(
    running: Running, session: ScriptedSession
) -> None:
    for number in range(50):
        session.say(f"сөз{number}")
    async with connect(events_address(running, session, "last=3")) as socket:
        reader = Reader(socket)
        await reader.until(id=session.session.operators.last_event_id)
        assert len(reader.seen) == 4  # with the greeting


async def test_outputs_do_not_get_what_is_held_and_operators_do(
    running: Running, session: ScriptedSession
) -> None:
    await running.client.hold_captions(session.name)
    first = session.say("қате")
    async with (
        connect(events_address(running, session)) as viewer,
        connect(events_address(running, session, "view=operator")) as operator,
    ):
        await Reader(operator).until(kind="committed", text="қате")
        await running.client.correct_text(
            session.name, "source", event_id=first, expected_text="қате", text="дұрыс"
        )
        await running.client.hold_captions(session.name, False)
        reader = Reader(viewer)
        await reader.until(kind="control", text="release")
        said = [event["text"] for event in reader.seen if event["kind"] == "committed"]
        assert said == ["дұрыс"]
        assert "қате" not in json.dumps(reader.seen, ensure_ascii=False)


async def test_a_session_that_ends_closes_its_streams(
    running: Running, session: ScriptedSession
) -> None:
    async with connect(events_address(running, session)) as socket:
        await Reader(socket).event()
        await running.client.stop_live_session(session.name)
        with pytest.raises(ConnectionClosed) as closed:
            await Reader(socket).until(kind="never")
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (
            1000, "the session has ended",
        )  # fmt: skip


async def test_a_session_that_is_not_there(running: Running) -> None:
    missing = ScriptedSession(None, "none")  # type: ignore[arg-type]
    async with connect(events_address(running, missing)) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


async def test_a_viewer_that_stops_reading_is_dropped_alone_and_told_how_to_resume() -> None:
    async with running_system(viewer_queue=50) as running:
        session = await running.session()
        address = events_address(running, session)
        # It takes nothing from its socket: small buffers fill, then its queue.
        async with (
            connect(address, max_queue=1, compression=None) as stalled,
            connect(address) as quick,
        ):
            reader = Reader(quick)
            await reader.event()
            long = Word("с" * 40_000, 0, 1, 0.9)
            for number in range(1, 401):
                body = CommittedText((long,), "kk")
                session.session.operators.publish("source", body)
                await reader.until(kind="committed", id=number)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await stalled.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4408
            resume = int(closed.value.rcvd.reason.rpartition("=")[2])
            assert 0 < resume < session.session.operators.last_event_id
            session.say("соңғы")
            await reader.until(text="соңғы")


async def test_another_site_may_not_look_on(running: Running, session: ScriptedSession) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(events_address(running, session), origin="https://evil.kz"):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403


async def test_links_open_one_session_and_no_more() -> None:
    async with running_system(token=TOKEN) as running:
        session, other = await running.session(), await running.session()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(base_url=running.address, headers=headers) as http:
            described = (await http.get(f"/v1/sessions/{session.id}")).json()
        link = f"token={described['view_token']}"
        session.say("сөз")
        async with connect(events_address(running, session, link)) as socket:
            await Reader(socket).until(kind="committed")
        for address in (
            events_address(running, other, link),
            events_address(running, session, f"{link}&view=operator"),
            events_address(running, session),
        ):
            async with connect(address) as socket:
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401


async def test_server_sent_events_are_the_same_lines(
    running: Running, session: ScriptedSession
) -> None:
    session.say("бір")
    session.say("екі")
    lines: list[str] = []
    async with httpx2.AsyncClient(base_url=running.address, timeout=20) as http:
        path = f"/v1/sessions/{session.id}/events"
        async with http.stream("GET", path, headers={"Last-Event-ID": "1"}) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            async for text in response.aiter_lines():
                lines.append(text)
                if text.startswith("id: 2"):
                    await running.client.stop_live_session(session.name)
    events = [json.loads(text[6:]) for text in lines if text.startswith("data: ")]
    assert [event["kind"] for event in events] == ["hello", "committed", "feed", "end"]
    assert events[1]["text"] == "екі"
    assert (events[-1]["code"], events[-1]["resume_after"]) == (1000, 3)


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=%C2%B2", "last=x", "last=%D9%A3"])
async def test_a_place_that_is_no_number(
    running: Running, session: ScriptedSession, query: str
) -> None:
    async with connect(events_address(running, session, query)) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4400
    async with httpx2.AsyncClient(base_url=running.address) as http:
        answer = await http.get(f"/v1/sessions/{session.id}/events?{query}")
        assert answer.status_code == 400
        missing = await http.get("/v1/sessions/none/events")
        assert missing.status_code == 404


async def test_all_viewers_share_the_same_streams(
    running: Running, session: ScriptedSession
) -> None:
    watchers = session.session._events._watchers
    async with (
        connect(events_address(running, session)) as one,
        connect(events_address(running, session)) as two,
    ):
        session.say("сөз")
        await Reader(one).until(kind="committed")
        await Reader(two).until(kind="committed")
        assert len(watchers) == 2  # one for operators, one for audiences


async def test_an_ended_session_can_still_be_read(
    running: Running, session: ScriptedSession
) -> None:
    session.say("бұрын")
    await running.client.stop_live_session(session.name)
    async with connect(events_address(running, session)) as socket:
        reader = Reader(socket)
        assert (await reader.until(kind="committed"))["text"] == "бұрын"
        assert (await reader.until(kind="feed"))["state"] == "stopped"
