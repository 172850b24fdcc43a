"""ImageGeneration over a real pool and the scripted engine: queue, steps, files, gallery, audit."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import numpy as np
import pytest
from dauys.v1 import image_generation_pb2 as pb
from PIL import Image

pytest.importorskip("c2pa")

from foundation.errors import Unavailable
from services.audit import Action, AuditLog
from services.image_generation import generation
from services.image_generation.files import marked_image
from services.image_generation.gallery_files import GalleryFiles
from services.image_generation.provenance import read_manifest
from tests.integration.image_fixtures import (
    PROMPT,
    House,
    catalogue,
    drained,
    here,
    house,
    kinds,
    pixels,
    refused,
    until,
)
from tests.scripted_images import KAZAKH_MODEL, MODEL, PATIENCE, picture_of
from workers.interface import Priority, Task

__all__ = ["catalogue", "here"]  # fixtures

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


async def test_steps_previews_and_signed_files(here: House) -> None:
    here.studio.hold(2)
    call = here.images.GenerateImage(
        pb.GenerateImageRequest(
            prompt=PROMPT, seed=7, count=2, preview_every=2, badge=pb.ImageBadge(hidden=True)
        )
    )
    responses = aiter(call)
    seen = [await anext(responses)]
    while not seen[-1].step.preview:  # the second step shows one; the first may be passed over
        seen.append(await anext(responses))
    here.studio.release()
    seen += [one async for one in responses]
    preview = Image.open(io.BytesIO(next(one.step.preview for one in seen if one.step.preview)))
    assert (preview.format, preview.size) == ("WEBP", (64, 64))
    steps = [one.step.step for one in seen if one.WhichOneof("response") == "step"]
    assert steps == sorted(set(steps))
    assert "queued" not in kinds(seen)
    images = [one.image for one in seen if one.WhichOneof("response") == "image"]
    assert kinds(seen)[-2:] == ["image", "image"]
    [asked] = here.studio.requests
    for number, file in enumerate(images):
        assert np.array_equal(pixels(file.content), picture_of(asked, number, 128, 128))
        manifest = read_manifest(file.content, "png")
        assert manifest is not None
        assert (manifest.state, manifest.model) == ("Valid", MODEL)
        assert manifest.source_types == (TRAINED,)
        assert manifest.settings["seed"] == 7 + number == file.image.seed
        assert PROMPT.encode() not in file.content
        assert file.media_type == "image/png"
        assert (file.image.width, file.image.height, file.image.steps) == (128, 128, 4)
        assert file.image.synthetic
        assert not file.image.badge
        assert file.image.elapsed.ToTimedelta().total_seconds() > 0
    kept = await here.kept()
    assert {one.image.name for one in kept} == {one.image.name for one in images}
    back = await here.images.GetImage(pb.GetImageRequest(name=images[0].image.name))
    assert back == images[0]
    await here.images.DeleteImage(pb.DeleteImageRequest(name=images[0].image.name))
    entries = await here.audit()
    assert [str(one.action) for one in entries] == ["image.generate"] * 2 + ["image.delete"]
    assert entries[0].texts["prompt"] == PROMPT
    assert entries[0].details["sha256"] == images[0].image.sha256
    assert entries[2].subject == images[0].image.name


async def test_a_prompt_is_translated_and_both_texts_are_kept(here: House) -> None:
    file = await here.one(
        prompt="қошқар мүйіз өрнегі", negative_prompt="бұлыңғыр сурет", styles=["qoshqar_muiz"]
    )
    [asked] = here.studio.requests
    assert asked.prompt.startswith("qoşqar müiız örnegı, Kazakh ram's horn ornament")
    assert asked.negative_prompt == "būlyñğyr suret"
    assert file.image.prompt == "қошқар мүйіз өрнегі"
    assert file.image.model_prompt == asked.prompt
    assert (file.image.language, file.image.translation_model) == ("kk", "toy")
    assert list(file.image.styles) == ["qoshqar_muiz"]


async def test_a_model_that_reads_kazakh_is_given_kazakh(here: House) -> None:
    file = await here.one(model=KAZAKH_MODEL, styles=["qos_muiz"])
    [asked] = here.studio.requests
    assert asked.prompt == f"{PROMPT}, ортасынан жоғары және төмен иірілген қос мүйіз ою"
    assert file.image.translation_model == ""
    await here.one(prompt="конь в степи", keep_language=True)
    assert here.studio.requests[-1].prompt == "конь в степи"


async def test_without_a_translator_it_says_what_to_do(tmp_path: Path, catalogue: None) -> None:
    async with house(tmp_path, default_translation_model="") as here:
        error = await refused(here.one())
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "keep_language" in str(error.details())
        assert "in kk, the model reads en" in str(error.details())
        assert (await here.one(prompt="a horse on the steppe")).image.language == "en"


async def test_formats_badge_and_sizes(here: House) -> None:
    plain = await here.one(badge=pb.ImageBadge(hidden=True))
    for number, name, kind in ((1, "PNG", "png"), (2, "JPEG", "jpeg"), (3, "WEBP", "webp")):
        file = await here.one(format=number, size="news", discard=True)
        image = Image.open(io.BytesIO(file.content))
        assert (image.format, image.size) == (name, (168, 96))
        assert file.media_type == f"image/{kind}"
        assert read_manifest(file.content, kind) is not None
        assert file.image.badge
        assert file.image.name == ""
        assert file.image.size_bytes == len(file.content)
    marked = await here.one()
    changed = (pixels(marked.content) != pixels(plain.content)).any(axis=2)
    assert changed[64:, 64:].any()
    assert not changed[:64].any()
    corner = await here.one(
        badge=pb.ImageBadge(corner=pb.IMAGE_CORNER_TOP_LEFT, language="en", size_percent=15)
    )
    changed = (pixels(corner.content) != pixels(plain.content)).any(axis=2)
    assert changed[:64].any()
    assert not changed[64:].any()
    snapped = await here.one(width=131, height=101)
    assert (snapped.image.width, snapped.image.height) == (128, 104)
    assert (snapped.image.asked_width, snapped.image.asked_height) == (131, 101)
    assert len(await here.kept()) == 4


async def test_an_image_to_start_from(here: House) -> None:
    photo, mask = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (300, 200), (200, 30, 40)).save(photo, "PNG")
    Image.new("L", (300, 200), 255).save(mask, "PNG")
    file = await here.one(image=photo.getvalue(), mask=mask.getvalue(), strength=0.5)
    asked = here.studio.requests[-1]
    assert asked.image is not None
    assert asked.mask is not None
    assert asked.image.shape == (128, 128, 3)
    assert tuple(asked.image[0, 0]) == (200, 30, 40)
    assert (asked.mask == 255).all()
    assert (file.image.from_image, file.image.strength) == (True, 0.5)
    manifest = read_manifest(file.content, "png")
    assert manifest is not None
    assert manifest.source_types[0].endswith("compositeWithTrainedAlgorithmicMedia")


async def test_those_who_wait_are_told_how_many_come_first(here: House) -> None:
    here.studio.hold()
    first = asyncio.create_task(here.draw())
    await here.sees(lambda studio: len(studio.requests) == 1)
    waiting = here.images.GenerateImage(pb.GenerateImageRequest(prompt="a yurt", seed=1))
    assert (await waiting.read()).queued.before == 1
    third = here.images.GenerateImage(pb.GenerateImageRequest(prompt="a tent", seed=1))
    responses = aiter(third)
    assert (await anext(responses)).queued.before == 2
    waiting.cancel()
    assert (await anext(responses)).queued.before == 1
    here.studio.release()
    assert kinds(await first)[-1] == "image"
    rest = [one async for one in responses]
    assert kinds(rest)[-1] == "image"
    assert [asked.prompt for asked in here.studio.requests][1:] == ["a tent"]


async def test_cancel_frees_the_worker_within_one_step_and_keeps_nothing(here: House) -> None:
    here.studio.hold(2)
    call = here.images.GenerateImage(pb.GenerateImageRequest(prompt=PROMPT, seed=1, steps=100))
    await here.sees(lambda studio: len(studio.steps) == 2)
    call.cancel()

    async def noticed() -> bool:
        return await here.actions() == ["image.stop"]

    await until(noticed)
    # The step that is being done comes to its end, and no other is begun.
    here.studio.release()
    await here.sees(lambda studio: studio.stopped == 1)
    assert here.studio.steps == [1, 2, 3]
    assert (await here.one()).image.name
    assert len(await here.kept()) == 1


async def test_a_caller_who_does_not_read_holds_up_no_worker(here: House) -> None:
    call = here.images.GenerateImage(
        pb.GenerateImageRequest(prompt=PROMPT, seed=1, steps=150, preview_every=1, count=4)
    )
    await here.sees(lambda studio: studio.finished == 1)
    assert (await here.one(prompt="a yurt")).image.name
    assert kinds([one async for one in call])[-4:] == ["image"] * 4


async def test_a_deadline_and_a_model_that_fails(here: House) -> None:
    here.studio.hold(1)
    request = pb.GenerateImageRequest(prompt="a yurt")
    error = await refused(drained(here.images.GenerateImage(request, timeout=1.0)))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    here.studio.release()
    # On a busy machine the time may have run out before it was begun.
    await here.sees(lambda studio: studio.stopped == len(studio.requests))
    here.studio.fault = RuntimeError(f"{here.folder} is on fire")
    error = await refused(here.one())
    assert error.code() is grpc.StatusCode.INTERNAL
    assert str(here.folder) not in str(error.details())
    here.studio.fault = None
    assert (await here.one()).image.name
    assert len(await here.kept()) == 1


async def test_limits_of_a_tenant_and_of_the_server(tmp_path: Path, catalogue: None) -> None:
    async with house(tmp_path, max_tenant_images=2, max_images=3) as here:
        here.studio.hold()
        running = [asyncio.create_task(here.draw()) for _ in range(2)]
        await here.sees(lambda studio: len(studio.requests) == 1)
        error = await refused(here.one())
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "2 of your generations are drawn or wait, the limit is 2" in str(error.details())
        here.studio.release()
        for one in running:
            assert kinds(await one)[-1] == "image"
        assert (await here.one()).image.name


async def test_filters_refuse_without_telling_the_rule(tmp_path: Path, catalogue: None) -> None:
    words = tmp_path / "words.txt"
    words.write_text("kk: соғыс алаңы\n* /secret-\\d/\n")
    looks = tmp_path / "looks.py"
    looks.write_text(
        "import sys\nfrom PIL import Image\n"
        "image = Image.open(sys.stdin.buffer)\n"
        "assert image.size != (64, 64)\n"
        "sys.exit(3 if image.size == (128, 128) else 0)\n"
    )
    settings: dict[str, Any] = {
        "image_prompt_filter": words,
        "image_output_filter": f"{sys.executable} {looks}",
        "image_output_filter_seconds": 60.0,
    }
    async with house(tmp_path, **settings) as here:
        error = await refused(here.one(prompt="Соғыс алаңында ат"))
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert error.details() == "this server's rules do not allow this prompt"
        assert not here.studio.requests
        error = await refused(here.one())
        assert "do not allow the picture" in str(error.details())
        error = await refused(here.one(width=64, height=64))
        assert "could not be checked" in str(error.details())
        passed = await here.draw(width=96, height=96, preview_every=1)
        assert not any(one.step.preview for one in passed)
        assert len(await here.kept()) == 1
        entries = await here.audit()
        assert [str(one.action) for one in entries] == ["image.refuse"] * 3 + ["image.generate"]
        assert entries[0].details == {"filter": "prompt", "line": 1}
        assert [one.details.get("verdict") for one in entries[1:3]] == ["refused", "failed"]


async def test_styles_and_models(here: House) -> None:
    styles = (await here.images.ListStyles(pb.ListStylesRequest(kind="dress"))).styles
    assert styles
    assert {one.kind for one in styles} == {"dress"}
    assert set(styles[0].prompts) == set(styles[0].meanings) == {"kk", "ru", "en"}
    models = (await here.images.ListImageModels(pb.ListImageModelsRequest())).models
    assert (models[0].model, models[0].is_default, models[0].available) == (MODEL, True, True)
    assert not models[0].HasField("capabilities")
    assert "z-image-turbo" in [one.model for one in models]
    model = await here.images.GetImageModel(pb.GetImageModelRequest())
    assert model.model == MODEL
    sizes = {one.size: (one.width, one.height) for one in model.capabilities.sizes}
    assert sizes["news"] == (168, 96)
    assert sizes["story"] == (96, 168)
    again = (await here.images.ListImageModels(pb.ListImageModelsRequest())).models
    assert again[0].capabilities.steps == 4


async def test_a_server_that_stops_ends_what_it_draws(tmp_path: Path, catalogue: None) -> None:
    async with house(tmp_path) as here:
        here.studio.hold()
        first = asyncio.create_task(here.draw())
        await here.sees(lambda studio: len(studio.requests) == 1)
        second = here.images.GenerateImage(pb.GenerateImageRequest(prompt="a yurt", seed=1))
        assert (await second.read()).queued.before == 1
        draining = asyncio.create_task(here.server.drain())
        error = await refused(second.read())
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        here.studio.release()
        assert kinds(await first)[-1] == "image"
        await draining


@pytest.mark.parametrize("stuck", [False, True])
async def test_nothing_is_left_of_a_gallery_that_fails(
    here: House, monkeypatch: pytest.MonkeyPatch, stuck: bool
) -> None:
    """Neither images nor entries, though the log fails at the second and a file is stuck."""
    whole, remove = AuditLog.append_in, GalleryFiles.remove
    told = 0
    left: list[str] = []

    def failing(self: AuditLog, connection: Any, record: Any) -> Any:
        nonlocal told
        if record.action is Action.IMAGE_GENERATED:
            told += 1
            if told == 2:
                raise Unavailable("the database is gone")
        return whole(self, connection, record)

    def removing(self: GalleryFiles, tenant: str, identifier: str, suffix: str) -> None:
        if stuck and not left:
            left.append(identifier)
            raise Unavailable("removing an image's file: Permission denied")
        remove(self, tenant, identifier, suffix)

    monkeypatch.setattr(AuditLog, "append_in", failing)
    monkeypatch.setattr(GalleryFiles, "remove", removing)
    assert (await refused(here.one(count=3))).code() is grpc.StatusCode.UNAVAILABLE
    assert await here.kept() == []
    files = [each for each in (here.folder / "images").rglob("*.*") if each.is_file()]
    assert {each.name.partition(".")[0] for each in files} == set(left)

    async def told_to_the_log() -> bool:
        return await here.actions() == ["image.stop"]

    await until(told_to_the_log)


@pytest.mark.parametrize("leaves", [True, False])
async def test_what_ends_while_it_is_signed_is_in_the_log(
    here: House, monkeypatch: pytest.MonkeyPatch, leaves: bool
) -> None:
    whole, begun, go_on = marked_image, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any, **options: Any) -> Any:
        begun.set()
        async with asyncio.timeout(PATIENCE):
            await go_on.wait()
        if not leaves:
            raise OSError("no memory")
        return await whole(*arguments, **options)

    monkeypatch.setattr(generation, "marked_image", slow)
    call = here.images.GenerateImage(pb.GenerateImageRequest(prompt="a yurt", count=2))
    reading = asyncio.create_task(drained(call))
    async with asyncio.timeout(PATIENCE):
        await begun.wait()

    async def worker_free() -> bool:
        return here.pool.load().busy == 0

    await until(worker_free)
    if leaves:
        call.cancel()
    go_on.set()
    with pytest.raises((asyncio.CancelledError, grpc.aio.AioRpcError)):
        await reading

    async def told() -> bool:
        return await here.actions() == ["image.stop"]

    await until(told)
    [entry] = await here.audit()
    assert entry.details == {"outcome": "cancelled" if leaves else "failed"}
    assert await here.kept() == []


@pytest.mark.parametrize("workers", [1, 2])
async def test_live_work_waits_for_one_step_at_most(
    tmp_path: Path, catalogue: None, workers: int
) -> None:
    async with house(tmp_path, workers) as here:
        here.studio.hold(1)
        # Two models could draw side by side; one worker is left for others.
        drawing = [
            asyncio.create_task(here.draw(model=model, steps=3)) for model in (MODEL, KAZAKH_MODEL)
        ]
        await here.sees(lambda studio: len(studio.steps) == 1)
        live = asyncio.create_task(
            here.pool.call(Task("toy", "capabilities", None, Priority.LIVE, session="live"))
        )
        if workers == 1:
            await asyncio.sleep(0.05)
            assert not live.done()
            here.studio.hold(1)  # the step that was under way when live work came
        await live
        assert len(here.studio.requests) == 1
        assert len(here.studio.steps) == workers % 2 + 1
        here.studio.release()
        for one in drawing:
            assert kinds(await one)[-1] == "image"
