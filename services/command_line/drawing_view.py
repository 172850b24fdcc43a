"""How far a drawing is, on a terminal: a bar, and the unfinished picture above it."""

from __future__ import annotations

import io
from types import TracebackType
from typing import TYPE_CHECKING, Final

import numpy as np
from rich.color import Color
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from dauys.client import ImageEvent

_MOST_COLUMNS: Final = 64
_OTHER_LINES: Final = 3
"""The bar, and two that stay free."""

_HALF_BLOCK: Final = "\u2580"


class DrawingView:
    """Shows a generation's events on a console; nothing where that is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._progress.add_task("loading the model", total=None)
        self._picture: Text | None = None
        self._live = Live(
            get_renderable=self._renderable, console=console, transient=True, refresh_per_second=8
        )

    def __enter__(self) -> DrawingView:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, event: ImageEvent) -> None:
        """Show what an event says."""
        from dauys.client import ImageQueued, ImageStep

        match event:
            case ImageQueued(before):
                what = f"waiting, {before} before" if before else "waiting for a worker"
                self._progress.update(self._task, description=what)
            case ImageStep(step, steps, preview):
                self._progress.update(
                    self._task, description="drawing", completed=step, total=steps
                )
                if preview and self._console.is_terminal:
                    columns = min(_MOST_COLUMNS, self._console.width)
                    self._picture = in_half_blocks(
                        preview, columns, self._console.height - _OTHER_LINES
                    )

    def _renderable(self) -> RenderableType:
        bar = self._progress.get_renderable()
        return bar if self._picture is None else Group(self._picture, bar)


def in_half_blocks(webp: bytes, columns: int, lines: int) -> Text:
    """A picture as characters, each two pixels high: its upper half and its ground.

    Args:
        webp: The file.
        columns: The most characters across.
        lines: The most lines.
    """
    from PIL import Image

    with Image.open(io.BytesIO(webp), formats=["WEBP"]) as opened:
        scale = min(columns / opened.width, 2 * max(1, lines) / opened.height)
        size = (max(1, int(opened.width * scale)), max(2, int(opened.height * scale) // 2 * 2))
        pixels = np.asarray(opened.convert("RGB").resize(size, Image.Resampling.BOX), np.uint8)
    text = Text()
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        for above, below in zip(upper, lower, strict=True):
            style = Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below))
            text.append(_HALF_BLOCK, style)
        text.append("\n")
    return text
