"""The one place where DauysError becomes gRPC status and ``google.rpc`` details."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio
import structlog
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from foundation import errors
from services.storage import DatabaseUnavailable

_log = structlog.get_logger(__name__)

_CODES: Final[tuple[tuple[type[errors.DauysError], grpc.StatusCode], ...]] = (
    (errors.InvalidArgument, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.NotFound, grpc.StatusCode.NOT_FOUND),
    (errors.AlreadyExists, grpc.StatusCode.ALREADY_EXISTS),
    (errors.FailedPrecondition, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.Aborted, grpc.StatusCode.ABORTED),
    (errors.PermissionDenied, grpc.StatusCode.PERMISSION_DENIED),
    (errors.ResourceExhausted, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (errors.DeadlineExceeded, grpc.StatusCode.DEADLINE_EXCEEDED),
    (errors.Cancelled, grpc.StatusCode.CANCELLED),
    (errors.Unavailable, grpc.StatusCode.UNAVAILABLE),
)

_MOST_CHARACTERS: Final = 600
"""Of a message. A status travels in headers, in which a Cyrillic letter takes up to eleven bytes
(percent-encoded, and in the details again); at 8 KiB clients begin to refuse them, and would tell
that as RESOURCE_EXHAUSTED."""

Handler = Callable[[Any, Any], Any]


def to_status(error: errors.DauysError) -> status_pb2.Status:
    """The ``google.rpc.Status`` of an error."""
    code = next(
        (code for kind, code in _CODES if isinstance(error, kind)), grpc.StatusCode.INTERNAL
    )
    status = status_pb2.Status(code=code.value[0], message=_short(error.message))
    for detail in _details(error):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def _short(text: str) -> str:
    """Without its middle, if it repeats a long value of the caller's."""
    if len(text) > _MOST_CHARACTERS:
        half = _MOST_CHARACTERS // 2 - 1
        text = f"{text[:half]} … {text[-half:]}"
    return text


def _details(error: errors.DauysError) -> list[Message]:
    if isinstance(error, errors.InvalidArgument):
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=_short(error.field), description=_short(error.description)
        )
        return [error_details_pb2.BadRequest(field_violations=[violation])]
    if isinstance(error, errors.Aborted):
        return [
            error_details_pb2.ErrorInfo(
                reason="CHANGED_MEANWHILE",
                domain="dauys",
                metadata={"current_text": error.current},
            )
        ]
    if isinstance(error, errors.ResourceExhausted):
        quota = error_details_pb2.QuotaFailure.Violation(
            subject=error.subject, description=_short(error.message)
        )
        details: list[Message] = [error_details_pb2.QuotaFailure(violations=[quota])]
        if error.retry_after is not None:
            delay = duration_pb2.Duration()
            delay.FromNanoseconds(round(error.retry_after * 1e9))
            details.append(error_details_pb2.RetryInfo(retry_delay=delay))
        return details
    return []


async def _abort(context: grpc.aio.ServicerContext[Any, Any], error: Exception) -> None:
    if not isinstance(error, errors.DauysError):
        reference = uuid.uuid4().hex[:12]
        _log.error("rpc.failed", reference=reference, exc_info=error)
        error = errors.Internal(f"internal error, reference {reference}")
    elif isinstance(error, DatabaseUnavailable):
        # Where it is, and what it says of users and hosts, is the operator's.
        _log.error("rpc.no_database", error=error.message)
        error = errors.Unavailable("the server's database cannot be had now; its log says why")
    await context.abort_with_status(rpc_status.to_status(to_status(error)))


class ErrorInterceptor(grpc.aio.ServerInterceptor):
    """Turns what a servicer raises into a status."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap the handler of a call."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        kinds = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
        kind = next(kind for kind in kinds if getattr(handler, kind))
        wrap = _wrap_stream if kind.endswith("_stream") else _wrap_unary
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        return make(
            wrap(getattr(handler, kind)),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def _is_abort(error: BaseException) -> bool:
    return isinstance(error, grpc.aio.AbortError | asyncio.CancelledError)


def _wrap_unary(handler: Handler) -> Handler:
    async def wrapped(request: Any, context: Any) -> Any:
        try:
            return await handler(request, context)
        except Exception as error:
            if _is_abort(error):
                raise
            await _abort(context, error)

    return wrapped


def _wrap_stream(handler: Handler) -> Handler:
    async def wrapped(request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            async for response in handler(request, context):
                yield response
        except Exception as error:
            if _is_abort(error):
                raise
            await _abort(context, error)

    return wrapped
