"""One generation: from a request to signed files, told step by step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import structlog
from dauys.v1 import image_generation_pb2 as pb
from PIL import Image

from foundation.errors import (
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
)
from foundation.images import GeneratedImages, ImageCapabilities, ImageProgress, ImageRequest
from foundation.languages import parse_optional_language
from models.engines.images import check_request, drawn_size
from models.styles import Style
from services.audit import Action, AuditLog, AuditRecord
from services.image_generation import mapping
from services.image_generation.files import MarkedImage, completed, marked_image, small_webp
from services.image_generation.gallery_rows import NewImage
from services.image_generation.input_picture import read_mask, read_picture
from services.image_generation.output_filter import OutputFilter, Verdict
from services.image_generation.prompting import Asked, Wording, check_texts, chosen_styles, worded
from services.translation.models import translation_models
from streaming.translation import Search
from workers.interface import Priority, Task

if TYPE_CHECKING:
    from models.catalogue import ModelCard
    from services.image_generation.badge import Badge
    from services.image_generation.files import Signer
    from services.image_generation.gallery import Gallery
    from services.image_generation.image_models import ImageModels
    from services.image_generation.line import Line, Place
    from services.image_generation.prompt_filter import PromptFilter
    from services.image_generation.signing import SigningIdentity
    from services.server.registry import ServiceContext

Offer: TypeAlias = Callable[[pb.GenerateImageResponse, bool], None]
"""Sends a response; True: it may give way to the next one, should the caller read slowly."""

_log = structlog.get_logger(__name__)

_REFUSED: Final = "this server's rules do not allow this prompt"
_REFUSED_IMAGE: Final = "this server's rules do not allow the picture that was drawn"
_UNJUDGED: Final = "the picture could not be checked by this server's rules, so it is not given out"


class _Refused(FailedPrecondition):
    """A filter of the operator's did not let a picture through, which the audit log has."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What all generations of one server share."""

    context: ServiceContext
    models: ImageModels
    line: Line
    signer: Signer
    gallery: Gallery
    audit: AuditLog
    styles: Mapping[str, Style]
    prompt_filter: PromptFilter
    output_filter: OutputFilter | None
    decoding: asyncio.Lock
    """Held while a caller's picture is decoded: a file of 100 kB may take half a gigabyte."""

    later: Callable[[Coroutine[Any, Any, None]], None]
    """Has something done that goes on should the caller leave."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What is known of a generation once its request was found to be good."""

    card: ModelCard
    wording: Wording
    request: ImageRequest
    badge: Badge | None
    identity: SigningIdentity


class Generation:
    """One GenerateImage call.

    Args:
        studio: The server's.
        request: The caller's.
        tenant: Whose it is.
        seconds: What the caller's deadline leaves; None: no limit.
        offer: Where responses go.
    """

    def __init__(
        self,
        studio: Studio,
        request: pb.GenerateImageRequest,
        tenant: str,
        seconds: float | None,
        offer: Offer,
    ) -> None:
        self._studio = studio
        self._asked = request
        self._tenant = tenant
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._offer = offer

    async def run(self) -> None:
        """Draw, keep and tell.

        Raises:
            DauysError: as the contract says; then nothing is kept.
        """
        studio, asked = self._studio, self._asked
        styles = self._checked()
        card = studio.models.card(asked.model)
        identity = await studio.signer.identity()
        await self._filter(card, asked.prompt)
        if not asked.discard:
            await studio.gallery.check_room(self._tenant)
        place = studio.line.join(self._tenant, card.id)
        try:
            sheet = await self._prepared(card, styles, identity)
            await self._turn(place)
            try:
                drawn = await self._drawn(sheet)
                studio.line.drawn(place)
                images = mapping.image_messages(asked, sheet.wording, card.id, drawn, sheet.badge)
                files = await self._files(sheet, drawn, images)
                kept = await self._kept(sheet, images, files)
            except (InvalidArgument, _Refused):
                raise  # nothing was drawn; or the log says that it was refused
            except (Exception, asyncio.CancelledError) as error:
                self._tell_stop(card, error)
                raise
        finally:
            studio.line.leave(place)
        for image, file in zip(kept, files, strict=True):
            answer = pb.ImageFile(
                image=image,
                content=file.content,
                media_type=mapping.MEDIA_TYPES[mapping.format_of(asked)],
            )
            self._offer(pb.GenerateImageResponse(image=answer), False)

    def _checked(self) -> tuple[Style, ...]:
        """What can be said of a request without any model."""
        asked = self._asked
        check_texts(asked.prompt, asked.negative_prompt, asked.styles)
        mapping.format_of(asked)
        mapping.badge_of(asked, self._studio.context.settings, None)
        parse_optional_language(asked.language)
        return chosen_styles(asked.styles, self._studio.styles)

    async def _prepared(
        self, card: ModelCard, styles: tuple[Style, ...], identity: SigningIdentity
    ) -> _Sheet:
        """Find out what is to be drawn, as far as that goes without drawing."""
        asked, context = self._asked, self._studio.context
        can = await self._studio.models.capabilities(card.id, self._left())
        seed = mapping.seed_of(asked)
        plain = Wording(asked.prompt.strip() or "-", asked.negative_prompt, None)
        try:
            # Before anything is translated, which takes a while.
            request = mapping.image_request(asked, plain, seed, can)
            request = await self._with_input(request, can)
            check_request(request, can)
        except InvalidArgument as error:
            raise mapping.in_contract(error) from None
        wording = await worded(
            Asked(
                asked.prompt,
                asked.negative_prompt,
                parse_optional_language(asked.language),
                styles,
                asked.keep_language,
            ),
            can.languages,
            context.pool,
            translation_models(context.store.catalogue, context.settings),
            Search(timeout=self._left()),
        )
        if wording.translation_models:
            await self._filter(card, wording.prompt)
        return _Sheet(
            card,
            wording,
            replace(
                request,
                prompt=wording.prompt,
                negative_prompt=wording.negative_prompt,
                # An unfinished picture was seen by no filter.
                preview_every=0 if self._studio.output_filter else request.preview_every,
            ),
            mapping.badge_of(asked, context.settings, wording.language),
            identity,
        )

    async def _with_input(self, request: ImageRequest, can: ImageCapabilities) -> ImageRequest:
        """The request with the caller's picture, scaled to what is drawn: it may wait for long."""
        asked = self._asked
        if asked.mask and not asked.image:
            raise InvalidArgument("mask", "there is no image that it is the mask of")
        if not asked.image:
            return request
        # Nothing is decoded of a size that is no good, or for a model that starts from no image.
        pixel = np.zeros((1, 1, 3), np.uint8)
        mask = pixel[..., 0] if asked.mask else None
        check_request(replace(request, image=pixel, mask=mask), can)
        width, height = drawn_size(request, can)
        async with self._studio.decoding:
            return await asyncio.to_thread(_with_pictures, request, asked, width, height)

    async def _filter(self, card: ModelCard, *texts: str) -> None:
        line = await asyncio.to_thread(self._studio.prompt_filter.found, *texts)
        if line is not None:
            details = {"filter": "prompt", "line": line}
            await self._append(Action.IMAGE_REFUSED, card, details)
            raise FailedPrecondition(_REFUSED)

    async def _turn(self, place: Place) -> None:
        """Wait until this generation may be drawn."""
        try:
            async with asyncio.timeout(self._left()):
                async for before in self._studio.line.waiting(place):
                    queued = pb.ImageQueued(before=before)
                    self._offer(pb.GenerateImageResponse(queued=queued), True)
        except TimeoutError:
            raise DeadlineExceeded("the time ran out before the generation began") from None
        load = self._studio.context.pool.load()
        if load.busy >= load.workers:
            self._offer(pb.GenerateImageResponse(queued=pb.ImageQueued()), True)

    async def _drawn(self, sheet: _Sheet) -> GeneratedImages:
        """Have it drawn, and tell of the steps."""
        task = Task(sheet.card.id, "stream_generation", sheet.request, Priority.BATCH, self._left())
        drawn: GeneratedImages | None = None
        try:
            async with aclosing(self._studio.context.pool.stream(task)) as items:  # type: ignore[type-var]
                async for item in items:
                    if isinstance(item, GeneratedImages):
                        drawn = item
                    else:
                        self._offer(await _step(item), True)
        except InvalidArgument as error:
            raise mapping.in_contract(error) from None
        if drawn is None:
            raise Internal(f"the model {sheet.card.id!r} ended without a picture")
        return drawn

    async def _files(
        self, sheet: _Sheet, drawn: GeneratedImages, images: Sequence[pb.Image]
    ) -> list[MarkedImage]:
        """The pictures as files; none of them where one is refused."""
        judge = self._studio.output_filter
        files = []
        for picture, image in zip(drawn.pictures, images, strict=True):
            file = await marked_image(
                picture,
                image,
                mapping.format_of(self._asked),
                sheet.identity,
                sheet.badge,
                inpainted=bool(self._asked.mask),
                with_png=judge is not None,
            )
            if judge is not None:
                verdict = await judge.judge(file.png)
                if verdict is not Verdict.PASSED:
                    details = {"filter": "output", "verdict": verdict.value, "seed": image.seed}
                    await self._append(Action.IMAGE_REFUSED, sheet.card, details)
                    refused = verdict is Verdict.REFUSED
                    raise _Refused(_REFUSED_IMAGE if refused else _UNJUDGED)
            files.append(file)
        return files

    async def _kept(
        self, sheet: _Sheet, images: Sequence[pb.Image], files: Sequence[MarkedImage]
    ) -> list[pb.Image]:
        """The images as they are kept, all of them or none, and told to the audit log."""
        version = await asyncio.to_thread(self._studio.context.store.fingerprint, sheet.card.id)

        def record(image: pb.Image) -> AuditRecord:
            details = {
                "sha256": image.sha256,
                "width": image.width,
                "height": image.height,
                "seed": image.seed,
                "steps": image.steps,
                "badge": image.badge,
                "from_image": image.from_image,
                "styles": list(image.styles),
                "translation_model": image.translation_model,
            }
            return self._record(Action.IMAGE_GENERATED, sheet.card, version, details, image.name)

        if not self._asked.discard:
            new = [
                NewImage(image, file.content, file.thumbnail)
                for image, file in zip(images, files, strict=True)
            ]
            return await self._studio.gallery.add_all(self._tenant, new, record)
        done = [completed(image, file.content) for image, file in zip(images, files, strict=True)]
        for image in done:
            await self._studio.audit.append(record(image))
        return done

    def _tell_stop(self, card: ModelCard, error: BaseException) -> None:
        fault = "cancelled" if isinstance(error, asyncio.CancelledError) else "failed"
        self._studio.later(self._append(Action.IMAGE_STOPPED, card, {"outcome": fault}))

    async def _append(self, action: Action, card: ModelCard, details: Mapping[str, Any]) -> None:
        version = await asyncio.to_thread(self._studio.context.store.fingerprint, card.id)
        await self._studio.audit.append(self._record(action, card, version, details))

    def _record(
        self,
        action: Action,
        card: ModelCard,
        version: str,
        details: Mapping[str, Any],
        subject: str = "",
    ) -> AuditRecord:
        texts = {"prompt": self._asked.prompt, "negative_prompt": self._asked.negative_prompt}
        return AuditRecord(
            tenant=self._tenant,
            action=action,
            subject=subject,
            model=card.id,
            model_version=version,
            details=details,
            texts={name: text for name, text in texts.items() if text},
        )

    def _left(self) -> float | None:
        """Seconds of the caller's deadline."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())


async def _step(progress: ImageProgress) -> pb.GenerateImageResponse:
    preview = b""
    if progress.preview is not None:
        preview = await asyncio.to_thread(small_webp, progress.preview)
    step = pb.ImageStep(step=progress.step, steps=progress.steps, preview=preview)
    return pb.GenerateImageResponse(step=step)


def _with_pictures(
    request: ImageRequest, asked: pb.GenerateImageRequest, width: int, height: int
) -> ImageRequest:
    picture = read_picture(asked.image)
    scaled = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)
    mask = None
    if asked.mask:
        read = read_mask(asked.mask)
        if read.shape != picture.shape[:2]:
            sizes = [f"{each.shape[1]}x{each.shape[0]}" for each in (read, picture)]
            raise InvalidArgument("mask", f"{sizes[0]} pixels, the image has {sizes[1]}")
        resized = Image.fromarray(read).resize((width, height), Image.Resampling.NEAREST)
        mask = np.asarray(resized, np.uint8)
    return replace(request, image=np.asarray(scaled, np.uint8), mask=mask)
