"""Errors that the SDK raises.

::

    DauysClientError
    ├── InvalidArgumentError      the request is wrong; `violations` name the fields
    ├── FailedPreconditionError   the thing asked for is not in a state for it
    ├── AlreadyExistsError
    ├── AbortedError              somebody else changed the thing first; see `current_text`
    ├── NotFoundError
    ├── UnauthenticatedError
    ├── PermissionDeniedError
    ├── ResourceExhaustedError    a quota or the machine is full; see `retry_after`
    ├── DeadlineExceededError
    ├── CancelledError
    ├── UnavailableError          the server cannot be reached, or the stream broke
    │   └── ResumeError           it broke, and the audio needed to go on is no longer held
    ├── UnimplementedError        the server does not know the method
    └── ServerError               the server failed
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One wrong field of a request."""

    field: str
    """Path of the field, as the contract names it."""
    description: str
    """What is wrong, and the limit."""


class DauysClientError(Exception):
    """Root of the SDK's errors."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "UNKNOWN",
        violations: tuple[FieldViolation, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        """gRPC status, such as ``"NOT_FOUND"``."""
        self.violations = violations
        """Wrong fields (InvalidArgumentError) or exceeded quotas (ResourceExhaustedError)."""
        self.retry_after = retry_after
        """Seconds to wait before another try, where the server said so."""


class InvalidArgumentError(DauysClientError):
    """The request is wrong."""


class FailedPreconditionError(DauysClientError):
    """The thing asked for is not in a state for it."""


class AlreadyExistsError(DauysClientError):
    """A thing of this name exists."""


class AbortedError(DauysClientError):
    """Somebody else changed the thing first."""

    current_text: str | None = None
    """What it says now, where the server says so."""


class NotFoundError(DauysClientError):
    """No thing of this name."""


class UnauthenticatedError(DauysClientError):
    """No valid credentials."""


class PermissionDeniedError(DauysClientError):
    """The credentials do not reach this far."""


class ResourceExhaustedError(DauysClientError):
    """A quota or the machine is full."""


class DeadlineExceededError(DauysClientError):
    """The call took longer than its timeout."""


class CancelledError(DauysClientError):
    """The call was cancelled."""


class UnavailableError(DauysClientError):
    """The server cannot be reached, or the stream broke."""


class ResumeError(UnavailableError):
    """The stream broke and the audio needed to go on is no longer held."""


class UnimplementedError(DauysClientError):
    """The server does not know the method."""


class ServerError(DauysClientError):
    """The server failed."""


_BY_CODE: dict[grpc.StatusCode, type[DauysClientError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgumentError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.ABORTED: AbortedError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.CANCELLED: CancelledError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.UNIMPLEMENTED: UnimplementedError,
}


def from_rpc_error(error: Any) -> DauysClientError:
    """The SDK's error for a ``grpc.RpcError`` of either kind of channel."""
    violations: list[FieldViolation] = []
    retry_after: float | None = None
    current_text: str | None = None
    for detail in _details(error):
        if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad_request = error_details_pb2.BadRequest()
            detail.Unpack(bad_request)
            violations += [
                FieldViolation(v.field, v.description) for v in bad_request.field_violations
            ]
        elif detail.Is(error_details_pb2.QuotaFailure.DESCRIPTOR):
            quota = error_details_pb2.QuotaFailure()
            detail.Unpack(quota)
            violations += [FieldViolation(v.subject, v.description) for v in quota.violations]
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            retry = error_details_pb2.RetryInfo()
            detail.Unpack(retry)
            retry_after = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
        elif detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            current_text = info.metadata.get("current_text")
    code = error.code()
    translated = _BY_CODE.get(code, ServerError)(
        error.details() or code.name,
        code=code.name,
        violations=tuple(violations),
        retry_after=retry_after,
    )
    if isinstance(translated, AbortedError):
        translated.current_text = current_text
    return translated


def _details(error: Any) -> list[Any]:
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        return []  # A proxy rewrote the status: its details belong to another error.
    return [] if status is None else list(status.details)
