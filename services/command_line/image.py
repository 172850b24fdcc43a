"""``dauys image``: a prompt becomes signed pictures."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from foundation.errors import InvalidArgument, Unavailable
from foundation.images import MAX_COUNT
from foundation.languages import parse_language
from services.command_line import output_files, runtime, server_calls
from services.command_line.printable import printable

if TYPE_CHECKING:
    from dauys.client import AsyncClient, Image, ImageAdapter, ImageBadge, ImageFile, ImageOptions
    from rich.console import Console

_FORMATS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""Ending → a name of the SDK's ImageFormat."""

_CORNERS: Final = ("top-left", "top-right", "bottom-left", "bottom-right")
_OFF: Final = "off"
_PREVIEW_EVERY: Final = 2
"""Steps; a preview costs about as much as a step of a small model."""

_MAX_INPUT_BYTES: Final = 32 << 20
_OPTIONS: Final[Mapping[str, str]] = {
    "negative_prompt": "--negative",
    "language": "--language",
    "model": "--model",
    "styles": "--style",
    "size": "--size",
    "width": "--size: width",
    "height": "--size: height",
    "steps": "--steps",
    "guidance": "--guidance",
    "seed": "--seed",
    "count": "--count",
    "scheduler": "--scheduler",
    "adapters": "--adapter",
    "image": "--image",
    "mask": "--mask",
    "strength": "--strength",
    "preview_every": "--preview",
    "seamless": "--seamless",
    "badge": "--badge",
    "keep_language": "--as-written",
}
"""Field of the contract → option."""


def image(
    prompt: Annotated[
        str, typer.Argument(help="What is to be seen, in Kazakh, Russian or English.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write: .png, .jpg or .webp; of several pictures name-1.png and so "
            "on. Else a .png here, named after the prompt."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same one draws the same picture; else by lot.")
    ] = None,
    size: Annotated[
        str,
        typer.Option(help="square, news, story, poster, link, or WIDTHxHEIGHT; else the model's."),
    ] = "",
    count: Annotated[int, typer.Option(min=1, max=MAX_COUNT, help="How many pictures.")] = 1,
    steps: Annotated[int | None, typer.Option(min=1, help="Else the model's own.")] = None,
    guidance: Annotated[
        float | None, typer.Option(help="How closely the prompt is followed: 0 to 30.")
    ] = None,
    negative: Annotated[str, typer.Option(help="What is not to be seen.")] = "",
    style: Annotated[
        list[str] | None, typer.Option(help="One of `dauys styles`; repeat it.")
    ] = None,
    model: Annotated[str, typer.Option(help="A model of `dauys models list`.")] = "",
    adapter: Annotated[
        list[str] | None,
        typer.Option(help="A LoRA adapter of the model; repeat it.", metavar="NAME=WEIGHT"),
    ] = None,
    scheduler: Annotated[str, typer.Option(help="One of the model's.")] = "",
    picture: Annotated[
        Path | None, typer.Option("--image", help="A PNG, JPEG or WebP to start from.")
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="White is painted anew, black is kept.")] = None,
    strength: Annotated[
        float | None, typer.Option(help="How far from --image: above 0, at most 1; else 0.6.")
    ] = None,
    seamless: Annotated[
        bool, typer.Option("--seamless", help="The picture tiles without a seam.")
    ] = False,
    badge: Annotated[
        str,
        typer.Option(help="Corner of the words that say what it is: top-left …, or off."),
    ] = "",
    language: Annotated[str, typer.Option(help="Of the prompt: auto, kk, ru or en.")] = "auto",
    as_written: Annotated[
        bool, typer.Option("--as-written", help="Never translate the prompt for the model.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show the unfinished picture on the terminal.")
    ] = False,
    server: server_calls.Address = "",
    tls: server_calls.TlsFlag = False,
    tls_root: server_calls.TlsRoot = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker threads, without --server; 0: one a core.")
    ] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log events.")] = False,
) -> None:
    """Draw pictures, which say in their files and in a corner that no person drew them."""
    from dauys.client import ImageFormat, ImageOptions
    from rich.console import Console

    runtime.configure_logging(verbose)
    paths = _paths(out, " ".join([prompt, *(style or ())]), count)
    if strength is not None and picture is None:
        raise InvalidArgument("--strength", "needs --image")
    console = Console(stderr=True)
    name, (width, height) = _size(size)
    options = ImageOptions(
        negative_prompt=negative,
        language="" if language == "auto" else parse_language(language, "--language"),
        model=model,
        styles=tuple(style or ()),
        size=name,
        width=width,
        height=height,
        steps=steps or 0,
        guidance=guidance,
        seed=seed,
        count=count,
        scheduler=scheduler,
        adapters=_adapters(adapter or ()),
        strength=strength,
        seamless=seamless,
        format=ImageFormat[_FORMATS[paths[0].suffix.lower()]],
        badge=_badge(badge),
        keep_language=as_written,
        discard=not server,  # a gallery is a server's; here the file is what is kept
    )
    inputs = (_content(picture, "--image"), _content(mask, "--mask"))
    preview_every = _PREVIEW_EVERY if preview and console.is_terminal else 0
    if not server:
        _ensure_model(model)

    async def work() -> list[ImageFile]:
        connected = (
            server_calls.Connection(server, tls, tls_root).client()
            if server
            else server_calls.calling_here("image_generation", workers)
        )
        async with connected as client:
            return await _draw(client, prompt, options, inputs, preview_every, console)

    with server_calls.errors_as_ours(server, _OPTIONS):
        files = server_calls.run(work())
    output_files.write_whole({path: file.content for path, file in zip(paths, files, strict=True)})
    for path, file in zip(paths, files, strict=True):
        sys.stdout.write(_told(path, file))
    for note in _notes(files[0].image):
        sys.stderr.write(f"dauys: {note}\n")


async def _draw(
    client: AsyncClient,
    prompt: str,
    options: ImageOptions,
    inputs: tuple[bytes | None, bytes | None],
    preview_every: int,
    console: Console,
) -> list[ImageFile]:
    from dauys.client import ImageFile

    from services.command_line.drawing_view import DrawingView

    files = []
    picture, mask = inputs
    events = client.generate_image(
        prompt, options=options, image=picture, mask=mask, preview_every=preview_every
    )
    with DrawingView(console) as view:
        async with contextlib.aclosing(events) as drawing:
            async for event in drawing:
                view.show(event)
                if isinstance(event, ImageFile):
                    files.append(event)
    if len(files) != options.count:
        raise Unavailable(f"{len(files)} of {options.count} pictures came")
    return files


def _paths(out: Path | None, text: str, count: int) -> Sequence[Path]:
    """The files to write.

    Raises:
        InvalidArgument: of an ending that is no picture's, or where nothing can be written.
    """
    if out is None:
        out = output_files.named_after(text, ".png", otherwise="picture", parts=count)
    elif out.suffix.lower() not in _FORMATS:
        raise InvalidArgument("--out", f"{out.name!r} does not end in {', '.join(_FORMATS)}")
    paths = output_files.numbered(out, count)
    for path in paths:
        output_files.check_writable(path)
    return paths


def _size(text: str) -> tuple[str, tuple[int, int]]:
    """A named size, or width and height; 0 for what is left to the model.

    Raises:
        InvalidArgument: no side can be of that length.
    """
    found = re.fullmatch(r"(-?\d{1,9})\s*[xX\u00d7\u0445\u0425]\s*(-?\d{1,9})", text.strip())
    if found is None:
        return text, (0, 0)
    width, height = map(int, found.groups())
    for side, name in ((width, "width"), (height, "height")):
        if side < 1:
            raise InvalidArgument(_OPTIONS[name], f"{side} is no number of pixels")
    return "", (width, height)


def _adapters(texts: Sequence[str]) -> tuple[ImageAdapter, ...]:
    from dauys.client import ImageAdapter

    adapters = []
    for text in texts:
        name, equals, weight = text.rpartition("=")
        try:
            adapters.append(ImageAdapter(name, float(weight)) if equals else ImageAdapter(text))
        except ValueError:
            raise InvalidArgument("--adapter", f"{text!r} is not NAME or NAME=WEIGHT") from None
    return tuple(adapters)


def _badge(text: str) -> ImageBadge | None:
    from dauys.client import ImageBadge, ImageCorner

    if not text:
        return None
    if text == _OFF:
        return ImageBadge(hidden=True)
    if text not in _CORNERS:
        raise InvalidArgument("--badge", f"{text!r} is not one of {', '.join((_OFF, *_CORNERS))}")
    return ImageBadge(corner=ImageCorner[text.replace("-", "_").upper()])


def _content(path: Path | None, option: str) -> bytes | None:
    """A picture's file, or as much of it as is refused."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(_MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise InvalidArgument(option, f"cannot read {path}: {error.strerror}") from error


def _told(path: Path, file: ImageFile) -> str:
    """What was drawn, a line."""
    drawn = file.image
    # A name may hold bytes that no terminal shows.
    shown = os.fsencode(path).decode(errors="replace")
    return (
        f"{shown}  {drawn.width} x {drawn.height}, {drawn.model}, seed {drawn.seed}, "
        f"{drawn.steps} steps, {drawn.seconds:.1f} s, synthetic\n"
    )


def _notes(drawn: Image) -> Iterator[str]:
    """What is not as the user wrote it."""
    if drawn.translation_model:
        yield f"{drawn.translation_model} translated the prompt: {printable(drawn.model_prompt)}"
        if drawn.model_negative_prompt:
            yield f"and what is not to be seen: {printable(drawn.model_negative_prompt)}"
    if (drawn.width, drawn.height) != (drawn.asked_width, drawn.asked_height):
        yield (
            f"--size: {drawn.asked_width}x{drawn.asked_height} became "
            f"{drawn.width}x{drawn.height}, the nearest that the model draws"
        )
    if drawn.prompt_cut:
        yield "the prompt is longer than the model reads: it did not see the end"


def _ensure_model(model: str) -> None:
    """Pull the model that was named, if it is a starter: with a progress bar, before the work."""
    from models.store import ModelStore
    from services.image_generation.image_models import image_card
    from services.server.settings import Settings

    named = model or Settings().image_model
    if named:
        field = "--model" if model else "DAUYS_IMAGE_MODEL"
        runtime.ensure_model(image_card(ModelStore().catalogue, named, field).id)
