from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InvalidArgument, NotFound
from streaming.ingest.source import check_reachable, parse_source
from streaming.ingest.url_feed import FeedConfig, UrlFeed, validate_source

LOCAL = FeedConfig()
REMOTE = FeedConfig(origin="remote", allowed_hosts=("10.1.0.0/16", "encoder.local"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "gopher://example.org/1",
        "concat://a|b",
        "http://example.org/" + "a" * 2100,
        "rtmp://example.org/app/key\nfile:///etc/passwd",
        "rtmp://example.org/app/key live=1",
        "http://example.org/\x00",
        "udp://127.0.0.1",
        "udp://127.0.0.1:70000",
        "srt://example.org:9000?payload_size=1&whitelist=file",
        "http://",
        "https://[::1",
        "pipe://0",
        "data://text/plain,x",
        "subfile://,,start,0,end,1,,:/etc/passwd",
    ],
)
@pytest.mark.parametrize("config", [LOCAL, REMOTE])
def test_a_wrong_url_is_refused(url: str, config: FeedConfig) -> None:
    with pytest.raises(InvalidArgument) as caught:
        validate_source(url, config)
    assert caught.value.field == "url"


@pytest.mark.parametrize(
    "url",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "-",
        "concat:a|b",
        "http://127.0.0.1/live.m3u8",
        "http://localhost/live.m3u8",
        "http://[::1]/live.m3u8",
        "http://[::ffff:127.0.0.1]/live.m3u8",
        "http://169.254.169.254/latest/meta-data",
        "rtmp://192.168.1.4/app",
        "udp://@:5000",
        "udp://239.1.1.1:5000",
        "srt://:9000?mode=listener",
    ],
)
def test_a_remote_caller_gets_no_files_and_no_private_addresses(url: str) -> None:
    validate_source(url, LOCAL)
    with pytest.raises(InvalidArgument):
        validate_source(url, REMOTE)


@pytest.mark.parametrize("url", ["http://10.1.2.3/a.m3u8", "srt://encoder.local:9000"])
def test_listed_hosts_are_allowed(url: str) -> None:
    validate_source(url, REMOTE)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1"])
def test_an_odd_spelling_of_loopback_is_found_when_resolved(host: str) -> None:
    source = parse_source(f"http://{host}/", "remote", ())
    with pytest.raises(InvalidArgument):
        check_reachable(source, "remote", ())


def test_whitelists_hold_only_what_the_scheme_needs() -> None:
    for url in ("http://a/b", "https://a/b", "rtmp://a/b", "srt://a:1", "udp://a:1", "rtp://a:1"):
        allowed = parse_source(url, "local", ()).input_options(False)["protocol_whitelist"]
        assert not {"file", "pipe", "data", "concat", "subfile"} & set(allowed.split(","))


async def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    async with UrlFeed(str(tmp_path / "none.wav")) as feed:
        with pytest.raises(NotFound, match=r"none\.wav"):
            await anext(feed)
    async with UrlFeed(str(tmp_path)) as feed:
        with pytest.raises(InvalidArgument, match="folder"):
            await anext(feed)


@pytest.mark.parametrize("name", ["open_timeout", "stall_timeout", "give_up_after"])
def test_a_duration_must_be_positive(name: str) -> None:
    wrong: dict[str, Any] = {name: 0.0}
    with pytest.raises(InvalidArgument, match=name):
        FeedConfig(**wrong)
