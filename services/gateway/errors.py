"""The SDK's errors as HTTP answers."""

from __future__ import annotations

from typing import Any, Final

from dauys.client import AbortedError, DauysClientError
from starlette.requests import Request
from starlette.responses import JSONResponse

_STATUS: Final = {
    "INVALID_ARGUMENT": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 502,
    "PERMISSION_DENIED": 502,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "FAILED_PRECONDITION": 409,
    "RESOURCE_EXHAUSTED": 429,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""The services' refusal of the gateway itself is no fault of the page's (502)."""


class Refused(Exception):  # noqa: N818 - it is an answer
    """The gateway's own refusal."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


def described(error: DauysClientError) -> dict[str, Any]:
    """What the services said, as JSON."""
    return {
        "code": error.code,
        "message": error.message,
        "fields": [violation.field for violation in error.violations],
    }


async def of_services(request: Request, error: Exception) -> JSONResponse:
    """What the services said."""
    assert isinstance(error, DauysClientError), "registered for these"
    body = described(error)
    headers = {}
    if isinstance(error, AbortedError) and error.current_text is not None:
        body["current_text"] = error.current_text
    if error.retry_after is not None:
        headers["Retry-After"] = str(round(error.retry_after) or 1)
    return JSONResponse({"error": body}, _STATUS.get(error.code, 502), headers)


async def of_gateway(request: Request, error: Exception) -> JSONResponse:
    """What the gateway says."""
    assert isinstance(error, Refused), "registered for these"
    fields = [error.field] if error.field else []
    body = {"code": error.code, "message": error.message, "fields": fields}
    return JSONResponse({"error": body}, error.status)
