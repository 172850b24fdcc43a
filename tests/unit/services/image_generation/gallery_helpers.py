"""What the tests of the gallery share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dauys.v1 import image_generation_pb2 as pb
from sqlalchemy import func, select

from services.audit import AuditEntry, AuditLog
from services.image_generation.gallery import Gallery
from services.image_generation.gallery_rows import NewImage
from services.storage import Database
from services.storage.tables import image_loose


def image(prompt: str = "Қошқар мүйіз", **more: Any) -> pb.Image:
    fields: dict[str, Any] = {
        "prompt": prompt,
        "model_prompt": "ram's horns, blue and gold",
        "model": "starter-ornament",
        "styles": ["qoshqar-muiiz", "tekemet"],
        "width": 512,
        "height": 768,
        "guidance": 4.1,
        "seed": 2**53 - 5,
        "format": pb.IMAGE_FORMAT_PNG,
        "synthetic": True,
        "adapters": [pb.ImageAdapter(adapter="felt", weight=-0.3)],
    }
    made = pb.Image(**(fields | more))
    made.elapsed.FromNanoseconds(1_234_567_891)
    return made


async def kept(gallery: Gallery, prompt: str = "Қошқар мүйіз", **more: Any) -> pb.Image:
    tenant = more.pop("tenant", "default")
    content = f"file of {prompt}".encode()
    [added] = await gallery.add_all(tenant, [NewImage(image(prompt, **more), content, b"small")])
    return added


async def prompts(gallery: Gallery, tenant: str = "default", **request: Any) -> list[str]:
    page = await gallery.page(tenant, pb.ListImagesRequest(**request))
    return [each.image.prompt for each in page.images]


def files_below(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def loose(database: Database) -> int:
    query = select(func.count()).select_from(image_loose)
    return database.do(lambda connection: connection.scalar(query) or 0)


async def log_of(database: Database) -> list[AuditEntry]:
    return await AuditLog(database).entries()
