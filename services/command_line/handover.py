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
    import tomllib

    from foundation.errors import InvalidArgument
    from streaming.delivery.ebu_tt_live.node import HandoverConfig
    from streaming.delivery.options import read_options

    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidArgument(str(path), error.strerror or "cannot be read") from None
    except (ValueError, RecursionError) as error:  # numbers and depths that Python does not read
        raise InvalidArgument(str(path), f"is no TOML: {error}") from None
    return read_options(HandoverConfig, values, str(path))


async def _run(config: HandoverConfig) -> None:
    import asyncio
    import contextlib
    import signal

    from streaming.delivery.ebu_tt_live.node import HandoverNode

    running = asyncio.ensure_future(HandoverNode(config).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running
