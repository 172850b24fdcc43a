"""When a word is certain. A new policy is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from foundation.errors import NotFound
from streaming.recognition.policies.attended_agreement import AttendedAgreement
from streaming.recognition.policies.attention_guided import AttentionGuided
from streaming.recognition.policies.base import CommitPolicy
from streaming.recognition.policies.local_agreement import LocalAgreement

if TYPE_CHECKING:
    from streaming.recognition.config import LiveRecognizerConfig

POLICIES: Final[dict[str, Callable[[LiveRecognizerConfig], CommitPolicy]]] = {
    "local-agreement": lambda config: LocalAgreement(config.agreement),
    "attention-guided": lambda config: AttentionGuided(config.margin_seconds),
    "attended-agreement": lambda config: AttendedAgreement(
        config.agreement, config.margin_seconds, config.certain_seconds
    ),
}
"""Name → factory."""


def make_policy(config: LiveRecognizerConfig) -> CommitPolicy:
    """A fresh policy of the name that the settings give.

    Raises:
        NotFound: no policy of that name.
    """
    try:
        factory = POLICIES[config.policy]
    except KeyError:
        known = ", ".join(sorted(POLICIES))
        raise NotFound(f"no policy {config.policy!r}; there are: {known}") from None
    return factory(config)


__all__ = [
    "POLICIES",
    "AttendedAgreement",
    "AttentionGuided",
    "CommitPolicy",
    "LocalAgreement",
    "make_policy",
]
