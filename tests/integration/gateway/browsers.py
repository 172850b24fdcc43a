"""A Chromium of this machine for the tests, or the reason why there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pytest
from filelock import FileLock

INSTALL: Final = "DAUYS_TESTS_MAY_INSTALL"
"""Set to 1, as CI does, the tests may install Debian's Chromium where they run as root."""

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """Path of a Chromium; the test is skipped, with the reason, where there is none."""
    found = _found()
    if found is None and os.environ.get(INSTALL) == "1" and os.geteuid() == 0:
        with FileLock(Path(tempfile.gettempdir()) / "dauys-tests-chromium.lock"):
            found = _found()  # by another process of these tests
            problem = "" if found else _install()
        found = _found()
        if found is None:
            pytest.skip(f"no Chromium, and apt-get could not install it: {problem}")
    if found is None:
        pytest.skip(
            f"no Chromium on this machine ({', '.join(_NAMES)}); as root, {INSTALL}=1 lets the "
            "tests install it"
        )
    return found


def _found() -> str | None:
    return next((path for path in map(shutil.which, _NAMES) if path), None)


def _install() -> str:
    if shutil.which("apt-get") is None:
        return "there is no apt-get"
    try:
        for command in (
            ["apt-get", "-q", "update"],
            ["apt-get", "-q", "-y", "--no-install-recommends", "install", "chromium"],
        ):
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(
                command, check=True, capture_output=True, text=True, timeout=600, env=environment
            )
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip().splitlines()[-1] if error.stderr else str(error)
    except subprocess.TimeoutExpired:
        return "it took more than ten minutes"
    return ""
