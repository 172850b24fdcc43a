from __future__ import annotations

import io

import av
import numpy as np
import pytest

from streaming.delivery.burn_in.blending import Stamp, is_bt709
from streaming.delivery.burn_in.encoder import Incoming
from streaming.delivery.burn_in.messages import (
    Kind,
    ScreenText,
    Settings,
    message,
    read_screen,
    read_settings,
    screen_message,
    settings_message,
)
from streaming.delivery.rendering import Look, Overlay, TextBlock


def frame(
    width: int = 64, height: int = 32, colour: tuple[int, int, int] = (40, 90, 200)
) -> object:
    """Of one colour, in yuv420p with padded rows."""
    picture = np.full((height, width, 3), colour, np.uint8)
    return av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="yuv420p")


def planes(picture: object) -> list[np.ndarray]:
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width].copy()
        for plane in picture.planes  # type: ignore[attr-defined]
    ]


def overlay(pixels: np.ndarray) -> Overlay:
    return Overlay(8, 4, pixels, ())


def test_what_is_clear_changes_nothing() -> None:
    picture = frame()
    before = planes(picture)
    clear = np.zeros((8, 16, 4), np.uint8)
    Stamp(overlay(clear), bt709=True, full_range=False).lay_over(picture)
    for old, new in zip(before, planes(picture), strict=True):
        assert (old == new).all()


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (255, 255, 0), (10, 200, 90)])
@pytest.mark.parametrize("bt709", [True, False])
def test_what_is_solid_has_its_own_colour(colour: tuple[int, int, int], bt709: bool) -> None:
    """As libswscale converts it back."""
    picture = frame()
    pixels = np.zeros((8, 16, 4), np.uint8)
    pixels[...] = (*colour, 255)
    Stamp(overlay(pixels), bt709=bt709, full_range=False).lay_over(picture)
    space = "itu709" if bt709 else "itu601"
    rgb = picture.reformat(format="rgb24", src_colorspace=space)  # type: ignore[attr-defined]
    shown = rgb.to_ndarray()[6:10, 10:22].astype(int)
    assert np.abs(shown - colour).max() <= 4


def test_half_opacity_is_half_way() -> None:
    picture = frame(colour=(0, 0, 0))
    pixels = np.zeros((8, 16, 4), np.uint8)
    pixels[...] = (255, 255, 255, 128)
    Stamp(overlay(pixels), bt709=True, full_range=False).lay_over(picture)
    luma = planes(picture)[0]
    assert luma[6, 12] == pytest.approx((16 + 235) / 2, abs=1)
    assert luma[0, 0] == 16


def test_a_smaller_frame_is_drawn_on_as_far_as_it_goes() -> None:
    picture = frame(16, 8)
    pixels = np.full((16, 32, 4), 255, np.uint8)
    Stamp(overlay(pixels), bt709=True, full_range=False).lay_over(picture)
    assert planes(picture)[0][7, 15] == 235
    Stamp(Overlay(400, 400, pixels, ()), bt709=True, full_range=False).lay_over(picture)


def test_the_matrix_is_guessed_by_the_height() -> None:
    assert not is_bt709(frame(64, 576))
    assert is_bt709(frame(64, 720))


def test_messages_are_read_as_they_were_written() -> None:
    settings = Settings("libx264", "fast", 0, 2.0, 2, 0, Look(max_lines=2))
    screens = [
        ScreenText(5, (TextBlock(("ә", "б"), (1, 2, 3)),)),
        ScreenText(None, ()),
        ScreenText(7, ()),
    ]
    assert read_settings(settings_message(settings)[5:]) == settings
    for screen in screens:
        assert read_screen(screen_message(screen)[5:]) == screen
    pipe = io.BytesIO(
        settings_message(settings)
        + screen_message(screens[0])
        + message(Kind.MEDIA, b"abcdef")
        + screen_message(screens[1])
        + screen_message(screens[2])
        + message(Kind.MEDIA, b"gh")
        + message(Kind.MEDIA, b"the end is missing")[:-3]
    )
    incoming = Incoming(pipe)
    assert incoming.settings() == settings
    assert incoming.read(4) == b"abcd"
    assert list(incoming.screens) == [screens[0]]
    assert incoming.read(100) == b"ef"
    assert incoming.read(100) == b"gh"
    assert list(incoming.screens) == screens[1:]  # what is urgent replaces what waits
    assert incoming.read(100) == b""
