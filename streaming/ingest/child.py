"""An ffmpeg child process: its pipes, what it complained about, and its certain end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Final, TypeVar

if sys.platform == "linux":
    import fcntl

_Result = TypeVar("_Result")

_TAIL_BYTES: Final = 4096
_TERMINATE_SECONDS: Final = 0.5


class Child:
    """A running child. ``close`` it: that ends the process, its threads and its pipes.

    Args:
        command: Program and arguments.
        input_pipe: Open a pipe to its standard input.
        inherit_input: Hand our own standard input down instead.
        pass_fds: File descriptors that it gets, under the same numbers.
        pipe_bytes: Let its standard input hold no more, where the system can do so.
    """

    def __init__(
        self,
        command: list[str],
        input_pipe: bool = False,
        inherit_input: bool = False,
        pass_fds: Sequence[int] = (),
        pipe_bytes: int | None = None,
    ) -> None:
        stdin = subprocess.PIPE if input_pipe else None if inherit_input else subprocess.DEVNULL
        # A process group of its own: an interrupt from the terminal is for us to handle.
        self._process = subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            process_group=0,
            pass_fds=pass_fds,
        )
        if pipe_bytes is not None and self._process.stdin is not None:
            _bound_pipe(self._process.stdin.fileno(), pipe_bytes)
        self._threads = ThreadPoolExecutor(max_workers=3, thread_name_prefix="ffmpeg")
        self._tail = b""
        self._listener = threading.Thread(target=self._listen, name="ffmpeg-stderr", daemon=True)
        self._listener.start()
        self._closing: asyncio.Future[None] | None = None

    @property
    def stdout(self) -> IO[bytes]:
        """The raw, unbuffered pipe that the child writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def returncode(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._process.poll()

    @property
    def detail(self) -> str:
        """The last lines that the child wrote to its standard error."""
        lines = self._tail.decode("utf-8", "replace").split("\n")
        return "; ".join(line.strip() for line in lines if line.strip()).strip()[-500:]

    async def call(self, blocking: Callable[[], _Result]) -> _Result:
        """Run what blocks on a pipe of this child in one of its threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, blocking)

    async def read(self, size: int) -> bytes:
        """At most ``size`` bytes of its output; empty at the end."""
        if self._closing is not None:
            return b""
        return await self.call(lambda: self.stdout.read(size))

    async def write(self, data: bytes, unit: int | None = None) -> bool:
        """Give it all of ``data``; False if it no longer listens.

        Args:
            data: What it reads.
            unit: So many bytes at a time, each time whole: up to PIPE_BUF (4096) it then reads them
                whole, too.
        """
        if self._closing is not None:
            return False
        step = unit or max(1, len(data))
        pieces = [data[place : place + step] for place in range(0, len(data), step)]
        return await self.call(lambda: all(map(self._write, pieces)))

    async def close_input(self) -> None:
        """Let it see the end of its input."""
        if self._closing is not None:
            return
        assert self._process.stdin is not None
        await self.call(self._process.stdin.close)

    async def wait(self) -> int:
        """Wait for its own end; its output must have been read."""
        status = await self.call(self._process.wait)
        await self.call(self._listener.join)
        return status

    async def close(self) -> None:
        """End it and free everything; safe to call twice and to be cancelled."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(asyncio.to_thread(self._close))
        await asyncio.shield(self._closing)

    def _write(self, data: bytes) -> bool:
        assert self._process.stdin is not None
        view = memoryview(data)
        try:
            while view:
                view = view[self._process.stdin.write(view) :]
        except (BrokenPipeError, ValueError):  # ValueError: closed meanwhile
            return False
        return True

    def _listen(self) -> None:
        assert self._process.stderr is not None
        while chunk := self._process.stderr.read(1024):
            self._tail = (self._tail + chunk)[-_TAIL_BYTES:]

    def _close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # The child's ends are closed now: whoever reads or writes one of ours returns.
        self._threads.shutdown(wait=True)
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _bound_pipe(descriptor: int, size: int) -> None:
    """Make a pipe smaller than systems do, on Linux; never larger."""
    if sys.platform == "linux" and size < fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)
