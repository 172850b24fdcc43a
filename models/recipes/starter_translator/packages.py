"""Getting packages by name with the clients that every machine has, and unpacking them.

Debian packages come by ``apt-get download``, in the version that the machine's own lists name;
source packages by ``apt-get source``, npm packages by ``npm pack``. Nothing is installed.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from foundation.errors import Unavailable


def debian(name: str, folder: Path) -> Path:
    """The files of a binary package, unpacked below ``folder``; what is there is not fetched again.

    Raises:
        Unavailable: no list of packages names it, or it cannot be fetched.
    """
    unpacked = folder / name
    if not unpacked.is_dir():
        with _Landing(folder, name) as landing:
            _run(["apt-get", "--quiet", "download", name], landing)
            (archive,) = landing.glob("*.deb")
            _run(["dpkg-deb", "--extract", archive.name, "files"], landing)
            (landing / "files").replace(unpacked)
    return unpacked


def debian_source(name: str, members: Sequence[str], folder: Path) -> Path:
    """Members (``tar`` patterns) of a source package's archive, unpacked below ``folder``.

    Raises:
        Unavailable: there is no such package, or it has no such member.
    """
    unpacked = folder / f"{name}.source"
    if not unpacked.is_dir():
        with _Landing(folder, name) as landing:
            _run(["apt-get", "--quiet", "--tar-only", "--only-source", "source", name], landing)
            (landing / "files").mkdir()
            (archive,) = landing.glob("*.tar.*")
            _run(
                ["tar", "-xf", archive.name, "-C", "files", "--wildcards", *members],
                landing,
            )
            (landing / "files").replace(unpacked)
    return unpacked


def npm(name: str, folder: Path) -> Path:
    """The files of an npm package (``name@version``), unpacked below ``folder``.

    Raises:
        Unavailable: it cannot be fetched.
    """
    unpacked = folder / name
    if not unpacked.is_dir():
        with _Landing(folder, name) as landing:
            _run(["npm", "pack", "--silent", name], landing)
            _run(["tar", "-xzf", *(path.name for path in landing.glob("*.tgz"))], landing)
            (landing / "package").replace(unpacked)
    return unpacked


class _Landing:
    """A folder for one fetch that is gone afterwards."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f".{name}"

    def __enter__(self) -> Path:
        shutil.rmtree(self._path, ignore_errors=True)
        self._path.mkdir(parents=True)
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines() or ["no message"]
        raise Unavailable(f"{' '.join(command[:3])} …: {lines[-1]}")
