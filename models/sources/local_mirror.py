"""A folder with one folder a model, on this machine or a share: the first source of all."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from foundation.errors import Unavailable
from models.catalogue import ModelCard
from models.sources.base import ProgressCallback, PullProgress, copy_into, disk_error


class LocalMirror:
    """Copies ``<mirror>/<id>/<file>``. Another machine's model folder will do as a mirror."""

    space_factor = 1.0

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.label = f"mirror {folder}"

    def fetch(
        self,
        card: ModelCard,
        names: Iterable[str],
        files: Path,
        work: Path,
        progress: ProgressCallback,
    ) -> None:
        """Copy what is there; see ``ModelSource.fetch``."""
        for name in names:
            source = self._folder / card.id / name
            if not source.is_file():
                continue
            size = source.stat().st_size

            def report(done: int, name: str = name, size: int = size) -> None:
                progress(PullProgress(card.id, name, done, size))

            try:
                with ExitStack() as stack:
                    copy_into([stack.enter_context(source.open("rb"))], files / name, report)
            except OSError as error:
                raise disk_error(error, f"copying {name} from the mirror") from error
        if not (self._folder / card.id).is_dir():
            raise Unavailable(f"{self._folder} has no folder {card.id}")
