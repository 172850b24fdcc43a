"""Which addresses a URL that others wrote may lead to: public ones, and those that are listed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


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
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if is_listed(str(address), allowed_hosts):
        return False
    return not address.is_global or address.is_multicast
