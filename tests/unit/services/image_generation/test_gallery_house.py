"""The gallery when something fails, ends early or grows old."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from dauys.v1 import image_generation_pb2 as pb

from foundation.errors import Internal, InvalidArgument, ResourceExhausted, Unavailable
from services.image_generation.gallery import ABANDONED_SECONDS, Gallery
from services.image_generation.gallery_rows import LooseFiles, announce
from services.storage import Database, migrate
from tests.unit.services.image_generation.gallery_helpers import (
    files_below,
    kept,
    log_of,
    loose,
    prompts,
)

DAY = 86_400


async def test_who_gives_up_keeps_nothing(
    gallery: Gallery, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = gallery._files
    write, begun, go_on = files.write, threading.Event(), threading.Event()

    def held(*arguments: Any) -> None:
        begun.set()
        assert go_on.wait(30)
        write(*arguments)

    monkeypatch.setattr(files, "write", held)
    adding = asyncio.create_task(kept(gallery))
    await asyncio.to_thread(begun.wait, 30)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    go_on.set()
    await gallery.aclose()
    assert await prompts(gallery) == []
    assert files_below(folder) == []
    assert loose(database) == 0
    assert await log_of(database) == []


async def test_a_full_disk_keeps_nothing(
    gallery: Gallery, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device", str(folder))

        patch.setattr(os, "fsync", full)
        with pytest.raises(ResourceExhausted, match="the server's disk is full") as error:
            await kept(gallery)
    assert str(folder) not in error.value.message
    assert await prompts(gallery) == []
    # What it had written could not be seen to be removed: keep_house does it.
    await gallery.keep_house()
    assert files_below(folder) == []
    assert loose(database) == 0


async def test_a_folder_that_cannot_be_written(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    gallery = Gallery(database, tmp_path / "file")
    for attempt in (gallery.check_room("default"), kept(gallery)):
        with pytest.raises(Unavailable, match="keeping an image") as error:
            await attempt
        assert str(tmp_path) not in error.value.message
    assert await prompts(gallery) == []


async def test_a_disk_that_is_nearly_full_is_told_before_anything_is_drawn(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gallery.check_room("default")
    monkeypatch.setattr("services.image_generation.gallery_files.LEAST_FREE", 1 << 60)
    with pytest.raises(ResourceExhausted, match="the server's disk is full") as error:
        await gallery.check_room("default")
    assert error.value.subject == "disk"


async def test_a_database_that_fails_last_keeps_nothing(
    gallery: Gallery, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are written, then the row cannot be."""
    run = database.run

    async def failing(work: Any, *, writes: bool = False) -> Any:
        if getattr(work, "func", work).__name__ == "adopt":
            raise Unavailable("database: gone")
        return await run(work, writes=writes)

    monkeypatch.setattr(database, "run", failing)
    with pytest.raises(Unavailable, match="database: gone"):
        await kept(gallery)
    monkeypatch.undo()
    assert files_below(folder) == []
    assert loose(database) == 0
    assert await prompts(gallery) == []


async def test_a_file_that_cannot_be_removed_is_removed_later(
    gallery: Gallery, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = await kept(gallery)
    with monkeypatch.context() as patch:

        def refused(path: Path, missing_ok: bool = False) -> None:
            raise OSError(errno.EACCES, "Permission denied", str(path))

        patch.setattr(Path, "unlink", refused)
        with pytest.raises(Unavailable, match="removing an image's file: Permission denied"):
            await gallery.delete("default", added.name)
    assert await prompts(gallery) == []
    assert len(files_below(folder)) == 2
    assert len(await log_of(database)) == 1
    await gallery.keep_house()
    assert files_below(folder) == []
    assert loose(database) == 0


async def test_one_file_that_cannot_be_removed_holds_up_no_other(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = Gallery(database, folder, days=1)
    stuck = await kept(gallery, "stuck")
    await kept(gallery, "goes")
    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith(stuck.name[7:]):
            raise OSError(errno.EACCES, "Permission denied", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(Unavailable, match="Permission denied"):
        await gallery.keep_house(time.time() + 2 * DAY)
    assert {name.split("/")[2][:32] for name in files_below(folder)} == {stuck.name[7:]}
    assert loose(database) == 1


async def test_a_caller_who_leaves_leaves_no_file_behind(
    gallery: Gallery, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added, begun, go_on = await kept(gallery), threading.Event(), threading.Event()
    remove = gallery._files.remove

    def held(*arguments: Any) -> None:
        begun.set()
        assert go_on.wait(30)
        remove(*arguments)

    monkeypatch.setattr(gallery._files, "remove", held)
    deleting = asyncio.create_task(gallery.delete("default", added.name))
    await asyncio.to_thread(begun.wait, 30)
    deleting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await deleting
    go_on.set()
    await gallery.aclose()
    assert files_below(folder) == []
    assert loose(database) == 0
    assert len(await log_of(database)) == 1


async def test_files_that_are_lost_or_damaged_are_told(gallery: Gallery, folder: Path) -> None:
    lost, damaged = await kept(gallery, "lost"), await kept(gallery, "damaged")
    for name in files_below(folder):
        if lost.name[7:] in name:
            (folder / name).unlink()
        elif name.endswith(".png"):
            (folder / name).write_bytes(b"something else")
    with pytest.raises(Internal, match=rf"^the file of {lost.name} is missing on the server$"):
        await gallery.file("default", lost.name, pb.IMAGE_VIEW_UNSPECIFIED)
    with pytest.raises(Internal, match="is missing on the server"):
        await gallery.file("default", lost.name, pb.IMAGE_VIEW_THUMBNAIL)
    with pytest.raises(Internal, match="is damaged on the server"):
        await gallery.file("default", damaged.name, pb.IMAGE_VIEW_UNSPECIFIED)
    page = await gallery.page("default", pb.ListImagesRequest(thumbnails=True))
    assert [each.content for each in page.images] == [b"small", b""]
    await gallery.delete("default", lost.name)
    assert await prompts(gallery) == ["damaged"]


async def test_images_expire(database: Database, folder: Path) -> None:
    gallery = Gallery(database, folder, days=30)
    for number in range(3):
        await kept(gallery, f"{number}", tenant="khabar")
    await gallery.keep_house(time.time() + 29 * DAY)
    assert len(await prompts(gallery, "khabar")) == 3
    await gallery.keep_house(time.time() + 31 * DAY)
    assert await prompts(gallery, "khabar") == []
    assert files_below(folder) == []
    assert loose(database) == 0
    entries = await log_of(database)
    assert [each.action for each in entries] == ["image.expire"] * 3
    assert {each.tenant for each in entries} == {"khabar"}


async def test_without_days_images_stay(gallery: Gallery, folder: Path) -> None:
    await kept(gallery)
    await gallery.keep_house(time.time() + 36_500 * DAY)
    assert len(await prompts(gallery)) == 1
    assert len(files_below(folder)) == 2


async def test_a_tenants_room_is_bounded(database: Database, folder: Path) -> None:
    gallery = Gallery(database, folder, most_bytes=40)
    await gallery.check_room("default")
    added = await kept(gallery, "a" * 15)  # 23 bytes and 5
    await gallery.check_room("default")
    await kept(gallery, "b" * 15)  # begun within the limit: kept
    with pytest.raises(ResourceExhausted, match="56 bytes, limit 40") as error:
        await gallery.check_room("default")
    assert error.value.subject == "gallery"
    await gallery.check_room("another")
    await gallery.delete("default", added.name)
    await gallery.check_room("default")


async def test_keeping_house_follows_the_database_alone(
    gallery: Gallery, database: Database, folder: Path, tmp_path: Path
) -> None:
    """A folder of another database, or of one restored from a backup, loses nothing."""
    await kept(gallery)
    stranger = folder / "default" / "00" / f"{'0' * 32}.png"
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"x")
    os.utime(stranger, (0, 0))
    empty = Database(f"sqlite:///{tmp_path / 'another.sqlite3'}")
    migrate(empty)
    await Gallery(empty, folder, days=1).keep_house(time.time() + 100 * DAY)
    await gallery.keep_house(time.time() + 100 * DAY)
    assert len(files_below(folder)) == 3
    empty.close()


async def test_files_that_are_being_written_are_left_alone(
    gallery: Gallery, database: Database, folder: Path
) -> None:
    """Another server's, say."""
    files = LooseFiles("a" * 32, "default", "png")
    await database.run(lambda connection: announce(connection, files), writes=True)
    gallery._files.write("default", "a" * 32, "png", b"x", b"y")
    await gallery.keep_house(time.time() + ABANDONED_SECONDS - 60)
    assert len(files_below(folder)) == 2
    await gallery.keep_house(time.time() + ABANDONED_SECONDS + 60)
    assert files_below(folder) == []
    assert loose(database) == 0


async def test_who_writes_too_long_does_not_make_an_image_without_files(
    gallery: Gallery, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = gallery._files
    write, written, go_on = files.write, threading.Event(), threading.Event()

    def slow(*arguments: Any) -> None:
        write(*arguments)
        written.set()
        assert go_on.wait(30)

    monkeypatch.setattr(files, "write", slow)
    adding = asyncio.create_task(kept(gallery))
    await asyncio.to_thread(written.wait, 30)
    await gallery.keep_house(time.time() + ABANDONED_SECONDS + 60)
    go_on.set()
    with pytest.raises(Unavailable, match="took too long"):
        await adding
    assert await prompts(gallery) == []
    assert files_below(folder) == []


async def test_a_tenant_is_no_path(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="is no tenant's name"):
        await kept(gallery, tenant="../outside")
    assert not (tmp_path / "outside").exists()
