"""The model store: a folder of verified models, pulled from the sources of the catalogue.

::

    <root>/<id>/…             a complete, verified model
    <root>/.partial/<id>/     what a pull has so far; it goes on from there
    <root>/.records/<id>.json the hashes that were taken in
    <root>/.locks/<id>.lock   held by the one process that pulls the model
"""

from __future__ import annotations

import enum
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs
from filelock import FileLock, Timeout

from foundation.errors import (
    DauysError,
    FailedPrecondition,
    ResourceExhausted,
    Unavailable,
)
from models import bundles
from models.catalogue import (
    Catalogue,
    ConversionSource,
    HubSource,
    ModelCard,
    PackageSource,
    RegistrySource,
    Source,
    load_catalogue,
)
from models.preconditions import require_acknowledgement, require_space
from models.records import (
    FileRecord,
    ModelRecord,
    expected_hash,
    fingerprint,
    read_record,
    write_record,
)
from models.sources.base import (
    ModelSource,
    ProgressCallback,
    PullProgress,
    disk_error,
    ignore_progress,
    sha256_of,
    sync_folder,
)
from models.sources.conversion import Conversion
from models.sources.hub import Hub
from models.sources.local_mirror import LocalMirror
from models.sources.package import ShippedFolder
from models.sources.registry import Registry
from models.verification import fits, verify_files, wrong_files

ROOT_VARIABLE: Final = "DAUYS_MODELS_DIR"
MIRROR_VARIABLE: Final = "DAUYS_MODELS_MIRROR"


class ModelState(enum.Enum):
    """How a model stands in the store."""

    AVAILABLE = "available"
    """In the catalogue, not here."""

    PARTIAL = "partial"
    """A pull was broken off; the next one goes on."""

    PULLED = "pulled"
    DAMAGED = "damaged"
    """A file is missing or has another size, or the catalogue now pins another hash."""


class ModelStore:
    """Models on this machine. Threads and processes may share one root."""

    def __init__(
        self,
        root: Path | None = None,
        mirror: Path | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        """Nothing is read or written yet.

        Args:
            root: None: ``DAUYS_MODELS_DIR``, else the user's data folder.
            mirror: None: ``DAUYS_MODELS_MIRROR``, else no mirror.
            catalogue: None: the one that ships with Dauys.
        """
        environment_root = os.environ.get(ROOT_VARIABLE)
        default = Path(environment_root) if environment_root else _default_root()
        self.root = (root or default).expanduser().absolute()
        environment_mirror = os.environ.get(MIRROR_VARIABLE)
        self._mirror = mirror or (Path(environment_mirror) if environment_mirror else None)
        self.catalogue = catalogue or load_catalogue()

    def state(self, model_id: str) -> ModelState:
        """How the model stands, by names and sizes only; ``verify`` reads the bytes.

        Raises:
            NotFound: not in the catalogue.
        """
        card = self.catalogue.get(model_id)
        folder = self.root / card.id
        if folder.is_dir():
            sound = fits(card, folder, self._record(card))
            return ModelState.PULLED if sound else ModelState.DAMAGED
        partial = any(path.is_file() for path in self._partial(card).rglob("*"))
        return ModelState.PARTIAL if partial else ModelState.AVAILABLE

    def path(self, model_id: str) -> Path:
        """The folder of a complete model. Files that changed since they were verified are hashed.

        Raises:
            NotFound: not in the catalogue.
            FailedPrecondition: not pulled, or damaged; the message has the command to run.
        """
        card = self.catalogue.get(model_id)
        state = self.state(model_id)
        if state is ModelState.DAMAGED:
            raise FailedPrecondition(
                f"model {card.id} is damaged; mend it with: dauys models pull {card.id}"
            )
        if state is not ModelState.PULLED:
            accept = " --accept-license" if card.needs_acknowledgement else ""
            raise FailedPrecondition(
                f"model {card.id} is not on this machine; get it with: "
                f"dauys models pull {card.id}{accept}"
            )
        folder, record = self.root / card.id, self._record(card)
        changed = [
            name
            for name, known in record.files.items()
            if name in card.names and (folder / name).stat().st_mtime_ns != known.mtime_ns
        ]
        verify_files(card, folder, record, changed, ignore_progress)
        return folder

    def fingerprint(self, model_id: str) -> str:
        """Which files a model has, as one SHA-256 (``models.records.fingerprint``).

        No file is read: ``path`` holds them to their hashes. Empty where the catalogue does not pin
        them and the model was never pulled.

        Raises:
            NotFound: not in the catalogue.
        """
        card = self.catalogue.get(model_id)
        return fingerprint(card, self._record(card))

    def ensure(self, model_id: str, progress: ProgressCallback = ignore_progress) -> Path:
        """``path``, but a model of the starter profile is pulled first if it is not here.

        Raises:
            DauysError: what ``path`` and, for a starter model, ``pull`` raise.
        """
        card = self.catalogue.get(model_id)
        if card.starter and self.state(model_id) is not ModelState.PULLED:
            return self.pull(model_id, progress=progress)
        return self.path(model_id)

    def pull(
        self,
        model_id: str,
        *,
        accept_license: bool = False,
        progress: ProgressCallback = ignore_progress,
    ) -> Path:
        """Get a model whole and verified, or not at all; a broken-off pull goes on.

        Sources are tried in the catalogue's order, the local mirror first, until every file is
        here. A file with the wrong hash is deleted and the next source is tried.

        Returns:
            The model's folder.

        Raises:
            NotFound: not in the catalogue.
            FailedPrecondition: the licence is not acknowledged; or a file had the wrong hash, or a
                source refused, and no other source had the right one.
            ResourceExhausted: the disk is or would be full.
            Unavailable: no source could give every file; the message has each one's reason.
        """
        card = self.catalogue.get(model_id)
        with self._locked(card, progress):
            if self.state(model_id) is ModelState.PULLED:
                folder = self.root / card.id
                if not wrong_files(card, folder, self._record(card), progress):
                    return folder
            record = self._acknowledged(card, accept_license)
            try:
                return self._pull(card, record, progress)
            except OSError as error:
                raise disk_error(error, f"pulling {card.id}") from error

    def verify(self, model_id: str, progress: ProgressCallback = ignore_progress) -> Path:
        """Hash every file of a pulled model.

        Raises:
            NotFound: not in the catalogue.
            FailedPrecondition: not pulled, or a file is wrong; names it, the hash expected and got.
        """
        folder = self.path(model_id)
        card = self.catalogue.get(model_id)
        verify_files(card, folder, self._record(card), card.names, progress)
        return folder

    def remove(self, model_id: str, *, forget: bool = False) -> bool:
        """Delete a model and what a broken-off pull left; was there anything?

        ``forget``: also the hashes of the first pull, so that the next one may bring others.

        Raises:
            NotFound: not in the catalogue.
        """
        card = self.catalogue.get(model_id)
        with self._locked(card, ignore_progress):
            found = False
            for folder in (self.root / card.id, self._partial(card)):
                if folder.exists():
                    found = True
                    shutil.rmtree(folder)
            if forget:
                self._record_path(card).unlink(missing_ok=True)
            return found

    def bundle(
        self, ids: Sequence[str], out: Path, progress: ProgressCallback = ignore_progress
    ) -> Path:
        """Write pulled models to one tar file for a site without a network.

        Raises:
            FailedPrecondition: a model is not pulled or not sound.
            DauysError: see ``models.bundles.write_bundle``.
        """
        entries = []
        for model_id in dict.fromkeys(ids):
            folder = self.verify(model_id, progress)
            card = self.catalogue.get(model_id)
            files = self._record(card).files
            hashes = {name: (files[name].sha256, files[name].size) for name in card.names}
            entries.append(bundles.BundleEntry(card.id, card.license, hashes, folder))
        return bundles.write_bundle(entries, out, progress)

    def import_bundle(
        self,
        file: Path,
        *,
        accept_license: bool = False,
        progress: ProgressCallback = ignore_progress,
    ) -> tuple[str, ...]:
        """Take in a file that ``bundle`` wrote; returns the ids in it.

        Models that are here already stay as they are. Files are held to the hashes of the
        catalogue, of the first pull, and of the bundle.

        Raises:
            NotFound: the file does not exist, or a model is not in this site's catalogue.
            InvalidArgument: not a bundle, or it holds what a bundle must not.
            FailedPrecondition: a wrong hash, or a licence that is not acknowledged.
            ResourceExhausted: the disk is or would be full.
        """
        with bundles.open_bundle(file) as bundle:
            for entry in bundle.entries:
                card = self.catalogue.get(entry.id)
                bundles.check_entry(card, entry, self._record(card))
                require_acknowledgement(card, self._record(card), accept_license)
            size = sum(size for entry in bundle.entries for _, size in entry.files.values())
            require_space(self.root, size)
            for entry in bundle.entries:
                card = self.catalogue.get(entry.id)
                with self._locked(card, progress):
                    if self.state(card.id) is ModelState.PULLED:
                        continue
                    record = self._acknowledged(card, accept_license)
                    landing = self._partial(card) / "files"
                    shutil.rmtree(landing, ignore_errors=True)
                    try:
                        bundle.extract(entry, landing, progress)
                        self._accept(card, record, dict.fromkeys(card.names, f"bundle {file.name}"))
                    except OSError as error:
                        raise disk_error(error, f"importing {card.id}") from error
            return tuple(entry.id for entry in bundle.entries)

    def _pull(self, card: ModelCard, record: ModelRecord, progress: ProgressCallback) -> Path:
        partial = self._partial(card)
        files = partial / "files"
        if (self.root / card.id).is_dir():  # damaged: keep what is sound
            shutil.rmtree(files, ignore_errors=True)
            partial.mkdir(parents=True, exist_ok=True)
            os.rename(self.root / card.id, files)
        files.mkdir(parents=True, exist_ok=True)
        origins = {n: record.files[n].source if n in record.files else "before" for n in card.names}
        failures: list[str] = []
        refused = self._drop_wrong(card, record, files, progress, "an earlier pull", [])
        sources = self._sources(card)
        factor = max((source.space_factor for source in sources), default=1.0)
        require_space(self.root, int(_bytes_to_fetch(card, files) * factor))
        for number, source in enumerate(sources):
            missing = [name for name in card.names if not (files / name).is_file()]
            if not missing:
                break
            work = partial / f"work-{number}"
            try:
                source.fetch(card, missing, files, work, progress)
            except ResourceExhausted:
                raise
            except DauysError as error:
                failures.append(f"{source.label}: {error.message}")
                refused = refused or isinstance(error, FailedPrecondition)
            origins.update((n, source.label) for n in missing if (files / n).is_file())
            wrong = self._drop_wrong(card, record, files, progress, source.label, failures)
            refused = refused or wrong
        missing = [name for name in card.names if not (files / name).is_file()]
        if missing:
            reasons = "\n  ".join(failures) or "no source has them"
            message = f"model {card.id}: could not get {', '.join(missing)}\n  {reasons}"
            raise FailedPrecondition(message) if refused else Unavailable(message)
        return self._accept(card, record, origins)

    def _drop_wrong(
        self,
        card: ModelCard,
        record: ModelRecord,
        files: Path,
        progress: ProgressCallback,
        label: str,
        failures: list[str],
    ) -> bool:
        """Delete files that are not what they must be; was there one?"""
        present = [name for name in card.names if (files / name).is_file()]
        wrong = wrong_files(card, files, record, progress, present)
        for name, message in wrong.items():
            (files / name).unlink()
            failures.append(f"{label}: {message}")
        return bool(wrong)

    def _accept(self, card: ModelCard, record: ModelRecord, origins: Mapping[str, str]) -> Path:
        """Make verified files in ``.partial`` the model, in one rename."""
        files = self._partial(card) / "files"
        records: dict[str, FileRecord] = {}
        for name in card.names:
            status = (files / name).stat()
            digest = expected_hash(card, record, name) or sha256_of(files / name)
            records[name] = FileRecord(digest, status.st_size, origins[name], status.st_mtime_ns)
        for stranger in sorted(files.rglob("*"), reverse=True):
            if stranger.is_file() and stranger.relative_to(files).as_posix() not in card.names:
                stranger.unlink()
        target = self.root / card.id
        if target.exists():
            shutil.rmtree(target)
        write_record(
            self._record_path(card), ModelRecord(card.id, records, record.license_accepted)
        )
        sync_folder(files)
        files.rename(target)
        sync_folder(self.root)
        shutil.rmtree(self._partial(card), ignore_errors=True)
        return target

    def _sources(self, card: ModelCard) -> list[ModelSource]:
        sources: list[ModelSource] = [LocalMirror(self._mirror)] if self._mirror else []
        return sources + [_source(source) for source in card.sources]

    def _acknowledged(self, card: ModelCard, accept: bool) -> ModelRecord:
        record = self._record(card)
        require_acknowledgement(card, record, accept)
        if card.needs_acknowledgement and record.license_accepted != card.license:
            record = ModelRecord(card.id, record.files, card.license)
            write_record(self._record_path(card), record)
        return record

    @contextmanager
    def _locked(self, card: ModelCard, progress: ProgressCallback) -> Iterator[None]:
        folder = self.root / ".locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, f"the model store {self.root} cannot be written") from error
        lock = FileLock(folder / f"{card.id}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(PullProgress(card.id, "waiting for another process", 0, None))
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _record(self, card: ModelCard) -> ModelRecord:
        return read_record(self._record_path(card), card.id)

    def _record_path(self, card: ModelCard) -> Path:
        return self.root / ".records" / f"{card.id}.json"

    def _partial(self, card: ModelCard) -> Path:
        return self.root / ".partial" / card.id


def _source(source: Source) -> ModelSource:
    match source:
        case HubSource():
            return Hub(source)
        case RegistrySource():
            return Registry(source)
        case PackageSource():
            return ShippedFolder(source)
        case ConversionSource():
            return Conversion(source)


def _bytes_to_fetch(card: ModelCard, files: Path) -> int:
    have = sum((files / n).stat().st_size for n in card.names if (files / n).is_file())
    return max(card.size_bytes - have, 0)


def _default_root() -> Path:
    return Path(platformdirs.user_data_dir("dauys")) / "models"
