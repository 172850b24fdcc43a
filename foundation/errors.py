"""Every error that Dauys raises on purpose.

DauysError
├── InvalidArgument         a caller's value is wrong; names the field and the limit
├── NotFound                a named thing does not exist
├── AlreadyExists
├── FailedPrecondition      the call is right, the state is not (no licence given, model not pulled)
├── Aborted                 somebody else changed the thing first; carries what it is now
├── PermissionDenied
├── ResourceExhausted       no capacity now; carries the figures and when to retry
├── DeadlineExceeded        the caller's time ran out
├── Cancelled               the caller gave up
├── Unavailable             something outside is down (feed, hub, disk); may be retried
└── Internal                a fault of ours

``services.server.errors`` is the one place that maps this tree to gRPC and ``google.rpc``.
"""

from __future__ import annotations

import math


class DauysError(Exception):
    """Root of the tree. ``retryable``: may the same call succeed later?"""

    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidArgument(DauysError):
    """``field`` is the path of the offending field, ``config.audio_config`` for example."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.description = message


def check_range(field: str, value: float, least: float, most: float) -> None:
    """Refuse a number that is not within its limits, NaN with it.

    Raises:
        InvalidArgument: names the field and the limits.
    """
    if not (math.isfinite(value) and least <= value <= most):
        raise InvalidArgument(field, f"{value:g} is not within {least:g} to {most:g}")


class NotFound(DauysError):
    """A named thing does not exist."""


class AlreadyExists(DauysError):
    """A thing of that name is there already."""


class FailedPrecondition(DauysError):
    """The call is right but the system's state does not allow it."""


class Aborted(DauysError):
    """Somebody else changed the thing first. ``current`` is what it says now."""

    def __init__(self, message: str, current: str) -> None:
        super().__init__(message)
        self.current = current


class PermissionDenied(DauysError):
    """The caller may not do this."""


class ResourceExhausted(DauysError):
    """No capacity now. ``subject`` names what ran out, ``retry_after`` is in seconds."""

    retryable = True

    def __init__(self, subject: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.subject = subject
        self.retry_after = retry_after


class DeadlineExceeded(DauysError):
    """The caller's time ran out."""


class Cancelled(DauysError):
    """The caller gave up."""


class Unavailable(DauysError):
    """Something outside is down."""

    retryable = True


class Internal(DauysError):
    """A fault of ours."""
