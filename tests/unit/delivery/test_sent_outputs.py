"""Outputs that go over the network, as a file describes them and as a session runs them."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from foundation.errors import InvalidArgument
from streaming.delivery.ebu_tt_live.output import EbuTtLiveOutput
from streaming.delivery.kinds import output_kind
from streaming.delivery.push.webhook import WebhookConfig
from streaming.delivery.push.youtube import YoutubeConfig
from streaming.delivery.runner import OutputRunner
from streaming.delivery.specs import OutputSpec, read_short, read_specs
from streaming.session_events import OutputState
from tests.unit.delivery.conftest import FakeSession
from tests.unit.delivery.push.servers import Server, answer, until

KINDS = ("ebu-tt-live", "webhook", "youtube", "zoom", "dvb", "burn-in", "voice")
FILE = """
[[output]]
kind = "youtube"
url = "https://upload.youtube.com/closedcaption?cid=abcd"
language = "kk"
unit = "cues"
offset = -1.5
tracks = ["ru"]

[[output]]
kind = "zoom"
url = "https://wmcc.zoom.us/closedcaption?id=1&ns=x&expire=86400&signature=y"
offset = 2

[[output]]
kind = "webhook"
name = "archive"
url = "https://hooks.example.org/captions"
secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
kinds = ["committed", "correction"]
headers = ["Authorization: Bearer abc"]
allowed_hosts = ["10.0.0.0/8"]

[[output]]
kind = "ebu-tt-live"
listen = "127.0.0.1:9000"
publish = ["wss://node.example.org:9001"]
authors_group = "studio"
control_token = 2
timing = "implicit"
"""


def test_a_file_describes_them(tmp_path: Path) -> None:
    path = tmp_path / "outputs.toml"
    path.write_text(FILE)
    youtube, zoom, webhook, live = read_specs(path)
    assert isinstance(youtube.config, YoutubeConfig)
    assert (youtube.config.unit, youtube.offset_seconds, youtube.tracks) == ("cues", -1.5, ("ru",))
    assert zoom.name == "zoom"
    assert webhook.config.kinds == ("committed", "correction")
    assert live.config.publish == ("wss://node.example.org:9001",)
    path.write_text(FILE.replace("cid=abcd", "key=secret"))
    with pytest.raises(InvalidArgument, match=r"output\[0\]\.url: has no cid") as raised:
        read_specs(path)
    assert "secret" not in str(raised.value)
    path.write_text(FILE.replace('url = "https://wmcc', 'offset_x = 1\nurl = "https://wmcc'))
    with pytest.raises(InvalidArgument, match="offset_x: is unknown"):
        read_specs(path)
    assert read_short("ebu-tt-live=127.0.0.1:0", "--output").config.listen == "127.0.0.1:0"


@pytest.mark.parametrize("name", KINDS)
def test_keys_are_neither_shown_nor_logged(name: str) -> None:
    kind = output_kind(name)
    options = {option.name: option for option in fields(kind.config)}
    assert kind.secret <= options.keys()
    assert not any(options[secret].repr for secret in kind.secret)
    assert kind.name == name


@pytest.mark.parametrize(
    ("short", "option"),
    [
        ("dvb=udp://127.0.0.1:5000", "delay_seconds"),
        ("burn-in=udp://127.0.0.1:5000", "delay_seconds"),
        ("youtube=https://upload.youtube.com/closedcaption?cid=abcd", "drain_seconds"),
        ("zoom=https://wmcc.zoom.us/closedcaption?id=1&signature=y", "drain_seconds"),
    ],
)
def test_what_is_held_back_or_waits_may_still_go_out(short: str, option: str) -> None:
    spec = read_short(short, "--output")
    config = replace(spec.config, **{option: 45.0})
    assert output_kind(spec.kind).finish_seconds(config) == 45


async def test_a_session_sends_captions_and_events(session: FakeSession) -> None:
    async with Server() as server:
        server.acts.append(answer(503))
        common: dict[str, Any] = {
            "plain_http": True,
            "allowed_hosts": ("127.0.0.1",),
            "first_wait_seconds": 0.01,
        }
        url = f"http://127.0.0.1:{server.port}"
        youtube = YoutubeConfig(
            url=f"{url}/closedcaption?cid=x", heartbeat_seconds=0, label=False, **common
        )
        webhook = WebhookConfig(
            url=f"{url}/hook",
            secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
            kinds=("cue",),
            **common,
        )
        runner = OutputRunner(session, session.facts)
        runner.add(OutputSpec("youtube", youtube))
        runner.add(OutputSpec("webhook", webhook))
        await until(lambda: all(each.state is OutputState.LIVE for each in runner.statuses))
        session.say("Сәлем.")
        session.say("Перевод.", track="ru")
        await server.until(3)
        await until(lambda: [status.cues for status in runner.statuses] == [1, 2])
        session.log.close()
        await runner.finish()
    assert [status.state for status in runner.statuses] == [OutputState.ENDED] * 2
    hooked = [json.loads(post.body) for post in server.posts if post.path == "/hook"][-1]
    assert [event["track"] for event in hooked["events"]] == ["source", "ru"]
    captions = [post.text for post in server.posts if post.path == "/closedcaption"][-1]
    assert captions.endswith("\n<br>Сәлем.\n")


async def test_a_refused_key_is_told_to_operators(session: FakeSession) -> None:
    async with Server() as server:
        server.usually = answer(410)
        config = YoutubeConfig(
            url=f"http://127.0.0.1:{server.port}/closedcaption?cid=secret",
            plain_http=True,
            allowed_hosts=("127.0.0.1",),
        )
        runner = OutputRunner(session, session.facts)
        runner.add(OutputSpec("youtube", config))
        await until(lambda: runner.statuses[0].state is OutputState.FAILED)
        session.log.close()
        await runner.finish()
    told = session.changes("youtube")
    assert "has closed the address (410)" in told[-1]
    assert "secret" not in " ".join(told)


async def test_subscribers_of_a_session(
    session: FakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[EbuTtLiveOutput] = []
    start = EbuTtLiveOutput.run

    async def run(self: EbuTtLiveOutput, events: object) -> None:
        opened.append(self)
        await start(self, events)  # type: ignore[arg-type]

    monkeypatch.setattr(EbuTtLiveOutput, "run", run)
    runner = OutputRunner(session, session.facts)
    runner.add(read_short("ebu-tt-live=127.0.0.1:0", "--output"))
    await until(lambda: opened and opened[0].port)
    async with connect(f"ws://127.0.0.1:{opened[0].port}/abc-source/subscribe") as subscriber:
        session.say("Сәлем.")
        assert "Сәлем." in str(await subscriber.recv())
        await until(lambda: runner.statuses[0].cues == 1)
        session.log.close()
        await runner.finish()
    assert runner.statuses[0].state is OutputState.ENDED
