"""What a feed's picture and sound wait in."""

from __future__ import annotations

from streaming.ingest import media_tap
from streaming.ingest.media_tap import MediaTap, MediaTaps


def test_pieces_come_in_order_with_their_connection() -> None:
    tap = MediaTap()
    tap.connect()
    tap.put(b"a")
    tap.put(b"b")
    tap.connect()
    tap.put(b"c")
    assert tap.take() == [(0, b"a"), (0, b"b"), (1, b"c")]
    assert tap.take() == []


def test_what_nobody_takes_is_given_up_and_what_follows_does_not_follow_it() -> None:
    tap = MediaTap()
    tap.connect()
    piece = bytes(media_tap._LIMIT_BYTES // 4)
    for _ in range(5):
        tap.put(piece)
    kept = tap.take()
    assert [connection for connection, _ in kept] == [1]
    tap.put(b"next")
    assert tap.take() == [(1, b"next")]


def test_each_tap_gets_what_comes_while_it_is_open() -> None:
    taps = MediaTaps()
    first = taps.open()
    taps.connect()
    taps.put(b"a")
    second = taps.open()
    taps.put(b"b")
    taps.close(first)
    taps.put(b"c")
    assert [data for _, data in first.take()] == [b"a", b"b"]
    assert [data for _, data in second.take()] == [b"b", b"c"]
    taps.close(first)  # once more changes nothing


def test_one_tap_that_nobody_empties_takes_nothing_from_another() -> None:
    taps = MediaTaps()
    idle, read = taps.open(), taps.open()
    piece = bytes(media_tap._LIMIT_BYTES // 4)
    for _ in range(6):
        taps.put(piece)
        assert [len(data) for _, data in read.take()] == [len(piece)]
    assert sum(len(data) for _, data in idle.take()) < media_tap._LIMIT_BYTES
