"""Who may call: TLS and an API key off loopback; whose call it is."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio

from foundation.errors import FailedPrecondition, InvalidArgument
from services.server.callers import serve_tenant
from services.server.keys import ApiKeys
from services.server.settings import Settings

_OPEN_PREFIXES = ("/grpc.health.v1.Health/",)


def is_loopback(host: str) -> bool:
    """Does this address reach this machine alone?"""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """TLS credentials, or None where plain text is allowed.

    Raises:
        FailedPrecondition: the address is reachable from other machines and TLS or the key is
            missing, and ``insecure`` was not said.
        InvalidArgument: a certificate without its key, or a file that cannot be read.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if (certificate is None) != (key is None):
        raise InvalidArgument("tls_key", "tls_certificate and tls_key go together")
    has_keys = bool(settings.api_key_sha256) or settings.api_keys is not None
    protected = certificate is not None and has_keys
    if not protected and not settings.insecure and not is_loopback(settings.host):
        raise FailedPrecondition(
            f"{settings.host} can be reached from other machines: set DAUYS_TLS_CERTIFICATE, "
            "DAUYS_TLS_KEY and DAUYS_API_KEY_SHA256 or DAUYS_API_KEYS, or say --insecure"
        )
    if certificate is None or key is None:
        return None
    try:
        pair = (key.read_bytes(), certificate.read_bytes())
    except OSError as error:
        raise InvalidArgument("tls_certificate", str(error)) from error
    return grpc.ssl_server_credentials([pair])


class ApiKeyInterceptor(grpc.aio.ServerInterceptor):
    """Refuses calls without an API key and says whose the others are; health stays open."""

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Let a call through, or answer UNAUTHENTICATED."""
        if handler_call_details.method.startswith(_OPEN_PREFIXES):
            return await continuation(handler_call_details)
        metadata = {str(name): value for name, value in handler_call_details.invocation_metadata}
        scheme, _, given = str(metadata.get("authorization", "")).partition(" ")
        tenant = self._keys.tenant_of(given) if scheme.lower() == "bearer" else None
        if tenant is not None:
            # Each call has a task of its own, in which interceptors and then the handler run.
            serve_tenant(tenant)
            return await continuation(handler_call_details)
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        return _refusal(handler)


def _refusal(handler: Any) -> Any:
    async def refuse(_: Any, context: Any) -> None:
        await context.abort(
            grpc.StatusCode.UNAUTHENTICATED, "send the API key as `authorization: Bearer KEY`"
        )

    make = (
        grpc.stream_unary_rpc_method_handler
        if handler.request_streaming
        else (grpc.unary_unary_rpc_method_handler)
    )
    return make(
        refuse,
        request_deserializer=handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
