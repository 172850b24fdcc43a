from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
from dauys.v1 import image_generation_pb2 as pb

from foundation.errors import InvalidArgument, NotFound
from services.audit import AuditLog
from services.image_generation.gallery import Gallery
from services.image_generation.gallery_rows import NewImage
from services.storage import Database, migrate
from tests.unit.services.image_generation.gallery_helpers import (
    files_below,
    image,
    kept,
    log_of,
    loose,
    prompts,
)


async def test_an_image_comes_back_as_it_was_kept(gallery: Gallery, folder: Path) -> None:
    before = time.time()
    new = NewImage(image(), b"\x89PNG of it", b"small")
    [added] = await gallery.add_all("almaty", [new])
    expected = image()
    expected.name = added.name
    expected.create_time.CopyFrom(added.create_time)
    expected.size_bytes = 10
    expected.sha256 = hashlib.sha256(b"\x89PNG of it").hexdigest()
    assert added == expected
    assert before - 1 <= added.create_time.ToMicroseconds() / 1e6 <= time.time() + 1
    whole = await gallery.file("almaty", added.name, pb.IMAGE_VIEW_UNSPECIFIED)
    assert whole == pb.ImageFile(image=added, content=b"\x89PNG of it", media_type="image/png")
    small = await gallery.file("almaty", added.name, pb.IMAGE_VIEW_THUMBNAIL)
    assert small == pb.ImageFile(image=added, content=b"small", media_type="image/webp")
    bare = await gallery.file("almaty", added.name, pb.IMAGE_VIEW_SETTINGS)
    assert bare == pb.ImageFile(image=added)
    listed = await gallery.page("almaty", pb.ListImagesRequest(thumbnails=True))
    assert list(listed.images) == [small]
    listed = await gallery.page("almaty", pb.ListImagesRequest())
    assert list(listed.images) == [bare]
    identifier = added.name.removeprefix("images/")
    below = Path("almaty") / identifier[:2]
    assert files_below(folder) == [
        str(below / f"{identifier}.png"),
        str(below / f"{identifier}.thumbnail.webp"),
    ]
    for each in (folder, folder / "almaty", folder / below / f"{identifier}.png"):
        assert each.stat().st_mode & 0o077 == 0


async def test_every_format_has_its_name(gallery: Gallery, folder: Path) -> None:
    wanted = {
        pb.IMAGE_FORMAT_PNG: ("png", "image/png"),
        pb.IMAGE_FORMAT_JPEG: ("jpg", "image/jpeg"),
        pb.IMAGE_FORMAT_WEBP: ("webp", "image/webp"),
    }
    for each, (suffix, media_type) in wanted.items():
        added = await kept(gallery, format=each)
        got = await gallery.file("default", added.name, pb.IMAGE_VIEW_UNSPECIFIED)
        assert got.media_type == media_type
        assert sum(name.endswith(f"{added.name[7:]}.{suffix}") for name in files_below(folder)) == 1


async def test_a_tenant_has_its_own_alone(
    gallery: Gallery, database: Database, folder: Path
) -> None:
    theirs = await kept(gallery, "theirs", tenant="khabar")
    mine = await kept(gallery, "mine", tenant="almaty")
    assert await prompts(gallery, "almaty") == ["mine"]
    assert await prompts(gallery, "almaty", contains="theirs") == []
    assert await prompts(gallery, "nobody") == []
    unknown = "images/" + "0" * 32
    for name in (theirs.name, unknown):
        for view in pb.ImageView.values():
            with pytest.raises(NotFound, match=rf"^name: there is no image '{name}'$"):
                await gallery.file("almaty", name, view)
        with pytest.raises(NotFound, match=rf"^name: there is no image '{name}'$"):
            await gallery.delete("almaty", name)
    # A token of another tenant's page is a place in one's own.
    await kept(gallery, "theirs too", tenant="khabar")
    page = await gallery.page("khabar", pb.ListImagesRequest(page_size=1))
    assert await prompts(gallery, "almaty", page_token=page.next_page_token) == ["mine"]
    assert await log_of(database) == []
    assert len(files_below(folder)) == 6
    assert (await gallery.file("khabar", theirs.name, 0)).image.prompt == "theirs"
    assert (await gallery.file("almaty", mine.name, 0)).image.prompt == "mine"


NAMES: list[tuple[str, type[Exception]]] = [
    ("", InvalidArgument),
    ("memory/1", InvalidArgument),
    ("images", InvalidArgument),
    ("images/", NotFound),
    ("images/../../../etc/passwd", NotFound),
    ("images/" + "A" * 32, NotFound),
    ("images/" + "0" * 31 + "\x00", NotFound),
    ("images/" + "0" * 32 + "\n", NotFound),
    ("images/" + "0" * 100_000, NotFound),
]


async def test_names_that_cannot_be(gallery: Gallery) -> None:
    for name, error in NAMES:
        with pytest.raises(error, match=r"^name: "):
            await gallery.file("default", name, pb.IMAGE_VIEW_UNSPECIFIED)
        with pytest.raises(error, match=r"^name: "):
            await gallery.delete("default", name)
    with pytest.raises(InvalidArgument, match=r"^view: 9 is no view"):
        await gallery.file("default", "images/" + "0" * 32, 9)


async def test_pages_hold_while_images_come_and_go(gallery: Gallery) -> None:
    added = [await kept(gallery, f"{number}") for number in range(7)]
    assert len({each.name for each in added}) == 7
    first = await gallery.page("default", pb.ListImagesRequest(page_size=3))
    assert [each.image.prompt for each in first.images] == ["6", "5", "4"]
    await kept(gallery, "new")
    await gallery.delete("default", added[4].name)  # the one that the token comes after
    await gallery.delete("default", added[2].name)
    second = await gallery.page(
        "default", pb.ListImagesRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [each.image.prompt for each in second.images] == ["3", "1"]
    third = await gallery.page(
        "default", pb.ListImagesRequest(page_size=2, page_token=second.next_page_token)
    )
    assert [each.image.prompt for each in third.images] == ["0"]
    assert third.next_page_token == ""
    whole = await gallery.page("default", pb.ListImagesRequest(page_size=6))
    assert len(whole.images) == 6
    assert whole.next_page_token == ""


async def test_images_of_one_moment_are_told_once(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    names = {(await kept(gallery, f"{number}")).name for number in range(5)}
    told, token = [], ""
    while True:
        page = await gallery.page("default", pb.ListImagesRequest(page_size=2, page_token=token))
        told += [each.image.name for each in page.images]
        token = page.next_page_token
        if not token:
            break
    assert len(told) == 5
    assert set(told) == names


SEARCHES = [
    ("", 4),
    ("киіз үй", 1),
    ("КИІЗ ҮЙ", 1),
    ("үй  \n киіз", 1),
    ("Киiз", 1),  # Latin i
    ("ёлка", 1),
    ("ЕЛКА", 1),
    ("елка ЁЛКОЙ", 1),
    ("wool киіз", 1),  # one word of each text
    ("киіз жоқ", 0),
    ("yurt", 1),
    ("yur", 1),
    ("100%", 1),
    ("%", 1),
    ("_", 1),
    ("100_", 0),
    ("snake_case", 1),
    ("snakeXcase", 0),
    ("\\", 1),
    ("'; DROP TABLE image; --", 0),
    ("й", 3),
    ("и\u0306", 3),  # the same letter, decomposed
    ("\x00", 4),
    ("қ", 0),
]


async def test_search(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'dauys.sqlite3'}")
    migrate(database)
    gallery = Gallery(database, tmp_path)
    await kept(gallery, "Киіз үй ішіндегі әже", model_prompt="a yurt of white wool")
    await kept(gallery, "Ёлка с ёлкой, 100% снега", model_prompt="a fir")
    await kept(gallery, r"snake_case and back\slash", model_prompt="")
    await kept(gallery, "трамвай", model_prompt="a tram")
    got = [(words, len(await prompts(gallery, contains=words))) for words, _ in SEARCHES]
    assert got == SEARCHES
    database.close()


async def test_search_and_filters_on_both_databases(gallery: Gallery) -> None:
    await kept(gallery, "Киіз үй 100%", model_prompt="a yurt", model="a", styles=["yurt"])
    await kept(
        gallery, "Қозы", model_prompt=r"a lamb_ \back", model="b", styles=["yurt-door", "shapan"]
    )
    assert await prompts(gallery, contains="ҮЙ YURT 100% киiз") == ["Киіз үй 100%"]
    assert await prompts(gallery, contains="ҚОЗЫ") == ["Қозы"]
    assert await prompts(gallery, contains="lamb_") == ["Қозы"]
    assert await prompts(gallery, contains=r"\back") == ["Қозы"]
    assert await prompts(gallery, contains=r"\\back") == []
    assert await prompts(gallery, contains="100_") == []
    assert await prompts(gallery, style="yurt") == ["Киіз үй 100%"]
    assert await prompts(gallery, style="shapan", model="b") == ["Қозы"]
    assert await prompts(gallery, style="shapan", model="a") == []
    assert await prompts(gallery, style="yur_") == []
    assert await prompts(gallery, style="%") == []
    assert await prompts(gallery, model="%") == []
    assert await prompts(gallery, contains="қозы", style="yurt-door", page_size=1) == ["Қозы"]


@pytest.mark.parametrize(
    ("request_fields", "field"),
    [
        ({"page_size": -1}, "page_size"),
        ({"page_size": 201}, "page_size"),
        ({"page_token": "nonsense"}, "page_token"),
        ({"page_token": base64.urlsafe_b64encode(b"after:17").decode()}, "page_token"),
        (
            {"page_token": base64.urlsafe_b64encode(b"after:1-" + b"g" * 32).decode()},
            "page_token",
        ),
        ({"contains": "x" * 1001}, "contains"),
        ({"contains": " ".join(map(str, range(51)))}, "contains"),
        ({"model": "x" * 201}, "model"),
        ({"model": "a\x00b"}, "model"),
        ({"style": "a\nb"}, "style"),
    ],
)
async def test_requests_that_cannot_be(
    tmp_path: Path, request_fields: dict[str, Any], field: str
) -> None:
    gallery = Gallery(Database(f"sqlite:///{tmp_path / 'none.sqlite3'}"), tmp_path)
    with pytest.raises(InvalidArgument) as error:
        await gallery.page("default", pb.ListImagesRequest(**request_fields))
    assert error.value.field == field


async def test_deleting_is_for_good_and_told(
    gallery: Gallery, database: Database, folder: Path
) -> None:
    stays, goes = await kept(gallery, "stays"), await kept(gallery, "goes")
    await gallery.delete("default", goes.name)
    assert await prompts(gallery) == ["stays"]
    assert [name for name in files_below(folder) if goes.name[7:] in name] == []
    assert len(files_below(folder)) == 2
    assert loose(database) == 0
    for attempt in (gallery.delete("default", goes.name), gallery.file("default", goes.name, 0)):
        with pytest.raises(NotFound):
            await attempt
    (entry,) = await log_of(database)
    assert (entry.tenant, entry.action, entry.subject) == ("default", "image.delete", goes.name)
    assert entry.model == "starter-ornament"
    assert entry.details["sha256"] == goes.sha256
    assert (await gallery.file("default", stays.name, 0)).content == b"file of stays"


async def test_of_several_who_delete_one_does(gallery: Gallery, database: Database) -> None:
    added = await kept(gallery)
    answers = await asyncio.gather(
        *[gallery.delete("default", added.name) for _ in range(6)], return_exceptions=True
    )
    assert sum(answer is None for answer in answers) == 1
    assert sum(isinstance(answer, NotFound) for answer in answers) == 5
    assert len(await log_of(database)) == 1


async def test_many_at_once(gallery: Gallery, database: Database, folder: Path) -> None:
    added = await asyncio.gather(*[kept(gallery, f"{number}") for number in range(12)])
    await asyncio.gather(*[gallery.delete("default", each.name) for each in added[::2]])
    assert sorted(await prompts(gallery), key=int) == ["1", "3", "5", "7", "9", "11"]
    assert len(files_below(folder)) == 12
    assert (await AuditLog(database).verify()).entries == 6
