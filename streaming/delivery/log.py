"""When an output showed what: one JSON object a line, described in docs/OUTPUTS.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TextIO

import structlog

_log = structlog.get_logger(__name__)


class DeliveryLog:
    """Appends to a file; a disk that is full is a log event, nothing more.

    Args:
        path: The file; its folder is made if need be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._failing = False

    def write(self, entry: dict[str, Any]) -> None:
        """Append an entry, whole."""
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("a", encoding="utf-8")
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            if not self._failing:
                reason = error.strerror or str(error)
                _log.error("output.log_failed", file=str(self._path), reason=reason)
            self._failing = True
            self.close()
        else:
            self._failing = False

    def close(self) -> None:
        """Free the file; a later ``write`` opens it again."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:  # what was not written yet
                _log.warning("output.log_failed", file=str(self._path), reason=str(error))
            self._file = None
