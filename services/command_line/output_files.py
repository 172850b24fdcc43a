"""Files that commands write: named after a text, there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from foundation.errors import InvalidArgument

_NAME_CHARACTERS: Final = 40


def named_after(text: str, ending: str, *, otherwise: str, parts: int = 1) -> Path:
    """A file here that is not there yet: the text's first words, then a number if need be.

    Args:
        text: What the file holds or shows.
        ending: ``.wav`` for example.
        otherwise: Its name where the text has no words.
        parts: Of ``numbered`` files; none of them is there yet.
    """
    stem = "-".join(re.findall(r"\w+", text.casefold()))[:_NAME_CHARACTERS].strip("-") or otherwise
    path, number = Path(f"{stem}{ending}"), 1
    while any(part.exists() for part in numbered(path, parts)):
        number += 1
        path = Path(f"{stem}-{number}{ending}")
    return path


def numbered(path: Path, parts: int) -> Sequence[Path]:
    """``path`` itself, or for several parts ``name-1.png``, ``name-2.png`` and so on."""
    if parts == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(1, parts + 1)]


def check_writable(path: Path, option: str = "--out") -> None:
    """Find out before the work that its result cannot be written.

    Raises:
        InvalidArgument: a folder of this name is there, or none that can hold it; or the name is
            longer than names are.
    """
    try:
        if path.is_dir() or path.name == "":
            raise InvalidArgument(option, f"{path} is a folder")
        path.exists()
        folder = path.absolute().parent
        while not folder.exists():
            folder = folder.parent
    except OSError as error:
        raise InvalidArgument(option, f"cannot write {path}: {error.strerror}") from error
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidArgument(option, f"cannot write {path}: {folder} takes no files")


def write_whole(files: Mapping[Path, bytes], option: str = "--out") -> None:
    """Write files that are there whole, all of them, or not at all.

    Raises:
        InvalidArgument: one cannot be written.
    """
    # Not of the file's own name, which may be as long as a name can be.
    parts = {
        path.with_name(f".{os.getpid()}-{number}.part"): path
        for number, path in enumerate(files, 1)
    }
    try:
        for part, path in parts.items():
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(files[path])
        for part, path in parts.items():
            part.replace(path)
    except OSError as error:
        raise InvalidArgument(option, f"cannot write {path}: {error.strerror}") from error
    finally:
        for part in parts:
            with contextlib.suppress(OSError):  # its folder could not be made
                part.unlink()
