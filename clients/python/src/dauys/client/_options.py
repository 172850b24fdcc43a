"""Value objects that say how calls are made."""

from __future__ import annotations

import random
from dataclasses import dataclass

from dauys.client._exceptions import (
    DauysClientError,
    ResourceExhaustedError,
    ResumeError,
    UnavailableError,
)


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long unary calls may take, all retries included; None waits for ever."""

    call: float | None = 30.0
    """Seconds, for all calls but those that recognise, translate or speak."""
    recognize: float | None = 600.0
    """Seconds, for those: ten minutes of speech on a slow machine."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When and how soon an idempotent call or a broken stream is tried again."""

    attempts: int = 5
    """Tries in all; 1 never retries. Streams count from the last result received."""
    initial_delay: float = 0.2
    """Seconds before the second try; doubles with each."""
    max_delay: float = 10.0
    """Seconds at most, unless the server asks for more."""

    def delay(self, error: DauysClientError, failures: int) -> float | None:
        """Seconds to wait after the given number of failures in a row; None: give up.

        UNAVAILABLE is retried, and RESOURCE_EXHAUSTED where the server says when. The wait is
        drawn evenly from the upper half of the back-off, never below the server's RetryInfo.
        """
        hinted = isinstance(error, ResourceExhaustedError) and error.retry_after is not None
        lasting = isinstance(error, ResumeError) or not (
            hinted or isinstance(error, UnavailableError)
        )
        if lasting or failures >= self.attempts:
            return None
        ceiling = min(self.max_delay, self.initial_delay * 2.0 ** (failures - 1))
        return max(ceiling * random.uniform(0.5, 1.0), error.retry_after or 0.0)


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS credentials, PEM bytes; a field left None takes gRPC's default roots or no identity."""

    root_certificates: bytes | None = None
    private_key: bytes | None = None
    certificate_chain: bytes | None = None
