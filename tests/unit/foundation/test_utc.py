"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from foundation.utc import utc_text


def test_an_instant_is_written_in_utc_to_the_millisecond() -> None:
    almaty = timezone(timedelta(hours=5))
    assert utc_text(datetime(2026, 3, 1, 14, 0, 41, 780_999, almaty)) == "2026-03-01T09:00:41.780Z"
    assert utc_text(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)) == "2026-12-31T23:59:59.000Z"
