"""Where requests may go, and what they trust."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import httpcore2
import pytest

from foundation.errors import InvalidArgument, Unavailable
from streaming.addresses import is_private
from streaming.delivery.push.config import HttpConfig, parse_endpoint
from streaming.delivery.push.http import HttpClient, NotReached, PrivateAddress, read_retry_after
from tests.unit.delivery.push.servers import Server, answer

SECRET = "secret-cid"


def client(url: str, **options: Any) -> HttpClient:
    config = HttpConfig(plain_http=True, timeout_seconds=2, **options)
    return HttpClient(parse_endpoint("url", url, config), config)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "a.localhost",
        "10.1.2.3",
        "169.254.169.254",
        "[::1]",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "192.168.0.1",
        "224.0.0.1",
        "100.64.0.1",
    ],
)
def test_private_addresses_are_refused_at_once(host: str) -> None:
    with pytest.raises(InvalidArgument, match="allowed_hosts"):
        client(f"http://{host}/?cid={SECRET}")


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "10.0.0.0/8"])
def test_listed_networks_are_allowed(allowed: str) -> None:
    import ipaddress

    loopback = ipaddress.ip_address("127.0.0.1")
    assert is_private(loopback, [allowed]) == (allowed == "10.0.0.0/8")


async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name server that answers otherwise the second time: the checked address is the one."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    asked = []

    def resolve(host: str, port: int, **options: Any) -> list[Any]:
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with Server() as server:
        rebound = client(f"http://hook.example.org:{server.port}/?cid={SECRET}")
        asked.append("first")  # the attacker's public answer is over
        with pytest.raises(PrivateAddress):
            await rebound.post(b"x", {})
        assert not server.requests
        allowed = client(
            f"http://hook.example.org:{server.port}/", allowed_hosts=("hook.example.org",)
        )
        assert (await allowed.post(b"x", {})).status == 200
        assert server.requests[0].headers["host"] == f"hook.example.org:{server.port}"
        await allowed.aclose()
        await rebound.aclose()


async def test_an_address_that_leads_nowhere_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(host: str, port: int, **options: Any) -> list[Any]:
        addresses = ["127.0.0.2", "127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    connect = httpcore2.AnyIOBackend.connect_tcp

    async def black_hole(self: Any, host: str, port: int, timeout: float, *more: Any) -> Any:
        if host == "127.0.0.2":
            await asyncio.sleep(timeout)
            raise httpcore2.ConnectTimeout
        return await connect(self, host, port, timeout, *more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", black_hole)
    async with Server() as server:
        two = client(f"http://two.example.org:{server.port}/", allowed_hosts=("127.0.0.0/8",))
        assert (await two.post(b"x", {})).status == 200
        await two.aclose()


async def test_certificates_are_verified(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    async with Server(tls=context) as server:
        url = f"https://localhost:{server.port}/?cid={SECRET}"
        distrusting = client(url, allowed_hosts=("localhost",))
        with pytest.raises(NotReached, match="certificate is not trusted") as raised:
            await distrusting.post(b"x", {})
        assert SECRET not in str(raised.value)
        trusting = client(url, allowed_hosts=("localhost",), ca_file=certificate)
        assert (await trusting.post(b"x", {})).status == 200
        # The certificate is for another name.
        url = f"https://127.0.0.1:{server.port}/"
        other_name = client(url, allowed_hosts=("127.0.0.1",), ca_file=certificate)
        with pytest.raises(NotReached, match="certificate is not trusted"):
            await other_name.post(b"x", {})
        for each in (distrusting, trusting, other_name):
            await each.aclose()


async def test_a_proxy_gets_the_request() -> None:
    async with Server() as proxy:
        proxied = client(
            f"http://hook.example.org/?cid={SECRET}",
            proxy=f"http://user:word@127.0.0.1:{proxy.port}",
        )
        assert (await proxied.post(b"text", {})).status == 200
        await proxied.aclose()
    (request,) = proxy.requests
    assert request.target == f"http://hook.example.org:80/?cid={SECRET}"
    assert request.headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"


async def test_nothing_that_is_logged_holds_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Server() as server:
        url = f"http://127.0.0.1:{server.port}/{SECRET}?cid={SECRET}"
        known = client(url, allowed_hosts=("127.0.0.1",))
        server.usually = answer(200, "fine")
        await known.post(b"text", {"Authorization": SECRET})
        await server.stop()
        with pytest.raises(Unavailable) as raised:
            await known.post(b"text", {"Authorization": SECRET})
        await known.aclose()
    assert caplog.records, "something is logged at this level"
    assert SECRET not in caplog.text + str(raised.value) + repr(known.endpoint)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("999999999999", 3600),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("nan", None),
        ("١٢", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 99 Foo 2999 00:00:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))
    assert read_retry_after(date) == pytest.approx(60, abs=2)
