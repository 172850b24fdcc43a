"""Outputs of a server's sessions over gRPC: asked for, watched, changed on air."""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dauys.client import (
    DashOptions,
    FailedPreconditionError,
    HlsOptions,
    InvalidArgumentError,
    LiveSession,
    Output,
    OutputChanged,
    OutputState,
    OutputStatus,
)

from foundation.errors import InvalidArgument
from services.server.settings import Settings
from services.subtitling.outputs import SessionOutputs
from streaming.delivery.runner import OutputRunner
from tests.integration.gateway.scripted import Running, ScriptedSession, running_system
from tests.integration.test_hls_media import encode

SHORT = HlsOptions(segment=1, window=0, hold=0)

PROFILES = """
[[output]]
kind = "hls"
name = "air"
folder = "{folder}/air"
segment_seconds = 1
hold_seconds = 0
window_seconds = 0
offset = 0.5

[[output]]
kind = "hls"
name = "archive"
window_seconds = 0
"""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(PROFILES.format(folder=tmp_path))
    settings = {
        "outputs_root": tmp_path / "root",
        "output_profiles": profiles,
        "delivery_logs": tmp_path / "logs",
    }
    async with running_system(settings) as system:
        yield system


async def status(running: Running, session: ScriptedSession, name: str) -> OutputStatus:
    found = await running.client.get_live_session(session.name)
    (output,) = (output for output in found.outputs if output.name == name)
    assert output.status is not None
    return output.status


async def until_state(
    running: Running, session: ScriptedSession, name: str, state: OutputState
) -> OutputStatus:
    async with asyncio.timeout(30):
        while True:
            found = await status(running, session, name)
            if found.state is state:
                return found
            await asyncio.sleep(0.02)  # a state of the server has no event here


def texts(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted(folder.glob("source-*.vtt")))


def has(path: Path, text: str) -> bool:
    return text in path.read_text()


async def test_a_session_with_outputs_from_its_beginning_to_its_end(
    running: Running, tmp_path: Path
) -> None:
    dash = DashOptions(segment=1, window=0, hold=0)
    session = await running.session(
        languages=["kk"], outputs=[Output(hls=SHORT), "air", Output(dash=dash)]
    )
    session.hear(5)
    session.say("Сәлем, Қазақстан!")
    session.finish_cue()
    await until_state(running, session, "hls", OutputState.LIVE)
    found = await running.client.stop_live_session(session.name)
    hls, air, manifest = found.outputs
    assert (manifest.name, manifest.hls, manifest.dash) == ("dash", None, dash)
    assert manifest.status is not None
    assert (manifest.status.state, manifest.status.cues) == (OutputState.ENDED, 1)
    text = (tmp_path / "root" / manifest.status.path).read_text()
    assert "Қазақша · авто</Label>" in text
    assert (hls.name, hls.profile, hls.hls) == ("hls", "", SHORT)
    assert (air.name, air.profile, air.hls) == ("air", "air", None)
    assert hls.status is not None
    assert (hls.status.state, hls.status.cues) == (OutputState.ENDED, 1)
    assert hls.status.path == f"{session.id}/hls/index.m3u8"
    assert hls.status.last_success is not None
    assert air.status is not None
    assert air.status.path == ""  # not below the server's folder
    root = tmp_path / "root" / session.id
    assert "Сәлем, Қазақстан!" in texts(root / "hls")
    assert (root / "hls" / "source.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")
    assert "00:00:00.500 -->" in (tmp_path / "air" / "source-0.vtt").read_text()
    log = (tmp_path / "logs" / session.id / "air.jsonl").read_text()
    assert json.loads(log)["moved"] == 0.5


async def test_outputs_change_on_air(running: Running, tmp_path: Path) -> None:
    session = await running.session(languages=["kk"], outputs=[Output("one", hls=SHORT)])
    session.hear(1)
    client = running.client
    both = [Output("one", hls=SHORT, offset=1.5), Output("two", hls=SHORT, tracks=("source",))]
    found = await client.update_live_session(session.name, outputs=both)
    assert [(output.name, output.offset) for output in found.outputs] == [("one", 1.5), ("two", 0)]
    await until_state(running, session, "two", OutputState.LIVE)
    session.hear(4)
    session.say("бір екі", pause=2)
    session.finish_cue()
    found = await client.update_live_session(session.name, outputs=both[1:])
    assert [output.name for output in found.outputs] == ["two"]
    root = tmp_path / "root" / session.id
    with_cue = sorted(path for path in (root / "one").glob("*.vtt") if has(path, "бір"))
    segment = with_cue[0].read_text()
    assert f"MPEGTS:{3 * 90_000}," in segment
    assert "00:00:00.500 -->" in segment
    assert (root / "one" / "source.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")
    found = await client.update_live_session(session.name, outputs=[])
    assert found.outputs == ()
    events = [event for event in session.session._events.kept if event.track == "source"]
    assert events
    await client.stop_live_session(session.name)
    told = []
    async for event in client.watch_cues(session.name):
        if isinstance(event, OutputChanged):
            told.append(f"{event.output} {event.state.name}")
    assert [each for each in told if each.startswith("one")] == [
        "one STARTING",
        "one LIVE",
        "one ENDED",
    ]


async def test_who_leaves_an_update_leaves_it_done(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await running.session(languages=["kk"], outputs=[Output("one", hls=SHORT)])
    begun, go_on = asyncio.Event(), asyncio.Event()
    remove = OutputRunner.remove

    async def slow(runner: OutputRunner, name: str) -> None:
        begun.set()
        await go_on.wait()
        await remove(runner, name)

    monkeypatch.setattr(OutputRunner, "remove", slow)
    change = running.client.update_live_session(session.name, outputs=[Output("two", hls=SHORT)])
    updating = asyncio.create_task(change)
    async with asyncio.timeout(20):
        await begun.wait()
        updating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await updating
        later = running.client.update_live_session(session.name, display_name="later")
        waiting = asyncio.create_task(later)
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done  # the change that nobody waits for comes first
        go_on.set()
        found = await waiting
    assert [output.name for output in found.outputs] == ["two"]
    await until_state(running, session, "two", OutputState.LIVE)


async def test_nothing_changes_where_a_part_of_an_update_is_wrong(running: Running) -> None:
    client = running.client
    session = await running.session(languages=["kk"], outputs=[Output("one", hls=SHORT)])
    with pytest.raises(InvalidArgumentError, match="preset"):
        await client.update_live_session(session.name, outputs=[], preset="cinema")
    with pytest.raises(InvalidArgumentError, match="profile"):
        await client.update_live_session(session.name, outputs=["tape"], preset="vod")
    found = await client.get_live_session(session.name)
    assert [output.name for output in found.outputs] == ["one"]
    assert found.preset == "overlay-live"
    await client.stop_live_session(session.name)
    with pytest.raises(FailedPreconditionError, match="has ended"):
        await client.update_live_session(session.name, outputs=[])


async def test_an_output_that_fails_is_seen_and_the_session_goes_on(
    running: Running, tmp_path: Path
) -> None:
    (tmp_path / "root").write_text("a file stands where the folder should be")
    session = await running.session(languages=["kk"], outputs=[Output(hls=SHORT)])
    session.hear(3)
    found = await until_state(running, session, "hls", OutputState.FAILING)
    assert "cannot be written" in found.detail
    assert found.retries >= 1
    session.say("сөз")
    (tmp_path / "root").unlink()
    await until_state(running, session, "hls", OutputState.LIVE)


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (Output("x"), "live_session.outputs[0]: names neither a profile nor hls nor"),
        ("tape", "live_session.outputs[0].profile: 'tape' is not one of this server's: air, arch"),
        (Output("../x", hls=SHORT), "live_session.outputs[0].name: '../x' is not lower-case"),
        (Output("A", hls=SHORT), "live_session.outputs[0].name: 'A' is not 1 to 40"),
        (Output("x" * 41, hls=SHORT), "live_session.outputs[0].name"),
        (Output(hls=HlsOptions(segment=0)), "live_session.outputs[0].hls.segment: must be 1 to"),
        (Output(dash=DashOptions(segment=31)), "live_session.outputs[0].dash.segment: must be 1"),
        (Output(hls=HlsOptions(window=-1)), "live_session.outputs[0].hls.window: must be 0"),
        (Output(hls=HlsOptions(video=True)), "live_session.outputs[0]: needs the feed's picture"),
        (Output(hls=SHORT, offset=61), "live_session.outputs[0].offset: must be -60 to 60"),
        (Output(hls=SHORT, tracks=("tr",)), "live_session.outputs[0].tracks: 'tr' is no track"),
    ],
)
async def test_what_cannot_be_asked_for(running: Running, output: Output | str, says: str) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        await running.client.create_live_session(languages=["kk"], outputs=[output])
    assert refused.value.message.startswith(says)
    session = await running.session(languages=["kk"])
    with pytest.raises(InvalidArgumentError):
        await running.client.update_live_session(session.name, outputs=[output])
    assert (await running.client.get_live_session(session.name)).outputs == ()


async def test_two_outputs_of_one_name_and_one_folder_of_two_sessions(running: Running) -> None:
    client = running.client
    with pytest.raises(InvalidArgumentError, match=r"outputs\[1\]\.name: 'hls' stands twice"):
        await client.create_live_session(outputs=[Output(hls=SHORT), Output(hls=SHORT)])
    first = await client.create_live_session(languages=["kk"], outputs=["air"])
    with pytest.raises(FailedPreconditionError, match="another session's output"):
        await client.create_live_session(languages=["kk"], outputs=["archive", "air"])
    assert [s.name async for s in client.list_live_sessions()] == [first.name]
    await client.stop_live_session(first.name)
    await client.create_live_session(languages=["kk"], outputs=["archive", "air"])


async def test_a_server_without_a_folder_keeps_no_files() -> None:
    async with running_system() as running:
        with pytest.raises(FailedPreconditionError, match="DAUYS_OUTPUTS_ROOT"):
            await running.client.create_live_session(outputs=[Output(hls=SHORT)])


async def test_when_a_session_began_and_words_were_heard(running: Running) -> None:
    session = await running.session(languages=["kk"])
    before = datetime.now(UTC)
    session.hear(2)
    session.say("бір екі")
    session.finish_cue()
    found: LiveSession = await running.client.get_live_session(session.name)
    assert found.first_sample_time is not None
    assert -2.1 < (found.first_sample_time - before).total_seconds() < 10
    heard: list[Any] = []
    async for event in running.client.watch_cues(session.name):
        heard.append(getattr(event, "heard_at", None) or event.cue.heard_at)  # type: ignore[union-attr]
        if len(heard) == 2:
            break
    assert heard == [found.first_sample_time] * 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[output]]\nkind = "hls"', "output[0].name: is missing"),
        ('[[output]]\nname = "a"\nkind = "dvd"', "output[0].kind: 'dvd' is not one of"),
        ('[[output]]\nname = "a"\nkind = "hls"\nsegment_seconds = 99', "segment_seconds: must be"),
        ('[[output]]\nname = "a"\nkind = "hls"\n' * 2, "output[1].name: 'a' stands twice"),
    ],
)
def test_profiles_that_are_wrong_stop_the_server(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "profiles.toml"
    path.write_text(text)
    with pytest.raises(InvalidArgument) as refused:
        SessionOutputs(Settings(output_profiles=path))
    assert str(path) in refused.value.message
    assert says in refused.value.message


def test_what_a_forgotten_session_left_is_deleted(tmp_path: Path) -> None:
    outputs = SessionOutputs(Settings(outputs_root=tmp_path))
    (tmp_path / "gone" / "hls").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    outputs.forget("gone")
    outputs.forget("never-there")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Where a feed of picture and sound is found."""
    folder = tmp_path / "served"
    folder.mkdir()
    encode(folder / "feed.ts", 9, video=True, gop=25)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Nothing on the terminal."""

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/feed.ts"
        server.shutdown()


async def test_two_outputs_get_the_picture_of_one_feed(
    running: Running, served: str, tmp_path: Path
) -> None:
    video = HlsOptions(segment=2, window=0, hold=0, video=True, video_delay=0)
    session = await running.session(
        url=served, languages=["kk"], outputs=[Output("one", hls=video), Output("two", hls=video)]
    )
    root = tmp_path / "root" / session.id
    async with asyncio.timeout(30):
        while True:
            if all((root / name / "index.m3u8").exists() for name in ("one", "two")):
                break
            await asyncio.sleep(0.05)  # the outputs look at their clock as often
    # One that needs the picture may come while the session reads it, and go.
    three = [Output(name, hls=video) for name in ("one", "two", "three")]
    await running.client.update_live_session(session.name, outputs=three)
    found = await running.client.stop_live_session(session.name)
    assert [output.status.state for output in found.outputs if output.status] == [
        OutputState.ENDED
    ] * 3
    for name in ("one", "two"):
        index = (root / name / "index.m3u8").read_text()
        assert "#EXT-X-STREAM-INF" in index
        assert 'NAME="Қазақша · авто"' in index
        first = (root / name / "media-0.ts").read_bytes()
        assert first[:1] == b"\x47"
    with pytest.raises(InvalidArgumentError, match="picture"):
        await running.client.create_live_session(outputs=[Output(hls=video)])


async def test_a_session_begun_without_the_picture_cannot_have_it_later(
    running: Running, served: str
) -> None:
    session = await running.session(url=served, languages=["kk"], outputs=[Output(hls=SHORT)])
    wanted = [Output("picture", hls=HlsOptions(video=True))]
    with pytest.raises(FailedPreconditionError, match="begun with such an output"):
        await running.client.update_live_session(session.name, outputs=wanted)
    found = await running.client.get_live_session(session.name)
    assert [output.name for output in found.outputs] == ["hls"]
