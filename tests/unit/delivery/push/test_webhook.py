"""Webhooks, seen from the server: all events, in order, signed, and told what is missing."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from foundation.errors import DauysError, InvalidArgument, NotFound
from streaming.delivery.push.webhook import WebhookConfig, WebhookOutput, signature, signing_key
from streaming.session_events import (
    CaptionState,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    FeedChanged,
    SessionState,
    TentativeText,
)
from tests.unit.delivery.push.servers import (
    Act,
    Request,
    Server,
    Session,
    answer,
    garbage,
    hang,
    reset,
    reset_in_the_body,
    until,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another key of some length").decode()


def config(server: Server, **options: Any) -> WebhookConfig:
    usual: dict[str, Any] = {
        "url": f"http://127.0.0.1:{server.port}/hook?tenant=1",
        "secrets": (SECRET,),
        "plain_http": True,
        "allowed_hosts": ("127.0.0.0/8",),
        "batch_seconds": 0.01,
        "first_wait_seconds": 0.01,
        "longest_wait_seconds": 0.05,
        "timeout_seconds": 2,
    }
    return WebhookConfig(**usual | options)


def messages(server: Server) -> list[dict[str, Any]]:
    """As a receiver has them that knows ids: each once."""
    return list(
        {post.headers["webhook-id"]: json.loads(post.body) for post in server.posts}.values()
    )


def events(server: Server) -> list[dict[str, Any]]:
    return [event for message in messages(server) for event in message["events"]]


def verify(request: Request, secret: str) -> bool:
    """As the specification says, in words other than ours."""
    key = base64.b64decode(secret.split("_")[1])
    signed = b".".join(
        [
            request.headers["webhook-id"].encode(),
            request.headers["webhook-timestamp"].encode(),
            request.body,
        ]
    )
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    signatures = request.headers["webhook-signature"].split(" ")
    return ("v1", wanted) in [tuple(each.split(",", 1)) for each in signatures]


def test_the_published_example_of_a_signature() -> None:
    found = signature(
        [signing_key(SECRET)],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_exact_message() -> None:
    session = Session()
    async with Server() as server:
        session.say("Қайырлы кеш", 1, "kk")
        session.cue(("Қайырлы", "кеш"), 1, 2, "kk", "kk")
        session.publish(FeedChanged(SessionState.FEED_LOST, "timeout"))
        options = {"secrets": (SECRET, OTHER), "headers": ("Authorization: Bearer abc",)}
        output = WebhookOutput(config(server, **options), session.context())
        session.end()
        await output.run(session.events())
    (post,) = server.posts
    assert post.target == "/hook?tenant=1"
    assert post.headers["content-type"] == "application/json"
    assert post.headers["authorization"] == "Bearer abc"
    assert verify(post, SECRET)
    assert verify(post, OTHER)
    assert abs(int(post.headers["webhook-timestamp"]) - time.time()) < 5
    message = json.loads(post.body)
    assert abs(len(message.pop("timestamp")) - 24) == 0
    assert post.headers["webhook-id"] == f"msg_{message.pop('run')}_1"
    words = [
        {"text": "Қайырлы", "start": 1.0, "end": 1.4, "confidence": 0.9},
        {"text": "кеш", "start": 1.5, "end": 1.9, "confidence": 0.9},
    ]
    said = {"language": "kk", "text": "Қайырлы кеш", "start": 1.0, "end": 1.9}
    heard = {"heard_at": "2026-03-22T23:59:51.000Z"}
    assert message == {
        "type": "captions.events",
        "version": 1,
        "session": "session-1",
        "sequence": 1,
        "missed": 0,
        "automatic": True,
        "epoch": "2026-03-22T23:59:50.000Z",
        "events": [
            {"id": 1, "wall": 1.0, "kind": "committed", "track": "source"}
            | said
            | heard
            | {"words": words},
            {"id": 2, "wall": 1.0, "kind": "cue", "track": "kk"}
            | said
            | heard
            | {"text": "Қайырлы\nкеш", "end": 2.0},
            {"id": 3, "wall": 1.0, "kind": "feed", "track": "source", "language": ""}
            | {"text": "feed-lost timeout", "start": None, "end": None},
        ],
    }
    assert session.report.sent == [1]


@pytest.mark.parametrize(
    "fault",
    [answer(500), answer(429, Retry_After="0"), reset(), reset_in_the_body(), hang(), garbage()],
    ids=["500", "429", "reset", "half", "hang", "garbage"],
)
async def test_each_event_comes_at_least_once_and_in_order(
    fault: Act, request: pytest.FixtureRequest
) -> None:
    session = Session()
    slow = request.node.callspec.id == "hang"
    async with Server() as server:
        server.acts.extend([answer(), fault, fault, answer(), fault])
        output = WebhookOutput(
            config(server, batch_events=7, timeout_seconds=0.4 if slow else 2), session.context()
        )
        running = asyncio.create_task(output.run(session.events()))
        for n in range(40):
            session.say(str(n), n)
            await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await until(lambda: output.counts.delivered == 40)
            session.end()
            await running
    assert [event["text"] for event in events(server)] == [str(n) for n in range(40)]
    assert [message["sequence"] for message in messages(server)] == list(
        range(1, len(messages(server)) + 1)
    )
    again: dict[str, set[bytes]] = {}
    for post in server.posts:
        again.setdefault(post.headers["webhook-id"], set()).add(post.body)
        assert verify(post, SECRET)
    assert all(len(bodies) == 1 for bodies in again.values())
    assert len(server.posts) == len(again) + 3


async def test_an_away_server_gets_all_up_to_a_bound_and_the_number_of_the_rest() -> None:
    session = Session()
    async with Server() as server:
        await server.stop()
        output = WebhookOutput(config(server, keep_events=10, batch_events=4), session.context())
        running = asyncio.create_task(output.run(session.events()))
        session.say("first", 0)
        await until(lambda: output.counts.failures)
        for n in range(25):
            session.say(str(n), n)
        await until(lambda: output.counts.overflowed)
        await server.__aenter__()
        async with asyncio.timeout(20):
            await until(lambda: output.counts.delivered == 11)
            session.end()
            await running
    assert [event["text"] for event in events(server)] == ["first", *map(str, range(15, 25))]
    assert [message["missed"] for message in messages(server)] == [0, 15, 0, 0]
    assert output.counts.overflowed == 15


async def test_only_what_was_chosen_is_sent() -> None:
    session = Session()
    async with Server() as server:
        words = session.say("раз", 1)
        session.publish(TentativeText(words, "ru"))
        session.cue(("раз",), 1, 2)
        session.publish(Corrected((CorrectedText(1, words),), (), "operator"))
        session.end()
        await WebhookOutput(config(server, kinds=("correction", "cue")), session.context()).run(
            session.events()
        )
    assert [event["kind"] for event in events(server)] == ["cue", "correction"]


async def test_killed_text_does_not_go_out_but_the_kill_does() -> None:
    session = Session()
    async with Server() as server:
        server.acts.append(answer(503))
        output = WebhookOutput(config(server, longest_wait_seconds=5), session.context())
        running = asyncio.create_task(output.run(session.events()))
        session.publish(FeedChanged(SessionState.LIVE))
        session.say("тайна", 1)
        await server.until(1)
        session.say("и ещё", 2)
        session.publish(Controlled(ControlAction.KILL, CaptionState(killed=True)))
        async with asyncio.timeout(20):
            await server.until(2)
            session.end()
            await running
    told = [post for post in server.posts if post.headers["webhook-id"].endswith("_2")]
    assert [event["kind"] for event in json.loads(told[0].body)["events"]] == ["feed", "control"]
    assert output.counts.withdrawn == 2


async def test_a_message_that_is_always_refused_is_passed_over_and_told_of() -> None:
    session = Session()
    async with Server() as server:
        server.acts.extend([answer(422)] * 3)
        output = WebhookOutput(config(server), session.context())
        running = asyncio.create_task(output.run(session.events()))
        session.say("раз", 1)
        await server.until(3)
        session.say("два", 2)
        async with asyncio.timeout(20):
            await server.until(4)
            session.end()
            await running
    first, second = messages(server)
    assert (second["missed"], second["events"][0]["text"]) == (1, "два")
    assert first["sequence"] == 1
    assert output.counts.refused == 1


async def test_gone_is_the_end() -> None:
    session = Session()
    async with Server() as server:
        server.usually = answer(410)
        session.say("раз", 1)
        with pytest.raises(NotFound, match="has closed the address"):
            await WebhookOutput(config(server), session.context()).run(session.events())


async def test_the_end_waits_for_the_server_but_not_for_ever() -> None:
    session = Session()
    async with Server() as server:
        server.usually = hang()
        session.cue(("раз",), 1, 2)
        session.end()
        output = WebhookOutput(
            config(server, drain_seconds=0.5, timeout_seconds=0.2), session.context()
        )
        async with asyncio.timeout(5):
            await output.run(session.events())
    assert output.counts.lost == 1
    assert session.report.given_up[0][0] == 1


async def test_a_huge_text_is_sent_alone() -> None:
    session = Session()
    async with Server() as server:
        session.say("а" * 100_000, 1)
        session.say("б", 2)
        session.end()
        output = WebhookOutput(config(server, keep_bytes=10_000), session.context())
        await output.run(session.events())
    assert [event["text"] for event in events(server)] == ["б"]
    assert messages(server)[0]["missed"] == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://hooks.example.org/secret-path"),
        ("url", "gopher://hooks.example.org/"),
        ("url", "https://u:secret@hooks.example.org/"),
        ("secrets", ()),
        ("secrets", ("whsec_",)),
        ("secrets", ("whsec_secret",)),
        ("secrets", ("whsec_" + base64.b64encode(b"short secret").decode(),)),
        ("secrets", (SECRET, "whsec_не base64 secret")),
        ("kinds", ()),
        ("kinds", ("words",)),
        ("headers", ("Host: secret",)),
        ("headers", ("webhook-id: secret",)),
        ("headers", ("X: secret\r\nY: z",)),
        ("headers", ("no colon secret",)),
        ("batch_events", 0),
        ("batch_seconds", float("nan")),
        ("keep_events", -1),
        ("keep_bytes", 10**12),
        ("drain_seconds", float("inf")),
    ],
)
def test_bad_options_are_named_and_secrets_are_not(field: str, value: Any) -> None:
    options: dict[str, Any] = {"url": "https://hooks.example.org/x", "secrets": (SECRET,)}
    with pytest.raises(InvalidArgument) as raised:
        WebhookConfig(**options | {field: value})
    assert raised.value.field == field
    assert "secret" not in str(raised.value).replace("secrets", "")
    assert SECRET not in repr(WebhookConfig(**options))


async def test_an_error_names_no_path() -> None:
    async with Server() as server:
        server.usually = answer(401)
        session = Session()
        session.say("раз", 1)
        with pytest.raises(DauysError) as raised:
            await WebhookOutput(config(server), session.context()).run(session.events())
    assert "tenant" not in str(raised.value)
    assert str(server.port) in str(raised.value)
