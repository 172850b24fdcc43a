"""``dauys handover``: one EBU-TT Live sequence of those of a primary and a backup engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streaming.delivery.ebu_tt_live.node import HandoverConfig


def handover(
    config: Annotated[
        Path,
        typer.Argument(help="A TOML file: listen, group, output …", metavar="FILE"),
    ],
) -> None:
    """Hand over between engines by EBU-TT Live until SIGTERM: docs/EBU_TT_LIVE.md."""
    import asyncio

    from services.server import telemetry

    telemetry.configure()
    asyncio.run(_run(read_config(config)))


def read_config(path: Path) -> HandoverConfig:
    """The options of a file.

    Raises:
        InvalidArgument: names file and option.
    """
    from streaming.delivery.ebu_tt_live.node import HandoverConfig
    from streaming.delivery.options import read_options, read_toml

    return read_options(HandoverConfig, read_toml(path), str(path))


async def _run(config: HandoverConfig) -> None:
    import asyncio
    import contextlib

    from services.command_line import runtime
    from streaming.delivery.ebu_tt_live.node import HandoverNode

    running = asyncio.ensure_future(HandoverNode(config).run())
    with runtime.on_interrupt(running.cancel), contextlib.suppress(asyncio.CancelledError):
        await running
