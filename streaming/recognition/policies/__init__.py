"""When a word is certain. A new policy is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from foundation.errors import NotFound
from streaming.recognition.policies.base import CommitPolicy
from streaming.recognition.policies.local_agreement import LocalAgreement

POLICIES: Final[dict[str, Callable[[int], CommitPolicy]]] = {
    "local-agreement": LocalAgreement,
}
"""Name → factory, which takes the number of hypotheses that must agree."""


def make_policy(name: str, agreement: int) -> CommitPolicy:
    """A fresh policy.

    Raises:
        NotFound: no policy of that name.
    """
    try:
        return POLICIES[name](agreement)
    except KeyError:
        raise NotFound(f"no policy {name!r}; there are: {', '.join(sorted(POLICIES))}") from None


__all__ = ["POLICIES", "CommitPolicy", "LocalAgreement", "make_policy"]
