"""A call that says nothing for long, as while a model is loaded."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import grpc.aio

from services.server.channel import server_options

_PINGS: list[tuple[str, int]] = [
    ("grpc.keepalive_time_ms", 100),
    ("grpc.http2.max_pings_without_data", 0),
]
_QUIET_SECONDS = 6.0
"""gRPC sends a ping a second at most, and three too early ones are too many."""


async def _quiet_call(options: list[tuple[str, int]]) -> bytes:
    async def answer(request: bytes, context: Any) -> bytes:
        await asyncio.sleep(_QUIET_SECONDS)
        return b"done"

    handler: Any = grpc.unary_unary_rpc_method_handler(answer)
    server = grpc.aio.server(options=options)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("test.Quiet", {"Call": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=_PINGS) as channel:
            call: Any = channel.unary_unary("/test.Quiet/Call")
            answered: bytes = await call(b"")
            return answered
    finally:
        await server.stop(None)


async def test_a_client_may_ask_as_often_as_is_said() -> None:
    allowed, cut_off = await asyncio.gather(
        _quiet_call(server_options(1 << 20, ping_milliseconds=10)),
        _quiet_call(server_options(1 << 20)),
        return_exceptions=True,
    )
    assert allowed == b"done"
    # The proof that it was the option: a client that asks more often is sent away.
    assert isinstance(cut_off, grpc.aio.AioRpcError)
    assert cut_off.details() == "Too many pings"
