"""The child process: ``python -m streaming.delivery.burn_in.worker``."""

from __future__ import annotations

import os
import sys

import av
import structlog

from streaming.delivery.burn_in.encoder import BurnIn, Incoming, NoPicture
from streaming.delivery.burn_in.messages import BROKEN, NO_PICTURE


class _Output:
    """Standard output as PyAV writes to it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> int:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        return len(data)


def main() -> int:
    """Encode what standard input brings, to standard output."""
    # Nothing but the stream may get onto standard output.
    output = _Output(os.dup(1))
    os.dup2(2, 1)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    incoming = Incoming(os.fdopen(0, "rb", buffering=0))
    settings = incoming.settings()
    if settings is None:
        return 0
    try:
        BurnIn(settings, incoming, output).run()
    except NoPicture:
        return NO_PICTURE
    except BrokenPipeError:  # the parent has gone
        return 0
    except (av.FFmpegError, OSError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
