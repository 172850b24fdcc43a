"""Outputs by HTTP: chosen, watched, changed, and their files as players get them."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request

from services.gateway.access import Access
from services.gateway.output_files import OutputFiles
from tests.integration.gateway.scripted import Running, running_system

TOKEN = "a token of some length"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    profiles = tmp_path / "profiles.toml"
    profiles.write_text(
        '[[output]]\nname = "air"\nkind = "hls"\nsegment_seconds = 1\nhold_seconds = 0\n'
    )
    root = tmp_path / "root"
    settings = {"outputs_root": root, "output_profiles": profiles}
    async with running_system(settings, token=TOKEN, outputs_root=root) as system:
        yield system


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=running.address) as client:
        yield client


async def test_a_session_is_started_with_outputs_that_players_find(
    running: Running, http: httpx2.AsyncClient
) -> None:
    choice = (await http.get("/v1/outputs", headers=BEARER)).json()
    assert choice["files"] is True
    assert [(p["name"], p["kind"]) for p in choice["profiles"]] == [("air", "hls")]
    wanted = [{"profile": "air"}, {"name": "hls", "kind": "hls", "offset": 1.5}]
    body = {"languages": ["kk"], "outputs": wanted}
    created = (await http.post("/v1/sessions", json=body, headers=BEARER)).json()
    air, hls = created["outputs"]
    assert (air["name"], air["kind"], air["profile"]) == ("air", "hls", "air")
    assert (hls["name"], hls["profile"], hls["offset"]) == ("hls", "", 1.5)
    session = await running.known(created["id"])
    session.hear(3)
    session.say("Сәлем!")
    await http.post(f"/v1/sessions/{session.id}/stop", headers=BEARER)
    found = (await http.get(f"/v1/sessions/{session.id}", headers=BEARER)).json()
    air = found["outputs"][0]
    assert (air["state"], air["detail"]) == ("ended", "")
    # No header: the token stands in the path, for all that the playlist names, too.
    index = await http.get(air["url"])
    assert index.status_code == 200
    assert index.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert index.headers["access-control-allow-origin"] == "*"
    assert index.headers["cache-control"] == "max-age=1"
    assert "source.m3u8" in index.text
    segment = await http.get(air["url"].replace("index.m3u8", "source-0.vtt"))
    assert segment.text.startswith("WEBVTT")
    assert segment.headers["content-type"] == "text/vtt; charset=utf-8"
    part = await http.get(
        air["url"].replace("index.m3u8", "source-0.vtt"), headers={"Range": "bytes=0-5"}
    )
    assert (part.status_code, part.text) == (206, "WEBVTT")
    head = await http.head(air["url"])
    assert (head.status_code, head.content) == (200, b"")
    assert (await http.options(air["url"])).status_code == 204


async def test_outputs_change_on_air(running: Running, http: httpx2.AsyncClient) -> None:
    session = await running.session(languages=["kk"], outputs=["air"])
    path = f"/v1/sessions/{session.id}"
    body = {"outputs": [{"name": "air", "offset": -2}, {"name": "more", "kind": "hls"}]}
    changed = (await http.patch(path, json=body, headers=BEARER)).json()
    assert [(o["name"], o["offset"], o["profile"]) for o in changed["outputs"]] == [
        ("air", -2, "air"),
        ("more", 0, ""),
    ]
    changed = (await http.patch(path, json={"languages": ["ru"]}, headers=BEARER)).json()
    assert changed["languages"] == ["ru"]
    assert len(changed["outputs"]) == 2
    viewer = changed["view_token"]
    public = (await http.get(f"{path}?token={viewer}")).json()
    assert "outputs" not in public
    changed = (await http.patch(path, json={"outputs": []}, headers=BEARER)).json()
    assert changed["outputs"] == []


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        ("air", "outputs: want a list"),
        (["air"], "outputs: want objects"),
        ([{"profile": "tape"}], "'tape' is not one of"),
        ([{"name": "x", "kind": "dvd"}], "names neither"),
        ([{"profile": "air", "offset": "soon"}], "offset: want a number"),
        ([{"profile": "air", "offset": 1e400}], "offset: want a finite number"),
        ([{"profile": "air", "offset": 1000}], "must be -60 to 60"),
        ([{"profile": "air"}] * 17, "outputs: want a list of at most 16"),
    ],
)
async def test_what_cannot_be_asked_for(
    http: httpx2.AsyncClient, outputs: object, says: str
) -> None:
    content = json.dumps({"languages": ["kk"], "outputs": outputs})
    headers = {**BEARER, "Content-Type": "application/json"}
    answer = await http.post("/v1/sessions", content=content, headers=headers)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


async def test_files_are_for_those_who_have_the_session_s_token(
    running: Running, http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    folder = tmp_path / "root" / "abc" / "hls"
    folder.mkdir(parents=True)
    (folder / "index.m3u8").write_text("#EXTM3U\n")
    (folder / ".index.m3u8.part").write_text("half")
    (folder / "notes.txt").write_text("private")
    (tmp_path / "root" / "other").mkdir()
    (tmp_path / "root" / "other" / "index.m3u8").write_text("other")
    (tmp_path / "secret.vtt").write_text("secret")
    os.symlink(tmp_path / "secret.vtt", folder / "link.vtt")
    token = Access(TOKEN).viewer_token("abc")

    async def status(path: str, **headers: str) -> int:
        return (await http.get(path, headers=headers)).status_code

    assert await status(f"/outputs/abc/{token}/hls/index.m3u8") == 200
    assert await status("/outputs/abc/x/hls/index.m3u8", **BEARER) == 200
    assert await status("/outputs/abc/x/hls/index.m3u8") == 401
    assert await status(f"/outputs/other/{token}/index.m3u8") == 401
    for wrong in (
        "hls/missing.m3u8",
        "hls/.index.m3u8.part",
        "hls/notes.txt",
        "hls/link.vtt",
        "hls",
        "",
        "%2e%2e/other/index.m3u8",
        "hls/%2e%2e/%2e%2e/other/index.m3u8",
        "..%2f..%2fsecret.vtt",
        "%2fetc%2fpasswd",
        "hls%5c..%5c..%5csecret.vtt",
        "hls/index.m3u8%00.vtt",
    ):
        assert await status(f"/outputs/abc/{token}/{wrong}") == 404, wrong


async def test_a_playlist_that_is_replaced_while_it_is_read_comes_whole(
    running: Running, http: httpx2.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its length is told first: a longer one in its place broke the connection."""
    folder = tmp_path / "root" / "abc" / "hls"
    folder.mkdir(parents=True)
    playlist = folder / "index.m3u8"
    playlist.write_text("#EXTM3U\n")
    find = OutputFiles._find

    def found_then_replaced(self: OutputFiles, session_id: str, rest: str) -> object:
        found = find(self, session_id, rest)
        playlist.write_text("#EXTM3U\n" * 1000)
        return found

    monkeypatch.setattr(OutputFiles, "_find", found_then_replaced)
    answer = await http.get(f"/outputs/abc/{Access(TOKEN).viewer_token('abc')}/hls/index.m3u8")
    assert answer.status_code == 200
    assert answer.text == "#EXTM3U\n" * 1000


def test_a_path_that_no_router_would_hand_on(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "abc").mkdir(parents=True)
    (tmp_path / "secret.vtt").write_text("secret")
    files = OutputFiles(root, Access(""))
    for session_id, rest in (
        ("abc", "../../secret.vtt"),
        ("..", "secret.vtt"),
        ("abc", "//secret.vtt"),
        ("abc", f"/{tmp_path}/secret.vtt"),
        ("abc/../..", "secret.vtt"),
    ):
        assert files._find(session_id, rest) is None, (session_id, rest)


def test_where_no_token_is_asked_for_the_path_says_so(tmp_path: Path) -> None:
    scope = {"type": "http", "headers": [], "query_string": b""}
    access = Access("")
    files = OutputFiles(tmp_path, access)
    assert files.address("abc", "abc/hls/index.m3u8") == "/outputs/abc/open/hls/index.m3u8"
    assert access.may_read(Request(scope), "abc", "open")


async def test_a_gateway_without_the_folder_serves_no_files(tmp_path: Path) -> None:
    async with (
        running_system({"outputs_root": tmp_path}) as running,
        httpx2.AsyncClient(base_url=running.address) as http,
    ):
        answer = await http.post("/v1/sessions", json={"outputs": [{"kind": "hls"}]})
        assert answer.status_code == 403  # a page of another origin could have sent it
        session = await running.session(outputs=[])
        found = (await http.get(f"/v1/sessions/{session.id}")).json()
        assert found["outputs"] == []
        assert (await http.get(f"/outputs/{session.id}/open/hls/index.m3u8")).status_code == 404
