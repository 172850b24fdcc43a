"""A command of the operator's that looks at every picture before anybody gets it.

It is started once for each picture, without a shell, and gets the picture as PNG on its standard
input. Exit status 0 lets the picture through and 3 refuses it. Anything else (1 is what a program
that crashes often ends with) and no answer in time is a fault of the filter: the operator's log
says so, and the picture is not given out either.
"""

from __future__ import annotations

import asyncio
import enum
import os
import shlex
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from shutil import which
from typing import Final

import structlog

from foundation.errors import InvalidArgument

_log = structlog.get_logger(__name__)

SETTING: Final = "DAUYS_IMAGE_OUTPUT_FILTER"
REFUSES: Final = 3
"""Exit status of the command."""

_MOST_ERRORS: Final = 2_000
"""Characters of the command's messages that are logged."""


class Verdict(enum.Enum):
    """What the command says of a picture."""

    PASSED = "passed"
    REFUSED = "refused"
    FAILED = "failed"
    """It did not say."""


@dataclass(frozen=True, slots=True)
class OutputFilter:
    """The command, its words split already, and how long it may take."""

    command: tuple[str, ...]
    seconds: float = 10.0

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # what it starts is killed with it
        )

    async def judge(self, png: bytes) -> Verdict:
        """Ask the command about one picture; it is killed when time is up or the caller leaves."""
        starting = asyncio.create_task(self._start())
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It may run already, and have started others.
            with suppress(OSError):
                await _kill(await starting)
            raise
        except OSError as error:
            _log.error("images.output_filter_failed", error=str(error))
            return Verdict.FAILED
        try:
            async with asyncio.timeout(self.seconds):
                _, errors = await process.communicate(png)
        except TimeoutError:
            _log.error("images.output_filter_failed", error="no answer", seconds=self.seconds)
            return Verdict.FAILED
        finally:
            await _kill(process)
        if process.returncode == 0:
            return Verdict.PASSED
        if process.returncode == REFUSES:
            return Verdict.REFUSED
        said = errors.decode(errors="replace")[-_MOST_ERRORS:]
        _log.error("images.output_filter_failed", status=process.returncode, error=said)
        return Verdict.FAILED


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def parse_command(line: str, seconds: float) -> OutputFilter | None:
    """The filter of a setting; None where it is empty.

    Raises:
        InvalidArgument: it cannot be split into words, or there is no such program.
    """
    try:
        words: Sequence[str] = shlex.split(line)
    except ValueError as error:
        raise InvalidArgument(SETTING, f"cannot be split into words: {error}") from error
    if not words:
        return None
    if which(words[0]) is None:
        raise InvalidArgument(SETTING, f"there is no program {words[0]!r}")
    return OutputFilter(tuple(words), seconds)
