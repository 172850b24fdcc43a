"""Page tokens of list methods: opaque, checked, stable while items come and go."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from foundation.errors import InvalidArgument

DEFAULT_PAGE: Final = 50
LARGEST_PAGE: Final = 1000

T = TypeVar("T")


def page_of(
    items: Sequence[T], key: Callable[[T], str], page_size: int, page_token: str
) -> tuple[list[T], str]:
    """One page of ``items``, which are sorted by ``key``, and the token of the next (or "").

    Raises:
        InvalidArgument: a negative or too large page_size, a token that is none of ours.
    """
    if not 0 <= page_size <= LARGEST_PAGE:
        raise InvalidArgument("page_size", f"{page_size} is not in 0..{LARGEST_PAGE}")
    after = key_of(page_token) if page_token else None
    rest = [item for item in items if after is None or key(item) > after]
    size = page_size or DEFAULT_PAGE
    page = rest[:size]
    return page, token_of(key(page[-1])) if len(rest) > size else ""


def token_of(key: str) -> str:
    """The token of what follows ``key``."""
    return base64.urlsafe_b64encode(f"after:{key}".encode()).decode()


def key_of(token: str) -> str:
    """The key that a token holds.

    Raises:
        InvalidArgument: it is none of ours.
    """
    try:
        text = base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        text = ""
    if not text.startswith("after:"):
        raise InvalidArgument("page_token", "is not a token of this method")
    return text.removeprefix("after:")
