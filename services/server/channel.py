"""How servers of ours are set up as ends of gRPC's connections."""

from __future__ import annotations

from typing import Final

MESSAGE_BYTES: Final = 64 * 2**20
"""The least that a server takes in one message, and as much as the SDK sends: an image to start
from and its mask. Services have lower limits of their own, whose errors name the field."""

PING_MILLISECONDS: Final = 10_000
"""Clients may ask so often whether the server lives: the SDK does every 20 s. By default gRPC takes
that for abuse while a call says nothing, as while a model is loaded, and breaks the connection."""


def server_options(
    receive_bytes: int, ping_milliseconds: int = PING_MILLISECONDS
) -> list[tuple[str, int]]:
    """Options of a server.

    Args:
        receive_bytes: The largest message that it takes.
        ping_milliseconds: How often a client may ask.
    """
    return [
        ("grpc.max_receive_message_length", receive_bytes),
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.http2.min_ping_interval_without_data_ms", ping_milliseconds),
    ]
