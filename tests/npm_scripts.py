"""Scripts of npm packages that tests run in a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class NpmScript:
    """A script in an npm package."""

    package: str
    """With its version."""

    path: str
    """In the package."""

    setting: str
    """Environment variable: the script's path, where npm cannot be asked."""

    def fetch(self, folder: Path) -> Path:
        """The script's file; the test is skipped, with the reason, where it cannot be had."""
        given = os.environ.get(self.setting)
        if given:
            return Path(given)
        if shutil.which("npm") is None:
            pytest.skip(f"no npm to fetch {self.package} with, and {self.setting} names none")
        command = ["npm", "pack", "--silent", self.package]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=90)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"npm cannot fetch {self.package}: {error}")
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extract(f"package/{self.path}", folder, filter="data")
        return folder / "package" / self.path
