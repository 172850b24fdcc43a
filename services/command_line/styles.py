"""``dauys styles``: what a prompt may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from foundation.errors import InvalidArgument
from foundation.languages import parse_language
from services.command_line import server_calls

if TYPE_CHECKING:
    from dauys.client import ImageStyle

_OPTIONS: Final = {"kind": "--kind"}


def styles(
    kind: Annotated[
        str, typer.Option(help="motif, dress, architecture, landscape or craft; else all.")
    ] = "",
    language: Annotated[str, typer.Option(help="Of names and meanings: kk, ru or en.")] = "en",
    server: server_calls.Address = "",
    tls: server_calls.TlsFlag = False,
    tls_root: server_calls.TlsRoot = None,
) -> None:
    """The styles of `dauys image --style`, of this machine or of a server."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    code = parse_language(language, "--language")
    called = server_calls.Connection(server, tls, tls_root)
    rows = _served(called, kind, code) if server else _own(kind, code)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("style", "kind", "name", "meaning"):
        table.add_column(heading, no_wrap=heading in ("style", "kind"), overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def _own(kind: str, language: str) -> list[tuple[str, str, str, str]]:
    from models.styles import KINDS, load_styles
    from services.server.settings import Settings

    if kind and kind not in KINDS:
        raise InvalidArgument("--kind", f"{kind!r} is not one of {', '.join(KINDS)}")
    library, more = load_styles(), Settings().image_styles
    if more is not None:
        library |= load_styles(more)
    return [
        (
            one.identifier,
            one.kind,
            one.name.in_language(language),
            one.meaning.in_language(language),
        )
        for one in library.values()
        if kind in ("", one.kind)
    ]


def _served(
    connection: server_calls.Connection, kind: str, language: str
) -> list[tuple[str, str, str, str]]:
    async def listed() -> tuple[ImageStyle, ...]:
        async with connection.client() as client:
            return await client.list_styles(kind)

    with server_calls.errors_as_ours(connection.server, _OPTIONS):
        found = server_calls.run(listed())
    return [
        (one.style, one.kind, one.display_names.get(language, ""), one.meanings.get(language, ""))
        for one in found
    ]
