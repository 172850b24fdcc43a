"""The SDK's images against a scripted server on loopback."""

# The scripted servicer answers only what is asked of it.
# mypy: disable-error-code="abstract"

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import grpc.aio
import pytest
from dauys.client import (
    AsyncClient,
    Client,
    FailedPreconditionError,
    FieldViolation,
    ImageAdapter,
    ImageBadge,
    ImageCorner,
    ImageFile,
    ImageFormat,
    ImageOptions,
    ImageQueued,
    ImageSize,
    ImageStep,
    ImageView,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    RetryPolicy,
    UnavailableError,
)
from dauys.v1 import image_generation_pb2 as pb
from dauys.v1 import image_generation_pb2_grpc as pb_grpc
from google.protobuf import empty_pb2

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from services.server.errors import ErrorInterceptor

QUICK: Final = RetryPolicy(attempts=3, initial_delay=0.001)
LARGE: Final = 20 * 2**20
"""Bytes: more than gRPC takes unasked, and more than recordings may be."""


class Images(pb_grpc.ImageGenerationServicer):
    """Queues once, takes three steps, shows the second, draws what is asked."""

    def __init__(self) -> None:
        self.asked: list[pb.GenerateImageRequest] = []
        self.break_before = 0
        """So many calls break before they answer."""
        self.break_after_step = 0
        self.hold_after_step = 0
        self.refuse: Exception | None = None
        self.held = asyncio.Event()
        self.let_go = asyncio.Event()
        self.pages: list[pb.ListImagesRequest] = []
        self.deleted: list[str] = []
        self.views: list[int] = []
        self.content = b"picture"

    async def GenerateImage(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.asked.append(request)
        if self.refuse is not None:
            raise self.refuse
        if len(self.asked) <= self.break_before:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "broken on purpose")
        try:
            yield pb.GenerateImageResponse(queued=pb.ImageQueued(before=2))
            for step in (1, 2, 3):
                shown = request.preview_every and step % request.preview_every == 0
                yield pb.GenerateImageResponse(
                    step=pb.ImageStep(step=step, steps=3, preview=b"small" if shown else b"")
                )
                if step == self.break_after_step:
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "broken on purpose")
                if step == self.hold_after_step:
                    self.held.set()
                    await asyncio.Event().wait()
            for number in range(request.count):
                image = picture(number, request.prompt)
                yield pb.GenerateImageResponse(
                    image=pb.ImageFile(image=image, content=self.content, media_type="image/png")
                )
        finally:
            self.let_go.set()

    async def ListImages(self, request: Any, context: Any) -> Any:
        self.pages.append(request)
        first = int(request.page_token or 0)
        files = [
            pb.ImageFile(image=picture(n), content=b"t" if request.thumbnails else b"")
            for n in range(first, min(first + 3, 7))
        ]
        token = str(first + 3) if first + 3 < 7 else ""
        return pb.ListImagesResponse(images=files, next_page_token=token)

    async def GetImage(self, request: Any, context: Any) -> Any:
        self.views.append(request.view)
        return pb.ImageFile(image=picture(1), content=self.content, media_type="image/png")

    async def DeleteImage(self, request: Any, context: Any) -> Any:
        self.deleted.append(request.name)
        if request.name == "images/lost":
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer was lost")
        if request.name != "images/1":
            raise NotFound(f"no image {request.name!r}")
        return empty_pb2.Empty()

    async def ListStyles(self, request: Any, context: Any) -> Any:
        style = pb.ImageStyle(style="qoshqar_muiz", kind=request.kind or "motif", source="book")
        style.display_names["kk"] = "Қошқар мүйіз"
        style.prompts["en"] = "ram's horn"
        return pb.ListStylesResponse(styles=[style])

    async def ListImageModels(self, request: Any, context: Any) -> Any:
        return pb.ListImageModelsResponse(models=[pb.ImageModel(model="a", is_default=True)])

    async def GetImageModel(self, request: Any, context: Any) -> Any:
        return pb.ImageModel(
            model=request.model or "a",
            languages=["kk", "en"],
            capabilities=pb.ImageCapabilities(
                width=512,
                height=512,
                multiple=8,
                steps=20,
                schedulers=["euler", "heun"],
                seamless=True,
                sizes=[pb.ImageSize(size="news", width=680, height=384)],
            ),
        )


def picture(number: int, prompt: str = "") -> pb.Image:
    image = pb.Image(
        name=f"images/{number}",
        prompt=prompt,
        model="a",
        seed=7 + number,
        width=512,
        height=384,
        asked_width=510,
        asked_height=380,
        format=pb.IMAGE_FORMAT_PNG,
        adapters=[pb.ImageAdapter(adapter="felt"), pb.ImageAdapter(adapter="silk", weight=0.0)],
        synthetic=True,
    )
    image.create_time.FromDatetime(datetime(2026, 3, 22, 12, 0))
    image.elapsed.FromMilliseconds(1500)
    return image


@asynccontextmanager
async def serving(images: Images) -> AsyncIterator[str]:
    server = grpc.aio.server(
        interceptors=[ErrorInterceptor()],
        options=[("grpc.max_receive_message_length", 64 * 2**20)],
    )
    pb_grpc.add_ImageGenerationServicer_to_server(images, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


@pytest.fixture
def images() -> Images:
    return Images()


@pytest.fixture
async def client(images: Images) -> AsyncIterator[AsyncClient]:
    async with serving(images) as target, AsyncClient(target, retry=QUICK) as client:
        yield client


async def test_a_generation_is_told_step_by_step(client: AsyncClient, images: Images) -> None:
    options = ImageOptions(
        negative_prompt="мәтін",
        language="kk",
        model="a",
        styles=("qoshqar_muiz",),
        width=510,
        height=380,
        steps=3,
        guidance=0.0,
        seed=0,
        count=2,
        scheduler="euler",
        adapters=(ImageAdapter("felt"), ImageAdapter("silk", -0.5)),
        strength=0.4,
        seamless=True,
        format=ImageFormat.WEBP,
        badge=ImageBadge(corner=ImageCorner.TOP_LEFT, language="ru", size_percent=4),
        keep_language=True,
        discard=True,
    )
    events = [
        event
        async for event in client.generate_image(
            "киіз үй", options=options, image=b"start", mask=b"part", preview_every=2
        )
    ]
    assert events[:4] == [
        ImageQueued(2),
        ImageStep(1, 3),
        ImageStep(2, 3, b"small"),
        ImageStep(3, 3),
    ]
    first, second = (event for event in events[4:] if isinstance(event, ImageFile))
    assert (first.content, first.media_type) == (b"picture", "image/png")
    assert (first.image.prompt, first.image.seed, second.image.seed) == ("киіз үй", 7, 8)
    assert first.image.create_time == datetime(2026, 3, 22, 12, 0, tzinfo=UTC)
    assert first.image.seconds == 1.5
    assert first.image.format is ImageFormat.PNG
    assert first.image.adapters == (ImageAdapter("felt", 1.0), ImageAdapter("silk", 0.0))
    [asked] = images.asked
    # What is 0 on purpose is said; what is not given is not.
    assert asked.HasField("seed")
    assert asked.HasField("guidance")
    assert asked == pb.GenerateImageRequest(
        prompt="киіз үй",
        negative_prompt="мәтін",
        language="kk",
        model="a",
        styles=["qoshqar_muiz"],
        width=510,
        height=380,
        steps=3,
        guidance=0.0,
        seed=0,
        count=2,
        scheduler="euler",
        adapters=[
            pb.ImageAdapter(adapter="felt", weight=1.0),
            pb.ImageAdapter(adapter="silk", weight=-0.5),
        ],
        image=b"start",
        mask=b"part",
        strength=0.4,
        preview_every=2,
        seamless=True,
        format=pb.IMAGE_FORMAT_WEBP,
        badge=pb.ImageBadge(corner=pb.IMAGE_CORNER_TOP_LEFT, language="ru", size_percent=4),
        keep_language=True,
        discard=True,
    )


async def test_what_is_left_out_is_left_to_the_server(client: AsyncClient, images: Images) -> None:
    [file] = await client.generate_images("yurt")
    assert file.image.synthetic
    expected = pb.GenerateImageRequest(prompt="yurt", count=1, format=pb.IMAGE_FORMAT_PNG)
    assert images.asked == [expected]


async def test_leaving_the_iterator_cancels(client: AsyncClient, images: Images) -> None:
    images.hold_after_step = 1
    events = client.generate_image("yurt")
    async for event in events:
        if isinstance(event, ImageStep):
            break
    await events.aclose()
    await asyncio.wait_for(images.let_go.wait(), 10)


async def test_a_task_that_is_cancelled_cancels(client: AsyncClient, images: Images) -> None:
    images.hold_after_step = 2
    drawing = asyncio.create_task(client.generate_images("yurt"))
    await asyncio.wait_for(images.held.wait(), 10)
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    await asyncio.wait_for(images.let_go.wait(), 10)


@pytest.mark.parametrize("breaks", [1, 2])
async def test_a_server_that_has_not_answered_is_asked_again(
    client: AsyncClient, images: Images, breaks: int
) -> None:
    images.break_before = breaks
    assert len(await client.generate_images("yurt")) == 1
    assert len(images.asked) == 1 + breaks


async def test_it_is_given_up_after_the_policys_attempts(
    client: AsyncClient, images: Images
) -> None:
    images.break_before = 9
    with pytest.raises(UnavailableError):
        await client.generate_images("yurt")
    assert len(images.asked) == QUICK.attempts


async def test_a_generation_that_has_begun_is_not_begun_again(
    client: AsyncClient, images: Images
) -> None:
    images.break_after_step = 2
    with pytest.raises(UnavailableError):
        await client.generate_images("yurt")
    assert len(images.asked) == 1


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (InvalidArgument("width", "0 is not in 8..2048"), InvalidArgumentError),
        (NotFound("styles[0]: no style 'x'"), NotFoundError),
        (FailedPrecondition("the server's filter refuses the prompt"), FailedPreconditionError),
        (ResourceExhausted("images", "4 of 4", retry_after=None), ResourceExhaustedError),
    ],
)
async def test_refusals_are_the_sdks_errors(
    client: AsyncClient, images: Images, raised: Exception, kind: type[Exception]
) -> None:
    images.refuse = raised
    with pytest.raises(kind):
        await client.generate_images("yurt")
    assert len(images.asked) == 1, "asking again would not help"


async def test_a_full_server_that_says_when_is_asked_again_then(
    client: AsyncClient, images: Images
) -> None:
    images.refuse = ResourceExhausted("images", "4 of 4", retry_after=0.001)
    with pytest.raises(ResourceExhaustedError):
        await client.generate_images("yurt")
    assert len(images.asked) == QUICK.attempts


async def test_large_files_go_both_ways(
    client: AsyncClient, images: Images, tmp_path: Path
) -> None:
    source = tmp_path / "start.png"
    source.write_bytes(bytes(LARGE))
    images.content = bytes(LARGE)
    [file] = await client.generate_images("yurt", image=source)
    assert len(file.content) == LARGE
    assert len(images.asked[0].image) == LARGE
    assert len((await client.get_image("images/1")).content) == LARGE


@pytest.mark.parametrize("field", ["image", "mask"])
async def test_a_file_over_the_limit_is_not_sent(
    client: AsyncClient, images: Images, tmp_path: Path, field: str
) -> None:
    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate(2**30)
    pair = {"image": b"start", field: huge}
    with pytest.raises(InvalidArgumentError) as caught:
        await client.generate_images("yurt", **pair)  # type: ignore[arg-type]
    assert caught.value.violations == (FieldViolation(field, "over 33554432 bytes, the limit"),)
    assert images.asked == []


async def test_the_gallery_comes_page_after_page(client: AsyncClient, images: Images) -> None:
    found = [
        file
        async for file in client.list_images(
            contains="киіз үй", model="a", style="yurt", thumbnails=True, page_size=3
        )
    ]
    assert [file.image.name for file in found] == [f"images/{n}" for n in range(7)]
    assert {file.content for file in found} == {b"t"}
    assert images.pages == [
        pb.ListImagesRequest(
            contains="киіз үй",
            model="a",
            style="yurt",
            thumbnails=True,
            page_size=3,
            page_token=token,
        )
        for token in ("", "3", "6")
    ]


async def test_a_page_of_the_gallery_and_the_token_of_the_next(
    client: AsyncClient, images: Images
) -> None:
    page = await client.image_page(contains="киіз үй", page_size=3, page_token="3")
    assert [file.image.name for file in page.images] == [f"images/{n}" for n in (3, 4, 5)]
    assert page.next_page_token == "6"
    last = await client.image_page(page_size=3, page_token=page.next_page_token)
    assert (len(last.images), last.next_page_token) == (1, "")
    assert images.pages[0] == pb.ListImagesRequest(contains="киіз үй", page_size=3, page_token="3")


async def test_an_image_is_fetched_and_deleted(client: AsyncClient, images: Images) -> None:
    assert (await client.get_image("images/1")).content == b"picture"
    await client.get_image("images/1", view=ImageView.SETTINGS)
    assert images.views == [pb.IMAGE_VIEW_UNSPECIFIED, pb.IMAGE_VIEW_SETTINGS]
    await client.delete_image("images/1")
    with pytest.raises(NotFoundError):
        await client.delete_image("images/2")
    with pytest.raises(UnavailableError):
        await client.delete_image("images/lost")
    assert images.deleted == ["images/1", "images/2", "images/lost"], "none is tried twice"


async def test_styles_and_models(client: AsyncClient) -> None:
    [style] = await client.list_styles("craft")
    assert (style.style, style.kind) == ("qoshqar_muiz", "craft")
    assert style.display_names == {"kk": "Қошқар мүйіз"}
    assert style.prompts == {"en": "ram's horn"}
    [listed] = await client.list_image_models()
    assert listed.is_default
    assert listed.capabilities is None, "not known"
    model = await client.get_image_model("b")
    assert model.model == "b"
    assert model.capabilities is not None
    assert model.capabilities.schedulers == ("euler", "heun")
    assert model.capabilities.seamless
    assert model.capabilities.sizes == (ImageSize("news", 680, 384),)


async def test_the_blocking_client_does_the_same_and_leaves_early(images: Images) -> None:
    def use(target: str) -> None:
        with Client(target, retry=QUICK) as client:
            options = replace(ImageOptions(), count=2)
            assert len(client.generate_images("yurt", options=options)) == 2
            assert [one.image.name for one in client.list_images()][-1] == "images/6"
            assert client.image_page(page_token="6").images[0].image.name == "images/6"
            assert client.get_image("images/1").content == b"picture"
            client.delete_image("images/1")
            assert client.list_styles()[0].kind == "motif"
            assert client.list_image_models()[0].model == "a"
            assert client.get_image_model().model == "a"
            images.let_go.clear()
            images.hold_after_step = 1
            events = client.generate_image("yurt", preview_every=1)
            assert next(events) == ImageQueued(2)
            assert next(events) == ImageStep(1, 3, b"small")
            events.close()  # type: ignore[attr-defined]

    async with serving(images) as target:
        await asyncio.to_thread(use, target)
        await asyncio.wait_for(images.let_go.wait(), 10)
