"""What a terminal shows while a picture is drawn."""

from __future__ import annotations

import io

import numpy as np
import pytest
from dauys.client import ImageQueued, ImageStep
from PIL import Image
from rich.console import Console

from services.command_line.drawing_view import DrawingView, in_half_blocks


def webp(width: int, height: int) -> bytes:
    """Red above, blue below."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, :, 0] = 255
    pixels[height // 2 :, :, 2] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", lossless=True)
    return file.getvalue()


def console(terminal: bool) -> Console:
    return Console(
        file=io.StringIO(),
        force_terminal=terminal,
        width=80,
        height=20,
        color_system="truecolor" if terminal else None,
        legacy_windows=False,
        _environ={"TERM": "xterm"},
    )


def test_a_picture_becomes_characters_of_two_pixels_each() -> None:
    text = in_half_blocks(webp(64, 64), 4, 8)
    assert text.plain == "▀▀▀▀\n▀▀▀▀\n"
    colours = [(span.style.color.name, span.style.bgcolor.name) for span in text.spans]  # type: ignore[union-attr]
    assert colours == [("#ff0000", "#ff0000")] * 4 + [("#0000ff", "#0000ff")] * 4


@pytest.mark.parametrize(("width", "height"), [(256, 1), (1, 256), (256, 144), (100, 256), (3, 3)])
def test_it_keeps_within_the_terminal(width: int, height: int) -> None:
    lines = in_half_blocks(webp(width, height), 40, 15).plain.splitlines()
    assert 1 <= len(lines) <= 15
    assert len({len(line) for line in lines}) == 1
    assert 1 <= len(lines[0]) <= 40


def test_a_terminal_is_told_how_far_it_is() -> None:
    shown = console(terminal=True)
    with DrawingView(shown) as view:
        view.show(ImageQueued(2))
        view._live.refresh()
        view.show(ImageStep(3, 20, webp(16, 16)))
        view._live.refresh()
    text = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "waiting, 2 before" in text
    assert "3/20" in text
    assert "▀" in text


def test_a_file_is_told_nothing() -> None:
    shown = console(terminal=False)
    with DrawingView(shown) as view:
        view.show(ImageQueued(2))
        view.show(ImageStep(3, 20, webp(16, 16)))
    assert shown.file.getvalue() == ""  # type: ignore[attr-defined]
