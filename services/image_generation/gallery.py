"""The gallery: images that tenants keep, as rows of the database and files of a folder.

No row stands without its files and no file without a row that knows of it, wherever the process is
killed. Images are announced (``image_loose``), their files are written, then in one transaction the
announcements become images and the audit log says so. Deleting goes the other way round: in one
transaction the image becomes an announcement of files that are to go and the audit log says so;
then the files go, then the announcement. ``keep_house`` finishes what was broken off. It follows
the database and removes nothing that this does not name: a folder that belongs to another database,
or to one that was restored from a backup, loses no file.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import platformdirs
import structlog
from dauys.v1 import image_generation_pb2 as pb
from sqlalchemy import Connection

from foundation.errors import (
    DauysError,
    Internal,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from services.audit import Action, AuditLog, AuditRecord
from services.image_generation import gallery_rows as rows
from services.image_generation.gallery_files import GalleryFiles
from services.image_generation.gallery_rows import LooseFiles, NewImage
from services.image_generation.mapping import FORMATS, MEDIA_TYPES
from services.storage.database import Database

_log = structlog.get_logger(__name__)

_THUMBNAIL_TYPE: Final = "image/webp"

ABANDONED_SECONDS: Final = 900.0
"""After so long nobody is still writing files that were announced."""

_EXPIRED_AT_ONCE: Final = 100
_DAY: Final = 86_400.0

T = TypeVar("T")


def default_root() -> Path:
    """Where files are without ``DAUYS_IMAGES_ROOT``."""
    return Path(platformdirs.user_data_dir("dauys")) / "images"


class Gallery:
    """The images of all tenants. A tenant is told of its own alone."""

    def __init__(
        self,
        database: Database,
        folder: Path | None = None,
        *,
        audit: AuditLog | None = None,
        days: int = 0,
        most_bytes: int = 0,
    ) -> None:
        """Nothing is read or written yet.

        Args:
            database: Migrated before the gallery is used.
            folder: Of the files; None: ``default_root()``. Servers that share the database share
                it, too.
            audit: Where deletions are told; None: the database's.
            days: How long images are kept; 0: for ever.
            most_bytes: What a tenant's files may take; 0: no limit.
        """
        self._database = database
        self._files = GalleryFiles(folder or default_root())
        self._audit = audit or AuditLog(database)
        self._days = days
        self._most_bytes = most_bytes
        self._running: set[asyncio.Task[Any]] = set()

    async def check_room(self, tenant: str) -> None:
        """Refuse before anything is drawn. What is drawn is kept, a little beyond the limit too.

        Raises:
            ResourceExhausted: the tenant's images take as much as they may, or the disk is full.
            Unavailable: the folder or the database cannot be had.
        """
        await asyncio.to_thread(self._files.check)
        if not self._most_bytes:
            return
        taken = await self._database.run(partial(rows.bytes_of, tenant=tenant))
        if taken >= self._most_bytes:
            raise ResourceExhausted(
                "gallery",
                f"the gallery has {taken} bytes, limit {self._most_bytes}: delete images, or set"
                " `discard`",
            )

    async def add_all(
        self,
        tenant: str,
        new: Sequence[NewImage],
        record: Callable[[pb.Image], AuditRecord] | None = None,
    ) -> list[pb.Image]:
        """Keep images and tell the audit log of each: all of it or nothing, whatever happens.

        Args:
            tenant: Whose they are.
            new: The images.
            record: What the log is told of one that is kept; None: nothing.

        Returns:
            The settings of each with name, time, size and hash.

        Raises:
            ResourceExhausted: the disk is full; nothing is kept.
            Unavailable: the folder or the database cannot be had; nothing is kept.
        """
        places = [
            LooseFiles(secrets.token_hex(16), tenant, rows.SUFFIXES[each.image.format])
            for each in new
        ]
        adding = self._start(self._add(places, new, record))
        try:
            return await asyncio.shield(adding)
        except asyncio.CancelledError:
            # Who gives up keeps nothing.
            undoing = self._undo(adding, places, told=record is not None)
            self._start(undoing).add_done_callback(_tell_failure)
            raise

    async def page(self, tenant: str, request: pb.ListImagesRequest) -> pb.ListImagesResponse:
        """A page of a tenant's images, the newest first.

        The token holds whatever is added or deleted in between.

        Raises:
            InvalidArgument: a page size, a token or a filter that cannot be.
            Unavailable: the database or a thumbnail cannot be had.
        """
        query, size = rows.page_query(tenant, request)
        found = await self._database.run(lambda connection: connection.execute(query).all())
        page = found[:size]
        answer = pb.ListImagesResponse()
        if len(found) > size:
            answer.next_page_token = rows.token_after(page[-1])
        small: list[bytes | None] = [None] * len(page)
        if request.thumbnails:
            small = await asyncio.to_thread(
                lambda: [self._files.read_thumbnail(tenant, row.id) for row in page]
            )
        for row, thumbnail in zip(page, small, strict=True):
            one = answer.images.add(image=rows.stored_image(row))
            if thumbnail is not None:  # None also where it was deleted this moment
                one.content, one.media_type = thumbnail, _THUMBNAIL_TYPE
        return answer

    async def file(self, tenant: str, name: str, view: int) -> pb.ImageFile:
        """One image of a tenant.

        Args:
            tenant: Whose it is.
            name: ``images/{id}``.
            view: A ``pb.ImageView``.

        Raises:
            InvalidArgument: it is no name, or there is no such view.
            NotFound: the tenant has no such image.
            Internal: the file is damaged or missing.
            Unavailable: the database or the file cannot be had.
        """
        if view not in pb.ImageView.values():
            raise InvalidArgument("view", f"{view} is no view")
        image, files = await self._find(tenant, name)
        answer = pb.ImageFile(image=image)
        if view == pb.IMAGE_VIEW_SETTINGS:
            return answer
        whole = view == pb.IMAGE_VIEW_UNSPECIFIED
        content = await asyncio.to_thread(self._read, files, whole)
        damaged = (
            content is not None and whole and hashlib.sha256(content).hexdigest() != image.sha256
        )
        if content is None or damaged:
            await self._find(tenant, name)  # was it deleted meanwhile?
            reason = "missing" if content is None else "damaged"
            _log.error("image.file_lost", image=name, tenant=tenant, reason=reason)
            raise Internal(f"the file of {name} is {reason} on the server")
        answer.content = content
        answer.media_type = MEDIA_TYPES[FORMATS[image.format]] if whole else _THUMBNAIL_TYPE
        return answer

    async def delete(self, tenant: str, name: str) -> None:
        """Delete an image of a tenant for good, and tell the audit log.

        Raises:
            InvalidArgument: it is no name.
            NotFound: the tenant has no such image.
            Unavailable: the database cannot be had; or the image is gone, but a file of it could
                not be removed yet.
        """
        deleting = self._start(self._delete(tenant, name, rows.identifier_of(name)))
        try:
            await asyncio.shield(deleting)
        except asyncio.CancelledError:
            deleting.add_done_callback(_tell_failure)
            raise

    async def keep_house(self, now: float | None = None) -> None:
        """Remove what is too old, and files that no image has: once. Whoever serves repeats it.

        Args:
            now: Seconds since 1970; None: the clock's.

        Raises:
            Unavailable: the database cannot be had, or a file cannot be removed.
        """
        now = time.time() if now is None else now
        expiring = await self._database.run(partial(self._expire, now=now), writes=True)
        while expiring:
            await self._remove(expiring)
            expiring = await self._database.run(partial(self._expire, now=now), writes=True)
        before = int((now - ABANDONED_SECONDS) * 1e6)
        left = await self._database.run(partial(rows.doom, before=before), writes=True)
        await self._remove(left)
        if left:
            _log.info("gallery.swept", images=len(left))

    async def aclose(self) -> None:
        """Wait for what is being kept or deleted."""
        while self._running:
            await asyncio.wait(self._running)

    async def _add(
        self,
        places: Sequence[LooseFiles],
        new: Sequence[NewImage],
        record: Callable[[pb.Image], AuditRecord] | None,
    ) -> list[pb.Image]:
        def announce(connection: Connection) -> None:
            for files in places:
                rows.announce(connection, files)

        def adopt(connection: Connection) -> list[pb.Image]:
            kept = [
                rows.adopt(connection, files, each.named(files), each.total_bytes)
                for files, each in zip(places, new, strict=True)
            ]
            if record is not None:
                for image in kept:
                    self._audit.append_in(connection, record(image))
            return kept

        await self._database.run(announce, writes=True)
        try:
            for files, each in zip(places, new, strict=True):
                await asyncio.to_thread(
                    self._files.write,
                    files.tenant,
                    files.identifier,
                    files.suffix,
                    each.content,
                    each.thumbnail,
                )
            return await self._database.run(adopt, writes=True)
        except DauysError:
            for files in places:
                await self._give_up(files)
            raise

    async def _give_up(self, files: LooseFiles) -> None:
        try:
            await self._database.run(partial(rows.doom, identifier=files.identifier), writes=True)
            await self._remove([files])
        except Unavailable as error:  # keep_house will do it
            _log.warning("gallery.files_left", image=files.identifier, reason=error.message)

    async def _undo(
        self, adding: asyncio.Task[list[pb.Image]], places: Sequence[LooseFiles], *, told: bool
    ) -> None:
        await asyncio.wait([adding])
        if adding.cancelled() or adding.exception() is not None:
            return

        def take(connection: Connection) -> list[LooseFiles]:
            found = [
                rows.find(connection, each.tenant, each.identifier, to_delete=True)
                for each in places
            ]
            here = [row for row in found if row is not None]
            files = rows.loosen(connection, here)
            for row in here if told else ():
                self._audit.append_in(connection, _record(row, Action.IMAGE_DELETED))
            return files

        await self._remove(await self._database.run(take, writes=True))

    async def _find(self, tenant: str, name: str) -> tuple[pb.Image, LooseFiles]:
        identifier = rows.identifier_of(name)
        row = None
        if identifier is not None:
            row = await self._database.run(partial(rows.find, tenant=tenant, identifier=identifier))
        if row is None:
            raise NotFound(f"name: there is no image {name!r}")
        image = rows.stored_image(row)
        return image, LooseFiles(row.id, tenant, rows.SUFFIXES[image.format])

    def _read(self, files: LooseFiles, whole: bool) -> bytes | None:
        if whole:
            return self._files.read(files.tenant, files.identifier, files.suffix)
        return self._files.read_thumbnail(files.tenant, files.identifier)

    async def _delete(self, tenant: str, name: str, identifier: str | None) -> None:
        def take(connection: Connection) -> list[LooseFiles]:
            row = (
                None
                if identifier is None
                else rows.find(connection, tenant, identifier, to_delete=True)
            )
            if row is None:
                raise NotFound(f"name: there is no image {name!r}")
            files = rows.loosen(connection, [row])
            self._audit.append_in(connection, _record(row, Action.IMAGE_DELETED))
            return files

        await self._remove(await self._database.run(take, writes=True))

    def _expire(self, connection: Connection, now: float) -> list[LooseFiles]:
        if not self._days:
            return []
        before = int((now - self._days * _DAY) * 1e6)
        old = rows.expired(connection, before, _EXPIRED_AT_ONCE)
        files = rows.loosen(connection, old)
        for row in old:
            self._audit.append_in(connection, _record(row, Action.IMAGE_EXPIRED))
        return files

    async def _remove(self, files: list[LooseFiles]) -> None:
        """All that can be removed; then the last reason why one cannot."""
        failure: Unavailable | None = None
        for each in files:
            try:
                await asyncio.to_thread(
                    self._files.remove, each.tenant, each.identifier, each.suffix
                )
                await self._database.run(partial(rows.gone, files=each), writes=True)
            except Unavailable as error:
                _log.warning("gallery.files_left", image=each.identifier, reason=error.message)
                failure = error
        if failure is not None:
            raise failure

    def _start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that goes on to its end should its caller be cancelled."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def _tell_failure(task: asyncio.Task[Any]) -> None:
    """Of work whose caller has left."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, NotFound):
        _log.warning("gallery.work_failed", reason=str(error))


def _record(row: Any, action: Action) -> AuditRecord:
    image = rows.stored_image(row)
    return AuditRecord(
        tenant=row.tenant,
        action=action,
        subject=image.name,
        model=image.model,
        details={
            "created": image.create_time.ToJsonString(),
            "sha256": image.sha256,
            "size_bytes": image.size_bytes,
        },
    )
