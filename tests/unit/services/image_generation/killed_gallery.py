"""Adds and deletes images and is killed at every step of that; run by ``test_killed_gallery``.

``python -m … URL FOLDER`` forks a child for each step: it looks at what the one before left, and
kills itself there. What is imported is imported once. On PostgreSQL, whose children take longer,
the steps are those of the database alone.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog
from dauys.v1 import image_generation_pb2 as pb
from sqlalchemy import func, select

from services.audit import Action, AuditLog, AuditRecord
from services.image_generation.gallery import Gallery
from services.image_generation.gallery_rows import NewImage
from services.storage import Database, migrate
from services.storage.tables import image_loose

Work = Callable[[Gallery, Database], Coroutine[Any, Any, None]]

STEPS = [(os, "open"), (os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "mkdir")]


def kill_at(wanted: int, *, files: bool) -> None:
    """From here on, be killed before or after the step of that number."""
    lock, count = threading.Lock(), 0

    def passed() -> None:
        nonlocal count
        with lock:
            count += 1
            if count == wanted:
                os.kill(os.getpid(), signal.SIGKILL)

    def watched(function: Any) -> Any:
        def step(*arguments: Any, **more: Any) -> Any:
            passed()
            answer = function(*arguments, **more)
            passed()
            return answer

        return step

    for owner, name in [*(STEPS if files else ()), (Database, "do")]:
        setattr(owner, name, watched(getattr(owner, name)))


def in_a_child(url: str, folder: str, work: Work) -> int:
    """How a child that does this work ends: 0, 1, or the negative signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        database = Database(url)
        asyncio.run(work(Gallery(database, Path(folder)), database))
        code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(code)  # the parent's buffers and handlers are not ours


def image(prompt: str) -> pb.Image:
    return pb.Image(prompt=prompt, model="m", format=pb.IMAGE_FORMAT_PNG)


async def prepare(gallery: Gallery, database: Database) -> None:
    await asyncio.to_thread(migrate, database)
    await gallery.add_all("default", [NewImage(image("stays"), b"stays", b"small")])


def generated(kept: pb.Image) -> AuditRecord:
    return AuditRecord("default", Action.IMAGE_GENERATED, subject=kept.name)


async def add_two(gallery: Gallery, database: Database) -> None:
    """As the two of one generation, which are told."""
    two = [NewImage(image("comes"), b"comes", b"small") for _ in range(2)]
    await gallery.add_all("default", two, generated)


async def delete_newest(gallery: Gallery, database: Database) -> None:
    """Of two that there are at least."""
    page = await gallery.page("default", pb.ListImagesRequest(page_size=1))
    await gallery.delete("default", page.images[0].image.name)


async def look(gallery: Gallery, database: Database) -> None:
    """What stands is whole; what is left over goes, and is told if it was an image."""
    page = await gallery.page("default", pb.ListImagesRequest(page_size=200))
    names = [each.image.name for each in page.images]
    for one in page.images:
        whole = await gallery.file("default", one.image.name, pb.IMAGE_VIEW_UNSPECIFIED)
        assert whole.content == one.image.prompt.encode(), whole
        await gallery.file("default", one.image.name, pb.IMAGE_VIEW_THUMBNAIL)
    assert page.images[-1].image.prompt == "stays", page
    await gallery.keep_house(time.time() + 3600)
    files = [each for each in gallery._files.root.rglob("*") if each.is_file()]
    wanted = {name.removeprefix("images/") for name in names}
    assert {each.name.partition(".")[0] for each in files} == wanted, files
    assert len(files) == 2 * len(names), files
    query = select(func.count()).select_from(image_loose)
    assert await database.run(lambda connection: connection.scalar(query)) == 0
    log = AuditLog(database)
    assert (await log.verify()).fault == ""
    told = await log.entries()
    made = [each.subject for each in told if each.action == Action.IMAGE_GENERATED]
    gone = [each.subject for each in told if each.action == Action.IMAGE_DELETED]
    assert len(made) % 2 == 0, "half a generation stands"
    stays = page.images[-1].image.name
    assert sorted([*names, *gone]) == sorted([stays, *made]), "the log and the gallery differ"


def main(url: str, folder: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    assert in_a_child(url, folder, prepare) == 0
    for name, doing in (("add", add_two), ("delete", delete_newest)):
        ended, step = -signal.SIGKILL, 0
        while ended == -signal.SIGKILL:
            step += 1
            assert step < 200, "the work has no end"

            async def look_and_die(
                gallery: Gallery, database: Database, step: int = step, doing: Work = doing
            ) -> None:
                await look(gallery, database)
                if doing is delete_newest:
                    await add_two(gallery, database)
                kill_at(step, files=database.is_sqlite)
                await doing(gallery, database)

            ended = in_a_child(url, folder, look_and_die)
        assert ended == 0, f"{name}: after step {step - 1}, or at {step}"
        sys.stdout.write(f"{name}: killed at {step - 1} steps\n")
    assert in_a_child(url, folder, look) == 0


if __name__ == "__main__":
    main(*sys.argv[1:])
