"""Which addresses a URL that others wrote may lead to: public ones, and those that are listed."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeAlias, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that a gateway connects to."""

_COMPATIBLE: Final = ipaddress.ip_network("::/96")
"""RFC 4291 §2.5.5.1, deprecated: the same."""

_NAMES: Final = ThreadPoolExecutor(16, "names")


async def off_loop(resolve: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
    """Let name servers be asked in threads that do nothing else.

    One that does not answer holds its thread for half a minute, whoever has given up waiting. The
    event loop's own threads are few (six on two cores), and all that goes to disks needs them.
    """
    work = partial(resolve, *args, **options)
    return await asyncio.get_running_loop().run_in_executor(_NAMES, work)


def is_listed(host: str, allowed_hosts: Sequence[str]) -> bool:
    """Does the operator allow this name or address, by itself or within a network?"""
    if host in allowed_hosts:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for allowed in allowed_hosts:
        try:
            if address in ipaddress.ip_network(allowed, strict=False):
                return True
        except ValueError:  # the entry is a name
            continue
    return False


def is_private(address: IPAddress, allowed_hosts: Sequence[str]) -> bool:
    """Does it belong to a machine or network that is not everybody's, and is not listed?"""
    if isinstance(address, ipaddress.IPv6Address):
        if address.is_site_local:  # deprecated, and still routed on some sites
            return not is_listed(str(address), allowed_hosts)
        address = _inner(address) or address
    if is_listed(str(address), allowed_hosts):
        return False
    return not address.is_global or address.is_multicast


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that one of IPv6 leads to, if it does."""
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
