from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from foundation.errors import InvalidArgument
from streaming.delivery.rendering import (
    COLOURS,
    Canvas,
    Look,
    Overlay,
    Renderer,
    TextBlock,
    reduced,
)
from tests.unit.delivery.rendering.test_letters import KAZAKH

HD = Canvas(1920, 1080)
SD = Canvas(720, 576, Fraction(64, 45))


def drawn(*lines: str, canvas: Canvas = HD, look: Look | None = None) -> Overlay:
    overlay = Renderer(canvas, look).draw([TextBlock(lines)])
    assert overlay is not None
    return overlay


@pytest.mark.parametrize("canvas", [HD, SD, Canvas(1280, 720), Canvas(160, 90), Canvas(1080, 1920)])
@pytest.mark.parametrize("lines", [("Қ",), ("Үкіметтің қаулысы", "ғарыш"), ("щ" * 500,)])
def test_text_stays_in_the_safe_area(canvas: Canvas, lines: tuple[str, ...]) -> None:
    overlay = drawn(*lines, canvas=canvas)
    assert overlay.x >= canvas.width * 0.074 - 2
    assert overlay.x + overlay.width <= canvas.width * 0.926 + 2
    assert overlay.y >= canvas.height * 0.07
    assert overlay.y + overlay.height <= canvas.height * 0.925 + 2
    assert [n % 2 for n in (overlay.x, overlay.y, overlay.width, overlay.height)] == [0] * 4
    assert overlay.pixels[..., 3].max() == 255


def test_every_kazakh_letter_has_a_picture_of_its_own() -> None:
    renderer = Renderer(HD)
    pictures = set()
    for letter in KAZAKH + KAZAKH.upper():
        overlay = renderer.draw([TextBlock((letter,))])
        assert overlay is not None
        pictures.add((overlay.width, overlay.pixels.tobytes()))
    assert len(pictures) == 2 * len(KAZAKH)


def test_letters_are_narrower_where_pixels_are_wide() -> None:
    wide, square = drawn("әлем", canvas=SD), drawn("әлем", canvas=Canvas(1024, 576))
    assert wide.height == square.height
    assert wide.width == pytest.approx(square.width * 45 / 64, abs=3)


def test_a_long_text_is_broken_then_made_smaller_then_cut() -> None:
    plain = drawn("Бір жол ғана")
    words = "Постановление правительства вступает в силу с нового года, сообщает министерство"
    broken = drawn(words)
    assert broken.height == 2 * plain.height
    smaller = drawn(" ".join([words] * 3))
    assert 3 * plain.height * 0.5 < smaller.height < 3 * plain.height
    cut = drawn(" ".join([words] * 20))
    assert cut.height <= smaller.height


def test_the_lines_of_a_cue_are_kept_where_they_fit() -> None:
    assert drawn("a", "b", "c").height == 3 * drawn("a").height


def test_two_tracks_stand_one_above_the_other() -> None:
    white, yellow = COLOURS["white"], COLOURS["yellow"]
    overlay = Renderer(HD).draw([TextBlock(("төмен",), white), TextBlock(("жоғары",), yellow)])
    assert overlay is not None
    upper, lower = np.split(overlay.pixels, 2)
    solid = overlay.pixels[..., 3] == 255
    assert solid.any()
    assert (upper[..., 0] > 128).any()
    assert upper[..., 2].max() == 0  # yellow has no blue
    assert lower[..., 2].max() == 255


@pytest.mark.parametrize("lines", [(), ("",), ("  ", "\u200b"), ("\x00",)])
def test_nothing_is_drawn_of_nothing(lines: tuple[str, ...]) -> None:
    assert Renderer(HD).draw([TextBlock(lines)]) is None


def test_a_box_lies_behind_its_line_only() -> None:
    overlay = drawn("ұзын жол осында", "қысқа", look=Look(background="box", box_opacity=0.5))
    opacity = overlay.pixels[..., 3]
    upper, lower = np.split(opacity, 2)
    assert upper[0].min() == 128
    assert lower[0, 0] == 0
    assert lower[0, overlay.width // 2] == 128


def test_top_and_bottom() -> None:
    assert drawn("a", look=Look(place="top")).y == 80
    assert drawn("a").y > 900


@pytest.mark.parametrize("size", [4, 16])
@pytest.mark.parametrize("background", ["outline", "box"])
def test_few_colours_are_enough(size: int, background: str) -> None:
    look = Look(background=background)  # type: ignore[arg-type]
    overlay = Renderer(HD, look).draw(
        [TextBlock(("Үкіметтің қаулысы",)), TextBlock(("Постановление",), COLOURS["yellow"])]
    )
    assert overlay is not None
    indices, entries = reduced(overlay, size)
    assert entries.shape == (size, 4)
    assert indices.shape == overlay.pixels.shape[:2]
    assert indices.max() < size
    clear = overlay.pixels[..., 3] == 0
    assert (entries[indices][clear][:, 3] == 0).all()
    for over in (0, 128, 255):
        error = np.abs(_laid(overlay.pixels, over) - _laid(entries[indices], over))
        assert error.mean() < (6 if size == 4 else 2)
        assert np.percentile(error, 99) < (130 if size == 4 else 45)


def _laid(pixels: np.ndarray, over: int) -> np.ndarray:
    opacity = pixels[..., 3:].astype(float) / 255
    return pixels[..., :3] * opacity + over * (1 - opacity)


def test_a_canvas_has_bounds() -> None:
    for wrong in ((0, 576), (720, 9000)):
        with pytest.raises(InvalidArgument, match="canvas"):
            Canvas(*wrong)
    with pytest.raises(InvalidArgument, match="pixels"):
        Canvas(720, 576, Fraction(9))
