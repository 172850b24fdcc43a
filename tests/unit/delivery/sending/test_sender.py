"""Real sockets and a real ffmpeg; receivers that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from foundation.errors import InvalidArgument
from streaming.delivery.context import NoReport
from streaming.delivery.sending import Sender, parse_target
from streaming.ingest.ffmpeg import find_ffmpeg

SEVEN = 7 * 188


def packets(count: int, first: int = 0) -> bytes:
    """Numbered packets of a transport stream."""
    return b"".join(
        bytes((0x47, 0x1F, 0xF0, 0x10)) + n.to_bytes(4, "big") * 46
        for n in range(first, first + count)
    )


def numbers(data: bytes) -> list[int]:
    assert len(data) % 188 == 0
    return [
        int.from_bytes(data[place + 4 : place + 8], "big") for place in range(0, len(data), 188)
    ]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what another process does has no event
            await asyncio.sleep(0.02)


@contextlib.contextmanager
def receiving() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(20)
        yield listening


class Told(NoReport):
    def __init__(self) -> None:
        self.failures: list[str] = []
        self.recoveries = 0

    def failing(self, reason: str) -> None:
        self.failures.append(reason)

    def working(self) -> None:
        self.recoveries += 1


@pytest.mark.parametrize("scheme", ["udp", "rtp"])
async def test_datagrams_hold_seven_packets_each_unchanged(scheme: str) -> None:
    with receiving() as listening:
        target = parse_target(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}?ttl=1")
        sender = Sender(target, "test")
        sender.start()
        data = packets(400)
        for place in range(0, len(data), 188 * 11):
            sender.put(data[place : place + 188 * 11])
            await asyncio.sleep(0)
        got = [await asyncio.to_thread(listening.recv, 4096) for _ in range(58)]
        await sender.close()
    head = 12 if scheme == "rtp" else 0
    assert {len(datagram) - head for datagram in got[:57]} == {SEVEN}
    assert len(got[57]) - head == 188  # nothing followed, so it went alone
    assert numbers(b"".join(datagram[head:] for datagram in got)) == list(range(400))
    if scheme == "rtp":
        assert {datagram[:2] for datagram in got} == {bytes((0x80, 33))}
        sequence = [int.from_bytes(datagram[2:4], "big") for datagram in got]
        assert [(n - sequence[0]) % 65536 for n in sequence] == list(range(58))
        assert len({datagram[8:12] for datagram in got}) == 1


async def test_a_file_takes_everything(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    sender = Sender(parse_target(str(path)), "test")
    sender.start()
    for n in range(50):
        sender.put(packets(1000, n * 1000))
        await sender.room()
    await sender.close()
    assert numbers(path.read_bytes()) == list(range(50_000))
    assert sender.counts.dropped_bytes == 0


async def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    for name in (tmp_path / "none" / "a.ts", tmp_path):
        sender = Sender(parse_target(str(name)), "test")
        sender.start()
        sender.put(packets(7))
        await until(lambda: sender.failure is not None)  # noqa: B023 - waited for at once
        with pytest.raises(InvalidArgument, match="target"):
            await sender.close()


async def test_a_file_that_is_being_opened_when_all_ends_is_closed(
    tmp_path: Path,
) -> None:
    opened: list[IO[bytes]] = []

    class Slow(Sender):
        def _open(self) -> IO[bytes]:
            time.sleep(0.2)  # in its thread: a slow disk
            opened.append(super()._open())
            return opened[0]

    sender = Slow(parse_target(str(tmp_path / "x.ts")), "test")
    sender.start()
    await asyncio.sleep(0.05)
    await sender.abort()
    assert opened[0].closed


async def test_a_file_is_not_closed_while_a_thread_writes_it(tmp_path: Path) -> None:
    # Its descriptor may be another file's by the time that the rest is written.
    slow = SlowFile(tmp_path / "x.ts")

    class Slow(Sender):
        def _open(self) -> Any:
            return slow

    sender = Slow(parse_target(str(tmp_path / "x.ts")), "test")
    sender.start()
    sender.put(packets(14))
    assert await asyncio.to_thread(slow.begun.wait, 10)
    async with asyncio.timeout(5):
        await sender.abort()  # waits for no disk
    assert not slow.closed
    slow.go_on.set()
    await until(lambda: slow.closed)
    assert numbers((tmp_path / "x.ts").read_bytes()) == list(range(14))


async def test_a_pipe_that_nobody_reads_holds_no_thread_once_all_ends(tmp_path: Path) -> None:
    # The process would wait for the thread for ever.
    path = tmp_path / "x.ts"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        sender = Sender(parse_target(str(path)), "test")
        sender.start()
        sender.put(packets(7_000))
        await until(lambda: sender.counts.connections == 1)
        await asyncio.sleep(0.05)
        async with asyncio.timeout(5):
            await sender.abort()
        got = bytearray()

        def at_end() -> bool:
            with contextlib.suppress(BlockingIOError):
                while data := os.read(reader, 65_536):
                    got.extend(data)
                return True
            return False

        await asyncio.sleep(0.5)  # a thread that waits has seen by now that all ends
        await until(at_end)
        assert len(got) <= 65_536, "the thread wrote on as soon as there was room"
        assert numbers(bytes(got[: 7 * 188])) == list(range(7))
    finally:
        os.close(reader)


async def test_a_pipe_is_opened_when_somebody_reads_it(tmp_path: Path) -> None:
    path, report = tmp_path / "x.ts", Told()
    os.mkfifo(path)
    sender = Sender(parse_target(str(path)), "test", report, first_retry_seconds=0.05)
    sender.start()
    sender.put(packets(7))
    await until(lambda: bool(report.failures))
    assert "nobody reads" in report.failures[0]
    for first in (7, 14):  # and again, when the reader has gone and another one comes
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            await until(lambda: sender.counts.sent_bytes > 0)
            assert numbers(os.read(reader, 65_536))
        finally:
            os.close(reader)
        sender.counts.sent_bytes = 0
        sender.put(packets(7, first))  # is lost
        failures = len(report.failures)
        await until(lambda: len(report.failures) > failures)  # noqa: B023 - waited for at once
        sender.put(packets(7, first))
    await sender.abort()


class SlowFile(io.FileIO):
    """Takes a part at once, and the rest when it may."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "wb")
        self.begun, self.go_on = threading.Event(), threading.Event()

    def write(self, data: Any) -> int:
        if not self.begun.is_set():
            taken = super().write(data[:188])
            self.begun.set()
            assert self.go_on.wait(10)
            return taken
        return super().write(data)


async def test_a_full_disk_is_tried_again(tmp_path: Path) -> None:
    """/dev/full is one; the link is changed to a file that takes it."""
    path, report = tmp_path / "a.ts", Told()
    path.symlink_to("/dev/full")
    sender = Sender(parse_target(str(path)), "test", report, first_retry_seconds=0.05)
    sender.start()
    sender.put(packets(7))
    await until(lambda: len(report.failures) == 1)
    assert not sender.works
    path.unlink()
    sender.put(packets(7, 7))
    await sender.close()
    assert numbers(path.read_bytes()) == list(range(7, 14))
    assert sender.works
    assert report.recoveries == 1


def srt_receiver(port: int, path: Path) -> subprocess.Popen[bytes]:
    """Listens, and copies what comes byte by byte."""
    command = [find_ffmpeg(), "-loglevel", "error", "-nostdin", "-y", "-f", "data", "-i"]
    command += [f"srt://127.0.0.1:{port}?mode=listener", "-map", "0", "-c", "copy", "-f", "data"]
    return subprocess.Popen([*command, "-flush_packets", "1", str(path)])


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.slow
async def test_a_receiver_that_goes_and_comes_back_misses_what_was_between(
    tmp_path: Path,
) -> None:
    with receiving() as reserved:  # a port that is free
        port = reserved.getsockname()[1]
    report = Told()
    target = parse_target(f"srt://127.0.0.1:{port}?latency=20")
    sender = Sender(target, "test", report, first_retry_seconds=0.1)
    sender.start()
    sent = 0

    async def feed() -> None:
        nonlocal sent
        while True:
            sender.put(packets(70, sent))
            sent += 70
            await asyncio.sleep(0.02)

    feeding = asyncio.create_task(feed())
    try:
        await until(lambda: bool(report.failures))  # nobody is there yet
        for name in ("first.ts", "second.ts"):
            receiver = srt_receiver(port, tmp_path / name)
            try:
                await until(lambda: size(tmp_path / name) > 100_000)  # noqa: B023
            finally:
                receiver.kill()
                receiver.wait()
            failures = len(report.failures)
            await until(lambda: len(report.failures) > failures)  # noqa: B023
    finally:
        feeding.cancel()
        await sender.abort()
    got = [numbers(_whole((tmp_path / name).read_bytes())) for name in ("first.ts", "second.ts")]
    for each in got:
        assert each == list(range(each[0], each[0] + len(each)))
    assert got[1][0] > got[0][-1]
    assert sender.counts.connections >= 3


def _whole(data: bytes) -> bytes:
    return data[: len(data) // 188 * 188]


async def test_a_target_that_takes_nothing_holds_nobody_up() -> None:
    """An SRT listener that nobody calls: ffmpeg waits, what was meant for it is dropped."""
    with receiving() as reserved:
        port = reserved.getsockname()[1]
    sender = Sender(parse_target(f"srt://127.0.0.1:{port}?mode=listener"), "test")
    sender.start()
    for n in range(200):
        sender.put(packets(500, n))
        await asyncio.sleep(0)
    assert sender.counts.dropped_bytes > 10_000_000
    async with asyncio.timeout(5):
        await sender.abort()


async def test_a_stream_of_few_bits_waits_for_seconds_not_minutes() -> None:
    with receiving() as reserved:
        port = reserved.getsockname()[1]
    target = parse_target(f"srt://127.0.0.1:{port}?mode=listener")  # nobody calls
    sender = Sender(target, "test", limit_bytes=32_768)
    sender.start()
    for n in range(200):
        sender.put(packets(7, n))
        await asyncio.sleep(0.002)
    waiting = 200 * 7 * 188 - sender.counts.dropped_bytes
    assert waiting <= 32_768 * 3 + 7 * 188, "in the queue, on its way, and in the pipe"
    async with asyncio.timeout(5):
        await sender.abort()


async def test_standard_output_gets_the_stream_alone(capfd: pytest.CaptureFixture[str]) -> None:
    sender = Sender(parse_target("-"), "test")
    sender.start()
    sender.put(packets(9))
    await sender.close()
    os.write(1, b"")  # it is still open
    assert len(capfd.readouterr().out.encode("utf-8", "surrogateescape")) >= 9 * 188


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        ("http://a/b", "cannot be sent to"),
        ("rtmp://a/b", "cannot be sent to"),
        ("ftp://a/b", "unknown scheme"),
        ("udp://:5000", "no host"),
        ("udp://a", "port"),
        ("srt://a", "port"),
        ("udp://a:5?fifo=1", "no option"),
        ("udp://a:5\n", "control"),
        ("x" * 3000, "characters"),
    ],
)
def test_targets_are_checked(url: str, reason: str) -> None:
    with pytest.raises(InvalidArgument, match=reason) as refused:
        parse_target(url)
    assert refused.value.field == "target"


def test_what_a_target_is() -> None:
    flv = parse_target("rtmp://a/app/secret?token=more", flv=True)
    assert (flv.kind, flv.url) == ("flv", "rtmp://a")
    said = "Error opening output rtmp://a/app/secret?token=more: x; rtmp://a/app/secret"
    assert flv.hidden(said) == "Error opening output rtmp://a: x; rtmp://a"
    srt = parse_target("srt://a:5?passphrase=secret123456")
    assert srt.url == "srt://a:5"
    assert "secret" not in f"{flv!r} {srt!r}"
    assert not parse_target("a.ts").is_live
    command = parse_target("rtp://a:5?ttl=3").command()
    assert command[-1] == "udp://a:5?ttl=3&pkt_size=1328"
