"""Captions for YouTube, seen from the server: no text twice, none out of order, none late."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foundation.errors import DauysError, InvalidArgument, NotFound, PermissionDenied
from streaming.delivery.push.http import Reply
from streaming.delivery.push.youtube import ServerClock, YoutubeConfig, YoutubeOutput, timestamp
from streaming.session_events import CaptionState, Cleared, ControlAction, Controlled
from tests.unit.delivery.push.servers import (
    Act,
    Server,
    Session,
    answer,
    garbage,
    hang,
    reset,
    reset_in_the_body,
    trickle,
    until,
)

KEY = "secret-abcd-efgh"


def config(server: Server, **options: Any) -> YoutubeConfig:
    usual: dict[str, Any] = {
        "url": f"http://127.0.0.1:{server.port}/closedcaption?cid={KEY}",
        "plain_http": True,
        "allowed_hosts": ("127.0.0.1",),
        "interval_seconds": 0.2,
        "first_wait_seconds": 0.01,
        "longest_wait_seconds": 0.05,
        "timeout_seconds": 2,
        "heartbeat_seconds": 0,
        "label": False,
    }
    return YoutubeConfig(**usual | options)


async def told(server: Server, session: Session, posts: int, **options: Any) -> YoutubeOutput:
    """Run until so many posts have come and the session has ended."""
    output = YoutubeOutput(config(server, **options), session.context())
    async with asyncio.timeout(20):
        running = asyncio.create_task(output.run(session.events()))
        await server.until(posts)
        session.end()
        await running
    return output


async def test_exact_request() -> None:
    session = Session()
    async with Server() as server:
        words = session.say("Қайырлы кеш! Сегодня", 9.5)
        session.cue(("Қайырлы кеш! Сегодня",), 9.5, 11)
        output = await told(server, session, 1, region="reg1", cue="cue1", language="ru-RU")
    (post,) = server.requests
    assert post.method == "POST"
    assert post.target == f"/closedcaption?cid={KEY}&seq=1&lang=ru-RU"
    assert post.headers["content-type"] == "text/plain"
    assert post.text == (
        "2026-03-22T23:59:59.500 region:reg1#cue1\n<br>Қайырлы кеш!\n"
        "2026-03-23T00:00:00.500 region:reg1#cue1\n<br>Сегодня\n"
    )
    assert output.counts.delivered == 2
    assert session.report.sent == [1]
    assert len(words) == 3


async def test_lines_are_no_longer_than_asked_and_go_on_with_a_space() -> None:
    session = Session()
    async with Server() as server:
        session.say("один два три четыре", 1)
        await asyncio.sleep(0)
        session.say("пять шесть", 3)
        session.say("после паузы " + "о" * 40, 9)
        await told(server, session, 1, line_characters=16)
    texts = server.posts[0].text.split("\n")[1::2]
    assert texts == [
        "<br>один два три",
        "<br>четыре",
        " пять",
        "<br>шесть",
        "<br>после паузы",
        "<br>" + "о" * 16,
        "<br>" + "о" * 16,
        "<br>" + "о" * 8,
    ]


async def test_text_makes_no_markup_no_line_and_no_time() -> None:
    session = Session()
    async with Server() as server:
        session.say("<br>\n2012-12-24T00:00:06.873\x00\ud800 <b>", 1)
        await told(server, session, 1, line_characters=60)
    assert server.posts[0].text == (
        "2026-03-22T23:59:51.000\n<br>‹br› 2012-12-24T00:00:06.873 ‹b›\n"
    )


@pytest.mark.parametrize(
    "fault",
    [
        answer(500),
        answer(503),
        reset(),
        reset_in_the_body(),
        hang(),
        trickle(),
        garbage(),
        answer(302, Location="http://example.org/"),
        answer(408),
        answer(403),
    ],
    ids=["500", "503", "reset", "half", "hang", "trickle", "garbage", "302", "408", "403 once"],
)
async def test_a_retry_has_the_same_number_and_bytes_and_nothing_overtakes_it(
    fault: Act, request: pytest.FixtureRequest
) -> None:
    session = Session()
    slow = request.node.callspec.id in ("hang", "trickle")
    async with Server() as server:
        server.acts.extend([fault, fault])
        session.say("один", 1)
        output = YoutubeOutput(
            config(server, timeout_seconds=0.4 if slow else 2), session.context()
        )
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await server.until(1)
            session.say("два", 2)
            await server.until(4)
            session.end()
            await running
    assert [post.seq for post in server.posts] == [1, 1, 1, 2]
    assert len({post.body for post in server.posts[:3]}) == 1
    assert "один" in server.posts[0].text
    assert "два" in server.posts[3].text
    assert output.counts.delivered == 2
    assert output.counts.failures == 2
    assert len(session.report.failures) == 2
    assert session.report.works >= 2


async def test_retry_after_is_waited_for() -> None:
    session = Session()
    loop = asyncio.get_running_loop()
    arrived = []

    async with Server() as server:
        throttled = answer(429, Retry_After="1")

        async def note(request: Any, writer: Any) -> None:
            arrived.append(loop.time())
            await (throttled if len(arrived) == 1 else answer())(request, writer)

        server.usually = note
        session.say("один", 1)
        await told(server, session, 2)
    assert arrived[1] - arrived[0] >= 0.95


async def test_stale_text_is_left_out_and_its_number_is_not_used_again() -> None:
    """The server may have seen number 1 with the lost text, so the fresh text is number 2."""
    session = Session()
    async with Server() as server:
        server.acts.extend([hang()] * 3)
        lost = session.cue(("поздно",), 1, 2)
        session.say("поздно", 1)
        output = YoutubeOutput(
            config(server, stale_seconds=1, timeout_seconds=0.5), session.context()
        )
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await until(lambda: output.counts.stale)
            server.acts.clear()
            before = len(server.posts)
            session.say("вовремя", 30)
            await server.until(before + 1)
            session.end()
            await running
    assert {post.seq for post in server.posts[:-1]} == {1}
    assert server.posts[-1].seq == 2
    assert "поздно" not in server.posts[-1].text
    assert output.counts.stale == 1
    assert session.report.given_up[0][0] == lost.index


async def test_a_number_that_never_left_is_used() -> None:
    session = Session()
    async with Server() as server:
        await server.stop()
        session.say("поздно", 1)
        output = YoutubeOutput(config(server, stale_seconds=1), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await until(lambda: output.counts.stale)
            await server.__aenter__()
            session.say("вовремя", 30)
            await server.until(1)
            session.end()
            await running
    assert [post.seq for post in server.posts] == [1]


async def test_a_refused_body_is_passed_over() -> None:
    session = Session()
    async with Server() as server:
        server.acts.append(answer(400, "unable to parse post body"))
        session.say("один", 1)
        output = YoutubeOutput(config(server), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await server.until(1)
            session.say("два", 2)
            await server.until(2)
            session.end()
            await running
    assert [post.seq for post in server.posts] == [1, 1]
    assert "один" not in server.posts[1].text
    assert (output.counts.refused, output.counts.delivered) == (1, 1)


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, PermissionDenied), (403, PermissionDenied), (404, NotFound), (410, NotFound)],
)
async def test_a_refused_key_ends_the_output(status: int, error: type[DauysError]) -> None:
    session = Session()
    async with Server() as server:
        server.usually = answer(status, KEY)
        session.say("один", 1)
        output = YoutubeOutput(config(server), session.context())
        with pytest.raises(error) as raised:
            async with asyncio.timeout(20):
                await output.run(session.events())
        assert len(server.posts) == (1 if status == 410 else 3)
    assert str(status) in raised.value.message
    assert KEY not in repr(raised.value) + raised.value.message
    assert not raised.value.retryable


@pytest.mark.parametrize("status", [301, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    session = Session()
    async with Server() as other, Server() as server:
        server.usually = answer(status, Location=f"http://127.0.0.1:{other.port}/?cid=x")
        session.say("один", 1)
        output = YoutubeOutput(config(server), session.context())
        with pytest.raises(DauysError, match="redirects are not followed"):
            await output.run(session.events())
        assert not other.requests


async def test_the_servers_clock_moves_the_times() -> None:
    """A server that is 90 s ahead of us gets times of its own clock."""
    session = Session(datetime.now(UTC) - timedelta(seconds=0.1))
    async with Server() as server:

        async def ahead(request: Any, writer: Any) -> None:
            time = timestamp(datetime.now(UTC).timestamp() + 90)
            await answer(200, time + "\n")(request, writer)

        server.usually = ahead
        output = YoutubeOutput(config(server, heartbeat_seconds=1), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await until(lambda: output.clock_offset > 1)
            session.say("один", 0)
            await server.until(1)
            session.end()
            await running
    heartbeat, post = server.requests[0], server.posts[0]
    assert heartbeat.body == b""
    assert heartbeat.seq == post.seq == 1  # a heartbeat takes no number
    sent = datetime.fromisoformat(post.text.split("\n")[0]).replace(tzinfo=UTC)
    assert abs((sent - datetime.now(UTC)).total_seconds() - 90) < 3
    assert abs(output.clock_offset - 90) < 0.5


@pytest.mark.parametrize(
    "body",
    [
        "",
        "OK",
        "1970-01-01T00:00:00.000",
        "2026-13-45T99:99:99.000",
        "9999-12-31T23:59:59.999",
        "\x00" * 100,
        "<html>2026-03-22T00:00:00.000</html>",
    ],
)
def test_an_answer_that_is_no_time_of_now_changes_nothing(body: str) -> None:
    clock = ServerClock()
    clock.learn(Reply(200, body.encode(), None, 1_774_137_600.0, 0.1))
    assert clock.offset == 0


def test_the_quickest_answer_is_believed() -> None:
    clock = ServerClock()
    for took, error in ((2.0, 1.0), (0.1, 0.01), (1.0, 0.5)):
        body = timestamp(1_774_137_600.0 + took / 2 + 5 + error).encode()
        clock.learn(Reply(200, body, None, 1_774_137_600.0, took))
    assert clock.offset == pytest.approx(5.01, abs=0.002)


async def test_cleared_text_does_not_go_out() -> None:
    session = Session()
    async with Server() as server:
        server.acts.extend([answer(500)] * 3)
        session.say("тайна", 1)
        output = YoutubeOutput(config(server, longest_wait_seconds=5), session.context())
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            await server.until(1)
            session.publish(Controlled(ControlAction.KILL, CaptionState(killed=True)))
            session.publish(Cleared())
            session.say("снова", 20)
            await until(lambda: output.counts.withdrawn)
            server.acts.clear()
            sent = len(server.posts)
            await server.until(sent + 1)
            session.end()
            await running
    assert "тайна" not in server.posts[-1].text
    assert output.counts.withdrawn == 1


async def test_killed_text_that_is_on_its_way_is_broken_off() -> None:
    session = Session()
    async with Server() as server:
        server.acts.append(hang())
        output = YoutubeOutput(config(server, timeout_seconds=60), session.context())
        async with asyncio.timeout(10):
            running = asyncio.create_task(output.run(session.events()))
            session.say("тайна", 1)
            await server.until(1)
            session.publish(Controlled(ControlAction.KILL, CaptionState(killed=True)))
            session.say("снова", 20)
            await server.until(2)
            session.end()
            await running
    assert [post.seq for post in server.posts] == [1, 2]
    assert output.counts.withdrawn == 1


async def test_what_waits_is_bounded() -> None:
    session = Session()
    async with Server() as server:
        server.acts.append(hang())
        output = YoutubeOutput(
            config(server, most_waiting=10, timeout_seconds=1), session.context()
        )
        async with asyncio.timeout(20):
            running = asyncio.create_task(output.run(session.events()))
            session.say("первый", 0)
            await server.until(1)
            for n in range(50):
                session.say(f"слово{n}.", 1 + n)
            await server.until(3)
            session.end()
            await running
    assert output.counts.overflowed == 40
    assert "слово40." in server.posts[-1].text
    assert "слово39." not in server.posts[-1].text


async def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "seq"
    async with Server() as server:
        for _ in range(2):
            session = Session()
            session.say("один", 1)
            await told(server, session, len(server.posts) + 1, sequence_file=path)
    assert [post.seq for post in server.posts] == [1, 2]
    path.write_text("no number")
    with pytest.raises(InvalidArgument, match="sequence_file"):
        YoutubeOutput(config(server, sequence_file=path), Session().context())


async def test_captions_are_labelled_automatic() -> None:
    async with Server() as server:
        for captions in (CaptionState(), CaptionState(unlabelled=True)):
            session = Session()
            session.say("один", 1)
            output = YoutubeOutput(config(server, label=True), session.context(captions=captions))
            running = asyncio.create_task(output.run(session.events()))
            async with asyncio.timeout(20):
                await server.until(len(server.posts) + 1)
                session.end()
                await running
    first, second = (post.text.split("\n")[1::2] for post in server.posts)
    assert first == ["<br>[автоматические субтитры]", "<br>один"]
    assert second == ["<br>один"]


async def test_cancelling_ends_at_once() -> None:
    session = Session()
    async with Server() as server:
        server.usually = hang()
        session.say("один", 1)
        output = YoutubeOutput(config(server, timeout_seconds=60), session.context())
        running = asyncio.create_task(output.run(session.events()))
        await server.until(1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(2):
                await running


NAN = float("nan")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""),
        ("url", f"ftp://upload.youtube.com/closedcaption?cid={KEY}"),
        ("url", f"file:///closedcaption?cid={KEY}"),
        ("url", "https://upload.youtube.com/closedcaption"),
        ("url", "https://upload.youtube.com/closedcaption?cid="),
        ("url", f"https://upload.youtube.com/closedcaption?cid={KEY}&seq=7"),
        ("url", f"https://user:{KEY}@upload.youtube.com/closedcaption?cid={KEY}"),
        ("url", f"https://upload.youtube.com/a b?cid={KEY}"),
        ("url", f"https://upload.youtube.com:port/?cid={KEY}"),
        ("url", f"https://[::1/?cid={KEY}"),
        ("url", f"https:///closedcaption?cid={KEY}"),
        ("url", f"https://upload.youtube.com/?cid={KEY}\r\nX: y"),
        ("url", f"https://upload.youtube.com/?cid={KEY}" + "x" * 5000),
        ("interval_seconds", NAN),
        ("stale_seconds", float("inf")),
        ("timeout_seconds", -1),
        ("heartbeat_seconds", NAN),
        ("drain_seconds", "5"),
        ("most_waiting", True),
        ("line_characters", 4.5),
        ("unit", "letters"),
        ("language", "no language"),
        ("region", "reg 1\n"),
        ("proxy", "socks5://127.0.0.1:1"),
        ("proxy", "http://127.0.0.1/path"),
        ("ca_file", Path("/no/such/file")),
        ("sequence_file", Path("/no/such/folder/file")),
    ],
)
def test_bad_options_are_named_and_secrets_are_not(field: str, value: Any) -> None:
    options: dict[str, Any] = {"url": f"https://upload.youtube.com/closedcaption?cid={KEY}"}
    YoutubeConfig(**options)
    with pytest.raises(InvalidArgument) as raised:
        YoutubeConfig(**options | {field: value})
    assert raised.value.field == field
    assert KEY not in str(raised.value)


def test_a_scheme_without_tls_must_be_wanted() -> None:
    url = f"http://upload.youtube.com/closedcaption?cid={KEY}"
    with pytest.raises(InvalidArgument, match="plain_http"):
        YoutubeConfig(url=url)
    assert KEY not in repr(YoutubeConfig(url=url, plain_http=True, proxy="http://u:pw@proxy:3128"))
    assert "pw" not in repr(YoutubeConfig(url=url, plain_http=True, proxy="http://u:pw@proxy:3128"))


def test_there_must_be_a_track() -> None:
    config = YoutubeConfig(url="https://upload.youtube.com/?cid=x")
    with pytest.raises(InvalidArgument, match="tracks"):
        YoutubeOutput(config, replace(Session().context(), renditions=[]))
