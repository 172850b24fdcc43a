"""Files of the gallery: ``<root>/<tenant>/<first two digits>/<id>.png`` and a thumbnail beside it.

A file is written under another name, put on the disk and renamed, so that one with its own name is
whole. Which files are images the database says (``gallery.py``), never the folder.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Final

from foundation.errors import DauysError, ResourceExhausted, Unavailable
from models.sources.base import sync_folder
from services.server.callers import check_tenant

_THUMBNAIL: Final = "thumbnail.webp"
_PART: Final = ".part"
_KEEPING: Final = "keeping an image"

LEAST_FREE: Final = 64 << 20
"""Bytes on the disk: four images, and the database beside them."""


class GalleryFiles:
    """The files below a folder, which is made when it is needed."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()

    def check(self) -> None:
        """Can an image be written?

        Raises:
            ResourceExhausted: the disk is nearly full.
            Unavailable: the folder cannot be written.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self.root).free
        except OSError as error:
            raise _disk_error(error, _KEEPING) from error
        if not os.access(self.root, os.W_OK | os.X_OK):
            raise Unavailable(f"{_KEEPING}: the server may not write its folder")
        if free < LEAST_FREE:
            raise ResourceExhausted("disk", f"{_KEEPING}: the server's disk is full")

    def write(
        self, tenant: str, identifier: str, suffix: str, content: bytes, thumbnail: bytes
    ) -> None:
        """Write an image and its thumbnail; they are on the disk when this returns.

        Raises:
            ResourceExhausted: the disk is full.
            Unavailable: the folder cannot be written.
        """
        folder = self._folder(tenant, identifier)
        try:
            # For the server's user alone: prompts and pictures of one tenant are no other's.
            for each in (self.root, folder.parent, folder):
                each.mkdir(mode=0o700, parents=each == self.root, exist_ok=True)
            _write(folder / f"{identifier}.{_THUMBNAIL}", thumbnail)
            _write(folder / f"{identifier}.{suffix}", content)
            for each in (folder, folder.parent, self.root):
                sync_folder(each)
        except OSError as error:
            raise _disk_error(error, _KEEPING) from error

    def read(self, tenant: str, identifier: str, suffix: str) -> bytes | None:
        """An image's file; None: it is not there.

        Raises:
            Unavailable: it cannot be read.
        """
        return self._read(self._folder(tenant, identifier) / f"{identifier}.{suffix}")

    def read_thumbnail(self, tenant: str, identifier: str) -> bytes | None:
        """A WebP; None: it is not there.

        Raises:
            Unavailable: it cannot be read.
        """
        return self._read(self._folder(tenant, identifier) / f"{identifier}.{_THUMBNAIL}")

    def remove(self, tenant: str, identifier: str, suffix: str) -> None:
        """Remove an image's files, whole or half written; those that are there.

        Raises:
            Unavailable: one cannot be removed.
        """
        folder = self._folder(tenant, identifier)
        try:
            for name in (suffix, _THUMBNAIL):
                for ending in ("", _PART):
                    (folder / f"{identifier}.{name}{ending}").unlink(missing_ok=True)
            if folder.is_dir():
                sync_folder(folder)
        except OSError as error:
            raise Unavailable(f"removing an image's file: {error.strerror}") from error

    def _folder(self, tenant: str, identifier: str) -> Path:
        return self.root / check_tenant(tenant) / identifier[:2]

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _disk_error(error, "reading an image") from error


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + _PART)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def _disk_error(error: OSError, what: str) -> DauysError:
    """Without the path, which is the operator's."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ResourceExhausted("disk", f"{what}: the server's disk is full")
    return Unavailable(f"{what}: {error.strerror or type(error).__name__}")
