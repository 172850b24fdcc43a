"""``dauys images``: the gallery of a server."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foundation.errors import InvalidArgument
from services.command_line import output_files, server_calls
from services.command_line.printable import printable
from services.command_line.server_calls import HERE, Address, TlsFlag, TlsRoot

if TYPE_CHECKING:
    from dauys.client import Image, ImageFile

app = typer.Typer(help="The pictures that a server keeps: list, get, delete.")

_ENDINGS: Final[Mapping[str, str]] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}
_OPTIONS: Final = {
    "name": "NAME",
    "contains": "--contains",
    "model": "--model",
    "style": "--style",
    "page_size": "--most",
}
_PAGE: Final = 200
_LONG_PROMPT: Final = 60
"""Columns that a prompt gets in a file or a pipe."""

_LEAST_PROMPT: Final = 16
"""The same on a terminal; a line is broken rather than have it shorter."""

Names = Annotated[list[str], typer.Argument(help="As the list says: images/…", metavar="NAME…")]


@app.callback(invoke_without_command=True)
def list_images(
    context: typer.Context,
    contains: Annotated[str, typer.Option(help="Only prompts with all these words.")] = "",
    model: Annotated[str, typer.Option(help="Only of this model.")] = "",
    style: Annotated[str, typer.Option(help="Only with this style.")] = "",
    most: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="All settings, a line each.")] = False,
    server: Address = HERE,
    tls: TlsFlag = False,
    tls_root: TlsRoot = None,
) -> None:
    """List a server's pictures, the newest first; get and delete are commands of it."""
    connection = server_calls.Connection(server, tls, tls_root)
    if context.invoked_subcommand is not None:
        context.obj = connection  # for `dauys images --server … get`
        return

    async def found() -> list[Image]:
        images: list[Image] = []
        async with connection.client() as client:
            listed = client.list_images(
                contains=contains, model=model, style=style, page_size=min(most, _PAGE)
            )
            async with contextlib.aclosing(listed) as files:
                async for file in files:
                    images.append(file.image)
                    if len(images) == most:
                        break
        return images

    with server_calls.errors_as_ours(connection.server, _OPTIONS):
        images = server_calls.run(found())
    if as_json:
        for image in images:
            line = json.dumps(asdict(image), default=_plain, ensure_ascii=False)
            sys.stdout.write(line + "\n")
    else:
        _print(images)


@app.command("get")
def get_image(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="As the list says: images/…")],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; else one here of the picture's name.")
    ] = None,
    server: Address = "",
    tls: TlsFlag = False,
    tls_root: TlsRoot = None,
) -> None:
    """Write a picture's file as it was made, with its manifest."""
    connection = _connection(context, server, tls, tls_root)
    if out is not None:
        output_files.check_writable(out)

    async def fetched() -> ImageFile:
        async with connection.client() as client:
            return await client.get_image(name)

    with server_calls.errors_as_ours(connection.server, _OPTIONS):
        file = server_calls.run(fetched())
    ending = _ENDINGS.get(file.media_type, "")
    if out is None:
        stem = file.image.name.rpartition("/")[2]
        out = output_files.named_after(stem, ending, otherwise="picture")
    elif out.suffix.lower().replace(".jpeg", ".jpg") != ending:
        raise InvalidArgument("--out", f"the picture is {file.media_type}: name it *{ending}")
    output_files.write_whole({out: file.content})
    sys.stdout.write(f"{os.fsencode(out).decode(errors='replace')}\n")


@app.command("delete")
def delete_images(
    context: typer.Context,
    names: Names,
    server: Address = "",
    tls: TlsFlag = False,
    tls_root: TlsRoot = None,
) -> None:
    """Delete pictures and their prompts for good."""
    connection = _connection(context, server, tls, tls_root)

    async def work() -> None:
        async with connection.client() as client:
            for name in names:
                await client.delete_image(name)
                sys.stdout.write(f"{name}: deleted\n")

    with server_calls.errors_as_ours(connection.server, _OPTIONS):
        server_calls.run(work())


def _connection(
    context: typer.Context, server: str, tls: bool, tls_root: Path | None
) -> server_calls.Connection:
    """What was said after the command's name, else before it."""
    before: server_calls.Connection = context.obj
    return server_calls.Connection(
        server or before.server, tls or before.tls, tls_root or before.tls_root
    )


def _plain(value: Any) -> Any:
    """What JSON has for the SDK's values."""
    match value:
        case datetime():
            return value.isoformat()
        case Enum():
            return value.name.lower()
    raise TypeError(f"JSON has nothing for {type(value)}")


def _print(images: list[Image]) -> None:
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    headings = ("name", "made", "size", "model", "seed", "prompt")
    rows = [headings]
    for image in images:
        made = "" if image.create_time is None else f"{image.create_time:%Y-%m-%d %H:%M}"
        size = f"{image.width} x {image.height}"
        prompt = printable(" ".join([image.prompt, *image.styles]))
        rows.append((image.name, made, size, image.model, str(image.seed), prompt))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for row in rows[1:]:
        table.add_row(*map(Text, row))  # no markup of rich's
    # The prompt alone is cut: a name must be whole to be given to `get`. Between columns are two.
    *fixed, whole = (max(map(cell_len, column)) for column in zip(*rows, strict=True))
    console = Console()
    room = console.width - sum(fixed) - 2 * len(fixed) if console.is_terminal else _LONG_PROMPT
    table.columns[-1].width = min(whole, max(room, _LEAST_PROMPT))
    console.width = sum(fixed) + 2 * len(fixed) + table.columns[-1].width
    console.print(table if images else "no pictures", highlight=False)
