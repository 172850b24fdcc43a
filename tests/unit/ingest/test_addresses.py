"""Where URLs that others wrote may lead, and who waits for name servers."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import threading

import pytest

from streaming.addresses import is_private, off_loop


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::",
        "fe80::1",
        "fec0::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_private_addresses_in_every_dress(address: str) -> None:
    assert is_private(ipaddress.ip_address(address), ())


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "2002:5db8:d822::1"]
)
def test_public_ones_too(address: str) -> None:
    assert not is_private(ipaddress.ip_address(address), ())


def test_the_inner_address_is_what_is_listed() -> None:
    assert not is_private(ipaddress.ip_address("64:ff9b::a00:1"), ("10.0.0.0/8",))
    assert not is_private(ipaddress.ip_address("fec0::1"), ("fec0::/10",))


async def test_name_servers_that_do_not_answer_hold_up_nothing_else() -> None:
    """More lookups hang than the loop has threads; files are written all the same."""
    answer = threading.Event()
    of_loop = min(32, (os.cpu_count() or 1) + 4)
    lookups = [asyncio.create_task(off_loop(answer.wait, 20)) for _ in range(of_loop + 1)]
    try:
        await asyncio.sleep(0)
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "written"), 5) == "written"
    finally:
        answer.set()
        await asyncio.gather(*lookups)
