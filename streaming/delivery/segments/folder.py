"""Files that a web server may read at any moment: each is whole, or not there."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

import structlog

_log = structlog.get_logger(__name__)

_TEMPORARY: Final = ".part"


class Folder:
    """Writes, replaces and removes files; a full disk is a log event and an answer, no exception.

    All methods block on the disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure = ""
        """Why the last write failed; empty: it did not."""

    def write(self, name: str, data: bytes) -> bool:
        """Write a whole file; False if that failed, which is logged once, as its recovery is."""
        target = self.path / name
        temporary = self.path / f".{name}{_TEMPORARY}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            os.replace(temporary, target)
        except OSError as error:
            reason = error.strerror or str(error)
            if not self.failure:
                _log.error("segments.write_failed", folder=str(self.path), file=name, reason=reason)
            self.failure = f"{name} cannot be written: {reason}"
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            return False
        if self.failure:
            _log.info("segments.write_recovered", folder=str(self.path), file=name)
            self.failure = ""
        return True

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            _log.warning("segments.remove_failed", file=name, reason=error.strerror or str(error))

    def read(self, name: str) -> str:
        """A file's text; empty if it cannot be read."""
        try:
            return (self.path / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def names(self) -> list[str]:
        """Names of the files there; none if it cannot be read."""
        try:
            return sorted(path.name for path in self.path.iterdir())
        except OSError:
            return []
