"""Instants as all formats of ours write them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(instant: datetime) -> str:
    """``2026-03-01T09:00:41.780Z`` (RFC 3339), to the millisecond that has begun.

    Args:
        instant: With a time zone.
    """
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return f"{text.removesuffix('+00:00')}Z"
