"""The command line, run in the tests' own process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.command_line.main import main


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    """Its exit status."""

    out: str
    err: str


Run = Callable[..., Ended]


def runner(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *before: str
) -> Run:
    """Something that runs ``dauys`` with the arguments it is given.

    Args:
        monkeypatch: Sets arguments and standard input.
        capsys: Hears what is said.
        before: Arguments that come first, each time.
    """

    def run(*arguments: str | Path, given: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["dauys", *before, *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Ended(int(ended.value.code or 0), told.out, told.err)

    return run
