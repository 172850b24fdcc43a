"""Rows of the gallery: what of an image is in the database, and how it is looked for."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dauys.v1 import image_generation_pb2 as pb
from google.protobuf import json_format
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, tuple_, update

from foundation.errors import InvalidArgument, Unavailable
from services.server.paging import DEFAULT_PAGE, key_of, token_of
from services.storage.tables import image as images
from services.storage.tables import image_loose as loose
from text.letters import fold_look_alikes

NAME_PREFIX: Final = "images/"
LARGEST_PAGE: Final = 200
MAX_CONTAINS: Final = 1000
MAX_WORDS: Final = 50
MAX_FILTER: Final = 200

SUFFIXES: Final[Mapping[int, str]] = {
    pb.IMAGE_FORMAT_PNG: "png",
    pb.IMAGE_FORMAT_JPEG: "jpg",
    pb.IMAGE_FORMAT_WEBP: "webp",
}
_ID: Final = re.compile(r"[0-9a-f]{32}")
_TOKEN: Final = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class LooseFiles:
    """Files of no image."""

    identifier: str
    tenant: str
    suffix: str


@dataclass(frozen=True, slots=True)
class NewImage:
    """An image that is to be kept."""

    image: pb.Image
    """Its settings, with its format."""

    content: bytes
    """The file."""

    thumbnail: bytes
    """A WebP."""

    @property
    def total_bytes(self) -> int:
        """What it takes on the disk."""
        return len(self.content) + len(self.thumbnail)

    def named(self, files: LooseFiles) -> pb.Image:
        """Its settings with name, size and hash."""
        image = pb.Image()
        image.CopyFrom(self.image)
        image.name = NAME_PREFIX + files.identifier
        image.size_bytes = len(self.content)
        image.sha256 = hashlib.sha256(self.content).hexdigest()
        return image


def identifier_of(name: str) -> str | None:
    """The identifier in ``images/{id}``; None: there can be no such image.

    Raises:
        InvalidArgument: it is no name of an image at all.
    """
    if not name.startswith(NAME_PREFIX):
        raise InvalidArgument("name", f"must be {NAME_PREFIX}ID")
    identifier = name.removeprefix(NAME_PREFIX)
    return identifier if _ID.fullmatch(identifier) else None


def folded(text: str) -> str:
    """As prompts are searched: NFC, no case, one space, Kazakh look-alikes folded, ё as е.

    It is stored. Whoever changes it writes a migration that computes it anew.
    """
    plain = fold_look_alikes(unicodedata.normalize("NFC", text)).casefold().replace("ё", "е")
    return " ".join(unicodedata.normalize("NFC", plain.replace("\x00", " ")).split())


def page_query(tenant: str, request: pb.ListImagesRequest) -> tuple[Select[Any], int]:
    """The rows of a page and one more, and how many the page has.

    Raises:
        InvalidArgument: a page size, a token or a filter that cannot be.
    """
    if not 0 <= request.page_size <= LARGEST_PAGE:
        raise InvalidArgument("page_size", f"{request.page_size} is not in 0..{LARGEST_PAGE}")
    size = request.page_size or DEFAULT_PAGE
    query = (
        select(images)
        .where(images.c.tenant == tenant)
        .order_by(images.c.created.desc(), images.c.id.desc())
        .limit(size + 1)
    )
    if request.page_token:
        last = _TOKEN.fullmatch(key_of(request.page_token))
        if last is None:
            raise InvalidArgument("page_token", "is not a token of this method")
        query = query.where(tuple_(images.c.created, images.c.id) < tuple_(int(last[1]), last[2]))
    for word in _words(request.contains):
        query = query.where(images.c.folded.contains(word, autoescape=True))
    if request.model:
        query = query.where(images.c.model == _checked(request.model, "model"))
    if request.style:
        style = f"\n{_checked(request.style, 'style')}\n"
        query = query.where(images.c.styles.contains(style, autoescape=True))
    return query, size


def token_after(row: Row[Any]) -> str:
    """The token of the page after this row."""
    return token_of(f"{row.created}-{row.id}")


def find(
    connection: Connection, tenant: str, identifier: str, *, to_delete: bool = False
) -> Row[Any] | None:
    """The row of a tenant's image. ``to_delete``: of several who want to, one finds it."""
    query = select(images).where(images.c.id == identifier, images.c.tenant == tenant)
    if to_delete:
        query = query.with_for_update()
    return connection.execute(query).one_or_none()


def stored_image(row: Row[Any]) -> pb.Image:
    """The image that a row tells of; fields that a newer server wrote are passed over."""
    return json_format.Parse(row.settings, pb.Image(), ignore_unknown_fields=True)


def announce(connection: Connection, files: LooseFiles) -> None:
    """Say that files are going to be written, so that they are found should we not come back."""
    connection.execute(insert(loose), _loose_row(files, doomed=False))


def adopt(connection: Connection, files: LooseFiles, image: pb.Image, total_bytes: int) -> pb.Image:
    """Files that are written become an image; says which, with its time.

    Raises:
        Unavailable: it took so long that the files were given up.
    """
    mine = delete(loose).where(loose.c.id == files.identifier, loose.c.doomed.is_(False))
    if connection.execute(mine).rowcount != 1:
        raise Unavailable("keeping an image took too long, and it was given up")
    now = time.time_ns() // 1000
    stored = pb.Image()
    stored.CopyFrom(image)
    stored.create_time.FromMicroseconds(now)
    row = {
        "id": files.identifier,
        "tenant": files.tenant,
        "created": now,
        "model": stored.model.replace("\x00", ""),
        "styles": "\n" + "".join(f"{style}\n" for style in stored.styles).replace("\x00", ""),
        "folded": f"{folded(stored.prompt)}\n{folded(stored.model_prompt)}",
        "file_bytes": total_bytes,
        "settings": json_format.MessageToJson(
            stored, preserving_proto_field_name=True, indent=None, ensure_ascii=False
        ),
    }
    connection.execute(insert(images), row)
    return stored


def loosen(connection: Connection, rows: Sequence[Row[Any]]) -> list[LooseFiles]:
    """Images are none any more; their files are to go."""
    files = [LooseFiles(row.id, row.tenant, SUFFIXES[stored_image(row).format]) for row in rows]
    connection.execute(delete(images).where(images.c.id.in_([row.id for row in rows])))
    if files:
        connection.execute(insert(loose), [_loose_row(each, doomed=True) for each in files])
    return files


def doom(connection: Connection, *, before: int = 0, identifier: str = "") -> list[LooseFiles]:
    """Give up files that no image came of; says all that are to go.

    Args:
        connection: Of a transaction that writes.
        before: Those that were announced before this time, in microseconds since 1970.
        identifier: These.
    """
    condition = (loose.c.since < before) | (loose.c.id == identifier)
    connection.execute(update(loose).where(condition).values(doomed=True))
    query = select(loose).where(loose.c.doomed.is_(True))
    if identifier:
        query = query.where(loose.c.id == identifier)
    return [LooseFiles(row.id, row.tenant, row.suffix) for row in connection.execute(query)]


def gone(connection: Connection, files: LooseFiles) -> None:
    """The files are removed."""
    connection.execute(delete(loose).where(loose.c.id == files.identifier))


def expired(connection: Connection, before: int, limit: int) -> Sequence[Row[Any]]:
    """The oldest images of all tenants that are older than a time in microseconds since 1970.

    Those that somebody else deletes at this moment are left to him.
    """
    query = select(images).where(images.c.created < before)
    query = query.order_by(images.c.created).limit(limit).with_for_update(skip_locked=True)
    return connection.execute(query).all()


def bytes_of(connection: Connection, tenant: str) -> int:
    """What a tenant's files take."""
    total = select(func.sum(images.c.file_bytes)).where(images.c.tenant == tenant)
    return int(connection.scalar(total) or 0)


def _loose_row(files: LooseFiles, *, doomed: bool) -> dict[str, Any]:
    return {
        "id": files.identifier,
        "tenant": files.tenant,
        "suffix": files.suffix,
        "since": time.time_ns() // 1000,
        "doomed": doomed,
    }


def _words(contains: str) -> list[str]:
    if len(contains) > MAX_CONTAINS:
        raise InvalidArgument("contains", f"{len(contains)} characters; {MAX_CONTAINS} are allowed")
    words = list(dict.fromkeys(folded(contains).split()))
    if len(words) > MAX_WORDS:
        raise InvalidArgument("contains", f"{len(words)} words; {MAX_WORDS} are allowed")
    return words


def _checked(text: str, field: str) -> str:
    if len(text) > MAX_FILTER:
        raise InvalidArgument(field, f"{len(text)} characters; {MAX_FILTER} are allowed")
    if "\x00" in text or "\n" in text:
        raise InvalidArgument(field, "holds a character that no identifier has")
    return text
