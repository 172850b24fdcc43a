"""Times and enumerations of the contracts as Python has them."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

from google.protobuf import duration_pb2, timestamp_pb2

E = TypeVar("E", bound=Enum)


def seconds(value: duration_pb2.Duration) -> float:
    """Seconds of a Duration."""
    return value.seconds + value.nanos / 1e9


def duration(nanoseconds: int) -> duration_pb2.Duration:
    """A Duration of integer nanoseconds."""
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    return duration_pb2.Duration(seconds=whole, nanos=rest)


def time(value: timestamp_pb2.Timestamp) -> datetime | None:
    """A UTC time; None if it is not set."""
    if not (value.seconds or value.nanos):
        return None
    return datetime.fromtimestamp(value.seconds + value.nanos / 1e9, UTC)


def known(kind: type[E], value: int) -> E:
    """A newer server may know states that this SDK does not: those read as unspecified."""
    try:
        return kind(value)
    except ValueError:
        return kind(0)
