"""Files that Dauys itself ships: a folder inside this distribution, with no network at all."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from foundation.errors import Unavailable
from models.catalogue import ModelCard, PackageSource
from models.sources.base import ProgressCallback, PullProgress, copy_into, disk_error

PACKAGE: Final = "models"
"""The folders of package sources lie below it."""


class ShippedFolder:
    """Copies ``<package models>/<folder>/<file>``."""

    space_factor = 1.0

    def __init__(self, source: PackageSource) -> None:
        self._source = source
        self.label = f"package {PACKAGE}/{source.folder}"

    def fetch(
        self,
        card: ModelCard,
        names: Iterable[str],
        files: Path,
        work: Path,
        progress: ProgressCallback,
    ) -> None:
        """Copy what is there; see ``ModelSource.fetch``."""
        folder = package_files(PACKAGE).joinpath(*PurePosixPath(self._source.folder).parts)
        if not folder.is_dir():
            raise Unavailable(f"this installation has no folder {PACKAGE}/{self._source.folder}")
        for name in names:
            shipped = folder.joinpath(*PurePosixPath(name).parts)
            if shipped.is_file():
                _copy(shipped, files / name, card, name, progress)


def _copy(
    shipped: Traversable, target: Path, card: ModelCard, name: str, progress: ProgressCallback
) -> None:
    try:
        with shipped.open("rb") as reader:
            copy_into(
                [cast(BinaryIO, reader)],
                target,
                lambda done: progress(PullProgress(card.id, name, done, None)),
            )
    except OSError as error:
        raise disk_error(error, f"copying {name} from the package") from error
