"""EBU-TT Live over real sockets: subscribers, nodes, and engines that hand over."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

from foundation.errors import InvalidArgument, PermissionDenied, Unavailable
from streaming.delivery.ebu_tt_live.config import EbuTtLiveConfig
from streaming.delivery.ebu_tt_live.handover import parse_document
from streaming.delivery.ebu_tt_live.node import HandoverConfig, HandoverNode
from streaming.delivery.ebu_tt_live.output import EbuTtLiveOutput
from streaming.session_events import (
    CaptionState,
    Cleared,
    ControlAction,
    Controlled,
    Corrected,
)
from tests.unit.delivery.push.servers import Session, until

TOKEN = "secret-token"
LOCAL: dict[str, Any] = {
    "plain_http": True,
    "allowed_hosts": ("127.0.0.1", "localhost"),
    "first_wait_seconds": 0.01,
    "longest_wait_seconds": 0.05,
    "timeout_seconds": 2,
}


def now() -> Session:
    """A session that hears what is said now."""
    return Session(datetime.now(UTC))


@contextlib.asynccontextmanager
async def on_air(output: EbuTtLiveOutput, session: Session) -> AsyncIterator[asyncio.Task[None]]:
    """Runs the output; ends the session at the end."""
    running = asyncio.create_task(output.run(session.events()))
    try:
        await asyncio.sleep(0)
        if output._server is not None:
            await until(lambda: output.port or running.done())
        yield running
        session.end()
        async with asyncio.timeout(10):
            await running
    finally:
        running.cancel()


def text_of(document: str | bytes) -> str:
    """What a document shows."""
    assert isinstance(document, str)
    spans = parse_document(document).root.iter("{http://www.w3.org/ns/ttml}span")
    return " ".join(span.text for span in spans)


async def heard(connection: ClientConnection) -> str:
    async with asyncio.timeout(10):
        return text_of(await connection.recv())


async def test_subscribers_get_valid_documents_and_late_ones_what_is_shown(
    ebu_tt_live: Any,
) -> None:
    session = now()
    output = EbuTtLiveOutput(
        EbuTtLiveConfig(listen="127.0.0.1:0", sequence="Арна 1/а", authors_group="g"),
        session.context("source", "kk"),
    )
    async with on_air(output, session):
        assert output.sequences == ["Арна 1/а-source", "Арна 1/а-kk"]
        root = f"ws://127.0.0.1:{output.port}/{quote('Арна 1/а', safe='')}"
        async with connect(f"{root}-source/subscribe") as first:
            session.cue(("Добрый вечер,", "это новости."), 0, 5)
            document = await first.recv()
            ebu_tt_live.validate(str(document).encode())
            parsed = parse_document(str(document))
            assert (parsed.sequence, parsed.group, parsed.token) == ("Арна 1/а-source", "g", 1)
            async with connect(f"{root}-source/subscribe") as late:
                assert await late.recv() == document
                session.cue(("перевод",), 0, 5, "kk", "kk")
                session.cue(("Second.",), 5, 8)
                assert await heard(late) == await heard(first) == "Second."
        async with connect(f"{root}-kk/subscribe") as kazakh:
            assert await heard(kazakh) == "перевод"
    assert session.report.sent == [1, 2, 3]


async def test_operators_clear_and_correct_what_is_shown(ebu_tt_live: Any) -> None:
    session = now()
    output = EbuTtLiveOutput(EbuTtLiveConfig(listen="127.0.0.1:0"), session.context())
    async with on_air(output, session):
        url = f"ws://127.0.0.1:{output.port}/session-1-source/subscribe"
        async with connect(url) as subscriber:
            cue = session.cue(("Алмата",), 0, 20)
            assert await heard(subscriber) == "Алмата"
            session.publish(Corrected((), (replace(cue, lines=("Алматы",)),), "op"))
            assert await heard(subscriber) == "Алматы"
            kill = Controlled(ControlAction.KILL, CaptionState(killed=True))
            session.publish(kill)
            session.publish(kill)  # acts may come twice
            session.publish(Cleared())
            empty = await subscriber.recv()
            ebu_tt_live.validate(str(empty).encode())
            assert "<body" not in str(empty)
            async with connect(url) as late:
                session.publish(Controlled(ControlAction.UNLABEL, CaptionState(unlabelled=True)))
                session.cue(("снова",), 20, 22)
                document = str(await subscriber.recv())
                assert text_of(document) == await heard(late) == "снова"
    assert "ttm:desc" in str(empty)
    assert "ttm:desc" not in document


async def test_a_track_that_comes_while_on_air_is_a_sequence_of_its_own() -> None:
    session = now()
    output = EbuTtLiveOutput(EbuTtLiveConfig(listen="127.0.0.1:0"), session.context())
    async with on_air(output, session):
        session.cue(("Hello.",), 0, 20, "en", "en")
        await until(lambda: len(output.sequences) == 2)
        async with connect(f"ws://127.0.0.1:{output.port}/session-1-en/subscribe") as subscriber:
            assert await heard(subscriber) == "Hello."


async def test_the_end_of_the_session_is_told() -> None:
    session = now()
    output = EbuTtLiveOutput(EbuTtLiveConfig(listen="127.0.0.1:0"), session.context())
    async with on_air(output, session) as running:
        async with connect(
            f"ws://127.0.0.1:{output.port}/session-1-source/subscribe"
        ) as subscriber:
            session.cue(("Last.",), 0, 20)
            session.end()
            assert await heard(subscriber) == "Last."
            with pytest.raises(ConnectionClosed) as closed:
                await subscriber.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
        await running


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/session-1-source", 404),
        ("/session-1-source/watch", 404),
        ("/another/subscribe", 404),
        ("//subscribe", 404),
        ("/%FF%FE/subscribe", 404),
        ("/a/b/subscribe", 404),
        ("/session-1-source/publish", 403),
    ],
)
async def test_other_paths_are_refused(path: str, status: int) -> None:
    session = now()
    output = EbuTtLiveOutput(EbuTtLiveConfig(listen="127.0.0.1:0"), session.context())
    async with on_air(output, session):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{output.port}{path}")
    assert refused.value.response.status_code == status


async def test_strangers_and_crowds_are_refused_and_chatter_is_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    session = now()
    output = EbuTtLiveOutput(
        EbuTtLiveConfig(listen="127.0.0.1:0", token=TOKEN, most_connections=1), session.context()
    )
    async with on_air(output, session):
        url = f"ws://127.0.0.1:{output.port}/session-1-source/subscribe"
        ours = {"additional_headers": {"Authorization": f"Bearer {TOKEN}"}}
        for headers in (
            {},
            {"additional_headers": {"Authorization": "Bearer другой".encode().decode("latin-1")}},
        ):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, **headers)  # type: ignore[arg-type]
            assert refused.value.response.status_code == 401
        caplog.clear()  # what this test's own client tells
        quiet = {"logger": logging.getLogger("test-client")}
        logging.getLogger("test-client").setLevel(logging.WARNING)
        async with connect(url, **ours, **quiet) as first:  # type: ignore[arg-type]
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, **ours, **quiet)  # type: ignore[arg-type]
            assert refused.value.response.status_code == 503
            await first.send("<tt/>")
            with pytest.raises(ConnectionClosed):
                await first.recv()
        assert first.close_code == 1003
    assert TOKEN not in caplog.text


async def test_a_subscriber_that_does_not_read_is_dropped_alone() -> None:
    session = now()
    output = EbuTtLiveOutput(
        EbuTtLiveConfig(listen="127.0.0.1:0", least_seconds=0), session.context()
    )
    async with on_air(output, session):
        url = f"ws://127.0.0.1:{output.port}/session-1-source/subscribe"
        async with connect(url, max_queue=1) as slow, connect(url) as quick:
            big = "а" * 50_000
            texts = []
            for n in range(400):
                session.cue((f"{n}", big), n, n + 1)
                texts.append((await heard(quick)).split()[0])
                if output._server is not None and output._server.dropped:
                    break
            assert output._server is not None
            assert output._server.dropped == 1
            assert texts == [str(n) for n in range(len(texts))]
            session.cue(("after",), 500, 501)
            assert await heard(quick) == "after"
            slow.transport.abort()


async def test_tls(certificate: Path) -> None:
    session = now()
    output = EbuTtLiveOutput(
        EbuTtLiveConfig(
            listen="127.0.0.1:0", certificate=certificate, key=certificate.with_suffix(".key")
        ),
        session.context(),
    )
    async with on_air(output, session):
        trust = ssl.create_default_context(cafile=certificate)
        url = f"wss://localhost:{output.port}/session-1-source/subscribe"
        async with connect(url, ssl=trust) as subscriber:
            session.cue(("Шифр.",), 0, 5)
            assert await heard(subscriber) == "Шифр."
        node_session = now()
        node = EbuTtLiveOutput(
            EbuTtLiveConfig(
                publish=(f"wss://localhost:{output.port}",), **LOCAL | {"plain_http": False}
            ),
            node_session.context(),
        )
        async with on_air(node, node_session):
            await until(lambda: node_session.report.failures)
        assert "CERTIFICATE" in node_session.report.failures[0].upper()


async def test_a_node_with_tls_is_published_to(certificate: Path) -> None:
    session = now()
    key = certificate.with_suffix(".key")
    async with Node(certificate=certificate, key=key) as node:
        output = EbuTtLiveOutput(
            EbuTtLiveConfig(
                publish=(f"wss://localhost:{node.port}",),
                authors_group="studio",
                ca_file=certificate,
                **LOCAL | {"plain_http": False},
            ),
            session.context(),
        )
        trust = ssl.create_default_context(cafile=certificate)
        async with (
            on_air(output, session),
            connect(f"wss://localhost:{node.port}/on-air/subscribe", ssl=trust) as viewer,
        ):
            session.cue(("Шифр.",), 0, 20)
            assert await heard(viewer) == "Шифр."


async def test_a_taken_port_is_an_error_that_may_pass() -> None:
    session = now()
    output = EbuTtLiveOutput(EbuTtLiveConfig(listen="127.0.0.1:0"), session.context())
    async with on_air(output, session):
        other = EbuTtLiveOutput(EbuTtLiveConfig(listen=f"127.0.0.1:{output.port}"), now().context())
        with pytest.raises(Unavailable, match=str(output.port)):
            await other.run(now().events())


class Node:
    """A handover manager on a port."""

    def __init__(self, **options: Any) -> None:
        self.config = HandoverConfig(
            **{"listen": "127.0.0.1:0", "group": "studio", "output": "on-air"} | LOCAL | options
        )

    async def __aenter__(self) -> Node:
        self.node = HandoverNode(self.config)
        self.running = asyncio.create_task(self.node.run())
        await until(lambda: self.node.port or self.running.done())
        self.port = self.node.port
        return self

    async def __aexit__(self, *failure: object) -> None:
        self.running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.running


def engine(session: Session, name: str, token: int, node: Node) -> EbuTtLiveOutput:
    config = EbuTtLiveConfig(
        publish=(f"ws://127.0.0.1:{node.port}",),
        sequence=name,
        authors_group="studio",
        control_token=token,
        least_seconds=0,
        token=node.config.token,
        **LOCAL,
    )
    return EbuTtLiveOutput(config, session.context())


async def test_a_backup_takes_over_without_a_gap_or_a_double_line(ebu_tt_live: Any) -> None:
    """Both hear the same; the primary dies and comes back."""
    main, spare, back = now(), now(), now()
    async with Node(token=TOKEN) as node:
        backup = engine(spare, "backup", 1, node)
        primary = engine(main, "primary", 2, node)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            on_air(backup, spare),
            connect(
                f"ws://127.0.0.1:{node.port}/on-air/subscribe", additional_headers=headers
            ) as viewer,
        ):
            running = asyncio.create_task(primary.run(main.events()))
            publishes = node.node._server.publishes
            await until(lambda: publishes("primary-source") and publishes("backup-source"))
            seen = []
            numbers = []

            async def see() -> None:
                document = str(await viewer.recv())
                ebu_tt_live.validate(document.encode())
                numbers.append(parse_document(document).number)
                seen.append(text_of(document))

            async with asyncio.timeout(20):
                main.cue(("one",), 0, 1)
                await see()
                spare.cue(("one",), 0, 1)
                main.cue(("two",), 1, 2)
                await see()
                running.cancel()
                await until(lambda: node.node.manager.selected is None)
                spare.cue(("two",), 1, 2)  # shown already
                spare.cue(("three",), 2, 3)
                await see()
                async with on_air(engine(back, "primary", 2, node), back):
                    back.cue(("four",), 3, 4)
                    await see()
                    spare.cue(("four",), 3, 4)
                    back.cue(("five",), 4, 5)
                    await see()
        assert seen == ["one", "two", "three", "four", "five"]
        assert numbers == sorted(set(numbers))
        assert not node.running.done()


async def test_a_node_that_was_away_gets_what_is_shown_now() -> None:
    session = now()
    async with Node() as node:
        output = engine(session, "primary", 1, node)
    again = Node(listen=f"127.0.0.1:{node.port}")
    async with on_air(output, session):
        session.cue(("missed",), 0, 0.05)
        await until(lambda: session.report.given_up)
        await asyncio.sleep(0.1)  # until it is over
        session.cue(("long",), 1, 60)
        await until(lambda: len(session.report.given_up) == 2)
        async with again:
            async with connect(f"ws://127.0.0.1:{again.port}/on-air/subscribe") as viewer:
                assert await heard(viewer) == "long"
                await until(lambda: session.report.works)
            async with connect(f"ws://127.0.0.1:{again.port}/on-air/subscribe") as late:
                assert await heard(late) == "long"
    assert session.report.given_up[0][1] == "no node was connected"


async def test_a_node_connects_to_engines_that_listen() -> None:
    session = now()
    output = EbuTtLiveOutput(
        EbuTtLiveConfig(listen="127.0.0.1:0", authors_group="studio"), session.context()
    )
    async with (
        on_air(output, session),
        Node(sources=(f"ws://127.0.0.1:{output.port}/session-1-source",)) as node,
        connect(f"ws://127.0.0.1:{node.port}/on-air/subscribe") as viewer,
    ):
        session.cue(("pulled",), 0, 20)
        assert await heard(viewer) == "pulled"


@pytest.mark.parametrize(
    "message", [b"\x00binary", "garbage", "<tt/>", "<tt xmlns='http://www.w3.org/ns/ttml'/>"]
)
async def test_a_publisher_of_garbage_is_closed_alone(message: Any) -> None:
    session = now()
    async with Node() as node:
        output = engine(session, "primary", 1, node)
        async with on_air(output, session):
            async with connect(f"ws://127.0.0.1:{node.port}/other/publish") as publisher:
                await publisher.send(message)
                with pytest.raises(ConnectionClosed) as closed:
                    await publisher.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code in (1003, 1007)
            async with connect(f"ws://127.0.0.1:{node.port}/on-air/subscribe") as viewer:
                session.cue(("fine",), 0, 20)
                assert await heard(viewer) == "fine"
        with pytest.raises(InvalidStatus):
            await connect(f"ws://127.0.0.1:{node.port}/on-air/publish")


async def test_a_refused_token_ends_the_output() -> None:
    session = now()
    async with Node(token=TOKEN) as node:
        output = EbuTtLiveOutput(
            EbuTtLiveConfig(publish=(f"ws://127.0.0.1:{node.port}",), token="wrong", **LOCAL),
            session.context(),
        )
        with pytest.raises(PermissionDenied, match="401") as raised:
            async with asyncio.timeout(10):
                await output.run(session.events())
    assert "wrong" not in str(raised.value)


async def test_a_redirect_to_elsewhere_is_not_followed() -> None:
    asked = []

    async def elsewhere(connection: ServerConnection) -> None:
        asked.append(connection)

    async with serve(elsewhere, "127.0.0.1", 0) as other:
        target = f"ws://localhost:{next(iter(other.sockets)).getsockname()[1]}/x"

        def redirect(connection: ServerConnection, request: Any) -> Any:
            response = connection.respond(302, "")
            response.headers["Location"] = target
            return response

        async with serve(elsewhere, "127.0.0.1", 0, process_request=redirect) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            session = now()
            output = EbuTtLiveOutput(
                EbuTtLiveConfig(publish=(f"ws://127.0.0.1:{port}",), **LOCAL), session.context()
            )
            async with on_air(output, session):
                await until(lambda: session.report.failures)
    assert not asked
    assert "redirect" in session.report.failures[0]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "listen"),
        ({"listen": "8000"}, "listen"),
        ({"listen": "host:port"}, "listen"),
        ({"listen": "127.0.0.1:70000"}, "listen"),
        ({"listen": "0.0.0.0:8000"}, "listen"),
        ({"listen": "0.0.0.0:8000", "token": TOKEN}, "listen"),
        ({"listen": "127.0.0.1:0", "certificate": Path(__file__)}, "certificate"),
        ({"listen": "127.0.0.1:0", "token": "two words " + TOKEN}, "token"),
        ({"listen": "127.0.0.1:0", "timing": "smpte"}, "timing"),
        ({"listen": "127.0.0.1:0", "place": "left"}, "place"),
        ({"listen": "127.0.0.1:0", "control_token": 0}, "control_token"),
        ({"listen": "127.0.0.1:0", "least_seconds": float("nan")}, "least_seconds"),
        ({"listen": "127.0.0.1:0", "most_connections": 0}, "most_connections"),
        ({"publish": ("https://node.example.org",)}, "publish"),
        ({"publish": ("ws://node.example.org",)}, "publish"),
        ({"publish": (f"wss://user:{TOKEN}@node.example.org",)}, "publish"),
        ({"publish": (f"wss://node.example.org/?key={TOKEN}",)}, "publish"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        EbuTtLiveConfig(**options)
    assert raised.value.field == field
    assert TOKEN not in str(raised.value)


def test_private_nodes_must_be_allowed() -> None:
    config = EbuTtLiveConfig(publish=("wss://10.0.0.7:9000",))
    with pytest.raises(InvalidArgument, match="allowed_hosts"):
        EbuTtLiveOutput(config, now().context())
    assert TOKEN not in repr(EbuTtLiveConfig(listen="127.0.0.1:1", token=TOKEN))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"group": ""}, "group"),
        ({"output": ""}, "output"),
        ({"silence_seconds": float("nan")}, "silence_seconds"),
        ({"sources": ("wss://node.example.org/",)}, "sources"),
        ({"sources": ("node",)}, "sources"),
        ({"listen": "0.0.0.0:1"}, "listen"),
    ],
)
def test_bad_options_of_a_handover_manager_are_named(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        HandoverConfig(**{"listen": "127.0.0.1:0", "group": "g", "output": "o"} | options)
    assert raised.value.field == field
