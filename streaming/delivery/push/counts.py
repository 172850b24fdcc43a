"""What became of what an output was given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class PushCounts:
    """Of one output since it began. Texts are pieces of text, or events of a webhook."""

    delivered: int = 0
    """Texts in requests that were answered with success."""

    stale: int = 0
    """Texts that grew too old while the server was away, and were left out."""

    overflowed: int = 0
    """Texts left out because too many waited."""

    refused: int = 0
    """Texts in requests that the server will never take."""

    withdrawn: int = 0
    """Texts that operators cleared before they were sent."""

    requests: int = 0
    """Attempts, those that failed and heartbeats included."""

    failures: int = 0
    """Attempts that failed."""

    @property
    def lost(self) -> int:
        """Texts that did not arrive, or may not have."""
        return self.stale + self.overflowed + self.refused

    def log_fields(self, waiting: int) -> dict[str, int]:
        """The sums for a log event.

        Args:
            waiting: Texts that were still to be sent.
        """
        return {
            "delivered": self.delivered,
            "lost": self.lost + waiting,
            "withdrawn": self.withdrawn,
            "requests": self.requests,
            "failures": self.failures,
        }
