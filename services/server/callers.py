"""Whose call is being served.

The tenant is a context variable: it is set where a call's key is checked, in the task that then
serves the call. Tasks that the call starts inherit it, and so does ``asyncio.to_thread``; threads
of an executor do not: hand them the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from foundation.errors import InvalidArgument

DEFAULT_TENANT: Final = "default"
"""Of a server with one key or none."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

_tenant: Final[ContextVar[str]] = ContextVar("dauys_tenant", default=DEFAULT_TENANT)


def tenant() -> str:
    """The tenant of the call that is being served; ``DEFAULT_TENANT`` outside of any call."""
    return _tenant.get()


def serve_tenant(name: str) -> None:
    """From here to its end, the task that is running serves this tenant."""
    _tenant.set(name)


@contextmanager
def acting_for(name: str) -> Iterator[None]:
    """Within the block, the work is this tenant's."""
    token = _tenant.set(name)
    try:
        yield
    finally:
        _tenant.reset(token)


def check_tenant(name: str, field: str = "tenant") -> str:
    """A tenant's name, which is a folder's name, too.

    Raises:
        InvalidArgument: it is none.
    """
    if not _NAME.fullmatch(name):
        raise InvalidArgument(
            field,
            f"{name[:80]!r} is no tenant's name: at most 64 of a-z, 0-9, - and _, none of the last"
            " two first",
        )
    return name
