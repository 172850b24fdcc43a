"""Captions for Zoom, seen from the server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from foundation.errors import InvalidArgument, NotFound, PermissionDenied
from streaming.delivery.push.zoom import ZoomConfig, ZoomOutput
from tests.unit.delivery.push.servers import (
    Server,
    Session,
    answer,
    hang,
    reset_in_the_body,
    until,
)

KEY = "nYtXJqRKCW-secret"
PATH = f"/closedcaption?id=200610693&ns=GZHkEA==&expire=86400&sparams=id%2Cns&signature={KEY}"


def config(server: Server, **options: Any) -> ZoomConfig:
    usual: dict[str, Any] = {
        "url": f"http://127.0.0.1:{server.port}{PATH}",
        "plain_http": True,
        "allowed_hosts": ("127.0.0.1",),
        "interval_seconds": 0.2,
        "first_wait_seconds": 0.01,
        "longest_wait_seconds": 0.05,
        "timeout_seconds": 2,
        "label": False,
    }
    return ZoomConfig(**usual | options)


async def test_exact_requests_go_on_after_the_last_number_that_zoom_took() -> None:
    session = Session()
    async with Server() as server:
        server.acts.append(answer(200, "41\n"))
        session.cue(("Добрый вечер,", "это новости."), 1, 3)
        output = ZoomOutput(config(server), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await server.until(1)
            session.cue(("Қайырлы кеш.",), 3, 5, "kk")
            session.cue(("Good evening.",), 5, 6, "en")
            await server.until(3)
            session.end()
            await running
    asked, *posts = server.requests
    assert (asked.method, asked.path) == ("GET", "/closedcaption/seq")
    assert asked.query["signature"] == KEY
    assert [(post.seq, post.query["lang"], post.text) for post in posts] == [
        (42, "ru-RU", "Добрый вечер,\nэто новости.\n"),
        (43, "kk-KZ", "Қайырлы кеш.\n"),
        (44, "en-US", "Good evening.\n"),
    ]
    assert posts[0].target == f"{PATH}&seq=42&lang=ru-RU"
    assert posts[0].headers["content-type"] == "text/plain"
    assert session.report.sent == [1, 2, 3]


async def test_words_go_on_in_their_line() -> None:
    session = Session()
    async with Server() as server:
        server.acts.append(answer(404))
        session.say("раз два", 1)
        output = ZoomOutput(config(server, unit="words"), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await server.until(1)
            session.say("три. Четыре", 2)
            await server.until(2)
            session.end()
            await running
    assert [(post.seq, post.text) for post in server.posts] == [
        (1, "раз два"),
        (2, " три.\nЧетыре"),
    ]


async def test_a_meeting_that_begins_later_gets_what_is_said_then() -> None:
    session = Session()
    async with Server() as server:
        server.usually = answer(400)
        output = ZoomOutput(config(server, stale_seconds=1), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            session.cue(("рано",), 1, 2)
            await until(lambda: output.counts.stale)
            assert not running.done()
            assert "has not started" in session.report.failures[0]
            server.usually = answer(200)
            session.cue(("вовремя",), 3, 4)
            await server.until(1)
            session.end()
            await running
    assert [post.text for post in server.posts] == ["вовремя\n"]


@pytest.mark.parametrize(
    ("status", "error"), [(401, PermissionDenied), (403, PermissionDenied), (404, NotFound)]
)
async def test_an_expired_url_ends_the_output_after_some_tries(
    status: int, error: type[Exception]
) -> None:
    session = Session()
    async with Server() as server:
        server.acts.append(answer(200, "0"))
        server.usually = answer(status, KEY)
        session.cue(("раз",), 1, 2)
        output = ZoomOutput(config(server), session.context())
        with pytest.raises(error, match="expired") as raised:
            async with asyncio.timeout(20):
                await output.run(session.events())
    assert len(server.posts) == 4
    assert KEY not in str(raised.value)


async def test_retries_keep_their_number() -> None:
    session = Session()
    async with Server() as server:
        server.acts.extend([answer(200, "garbage"), hang(), reset_in_the_body(), answer(504)])
        session.cue(("раз",), 1, 2)
        session.cue(("два",), 2, 3)
        output = ZoomOutput(config(server, timeout_seconds=0.4), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await server.until(4)
            session.end()
            await running
    assert [(post.seq, post.text) for post in server.posts] == [(1, "раз\nдва\n")] * 4
    assert session.report.sent == [1, 2]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://wmcc.zoom.us/closedcaption",
        f"https://wmcc.zoom.us/closedcaption?signature={KEY}",
        "https://wmcc.zoom.us/closedcaption?id=1&signature=",
        f"https://wmcc.zoom.us/closedcaption?id=1&signature={KEY}&seq=1",
        f"wss://wmcc.zoom.us/closedcaption?id=1&signature={KEY}",
        f"http://wmcc.zoom.us/closedcaption?id=1&signature={KEY}",
    ],
)
def test_what_is_no_caption_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        ZoomConfig(url=url)
    assert raised.value.field == "url"
    assert KEY not in str(raised.value)
    assert KEY not in repr(ZoomConfig(url=f"https://us04wmcc.zoom.us{PATH}"))
