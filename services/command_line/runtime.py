"""What commands share: a worker pool over the model store, and the end of a session by Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.in_process import InProcessPool

DEFAULT_MODEL = "whisper-base"


def configure_logging(verbose: bool) -> None:
    """Send log events to standard error: warnings only, or everything."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=structlog.PrintLoggerFactory(file=open(2, "w", closefd=False)),  # noqa: SIM115
    )


def ensure_model(model: str) -> None:
    """Pull a starter model on first use, with a progress bar.

    Raises:
        NotFound: the catalogue has no such model.
        FailedPrecondition: the model is not on this machine and not a starter model.
        Unavailable: no source could be reached.
    """
    from models.store import ModelStore
    from services.command_line.models_commands import progress_bars

    with progress_bars() as progress:
        ModelStore().ensure(model, progress=progress)


@contextlib.asynccontextmanager
async def open_pool(workers: int = 0) -> AsyncIterator[InProcessPool]:
    """An in-process pool over this machine's model store. ``workers`` 0: one a CPU core."""
    from models.engines.base import EngineOptions
    from models.loading import make_loader
    from models.store import ModelStore
    from workers.in_process import InProcessPool, PoolConfig

    count = workers or os.cpu_count() or 1
    loader = make_loader(ModelStore(), EngineOptions(workers=count))
    pool = InProcessPool(loader, PoolConfig(workers=count))
    try:
        yield pool
    finally:
        await pool.aclose()


@contextlib.contextmanager
def on_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` on the first SIGINT or SIGTERM instead of ending at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
