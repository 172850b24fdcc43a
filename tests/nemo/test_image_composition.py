"""Pictures of any size from a square of one motif, drawn here by rule."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("peft")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diffusers.pipelines.auto_pipeline  # noqa: F401

from foundation.images import Picture
from models.engines.diffusers_images.composition import LAYOUTS, Layout, composed, named_layout
from models.engines.diffusers_images.enlarging import flat
from models.recipes.starter_ornament.palette import colours
from models.recipes.starter_ornament.training.shapes import Shape

pytestmark = pytest.mark.nemo

WORDS = {
    "frame": ["жақтау", "рамка", "title card frame"],
    "band": ["жиек", "бордюр", "border"],
    "single": ["медальон"],
}


def square(motif: str, *names: str) -> Picture:
    inks = np.array([colours()[name].rgb for name in names])
    shares = Shape(motif, "motif", 0).shares().astype(float) / 255
    return np.asarray((shares @ inks).round(), np.uint8)


RAM = square("qoshqar_muiz", "kok", "altyn", "aq")


@pytest.mark.parametrize("motif", ["qoshqar_muiz", "juldyz", "kun", "su"])
def test_the_inks_are_found_and_nothing_is_lost(motif: str) -> None:
    picture = square(motif, "kok", "altyn", "aq")
    read = flat(picture)
    wanted = {colours()[name].rgb for name in ("kok", "altyn", "aq")}
    assert {tuple(int(level) for level in ink) for ink in read.inks.round()} == wanted
    again = np.einsum("khw,kc->hwc", read.shares, read.inks)
    assert np.abs(again - picture).mean() < 3
    large = composed(picture, 256, 256, "tile")
    # Flat: all but the edges has one of the inks.
    apart = np.abs(large[..., None, :].astype(int) - read.inks.round().astype(int)).max(-1).min(-1)
    assert (apart <= 1).mean() > 0.8


@pytest.mark.parametrize("size", [(512, 512), (1024, 576), (1200, 628), (496, 702), (64, 64)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_at_every_shape(layout: Layout, size: tuple[int, int]) -> None:
    picture = composed(RAM, *size, layout)
    assert picture.shape == (size[1], size[0], 3)
    assert picture.dtype == np.uint8
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 2


@pytest.mark.parametrize("size", [(512, 512), (1024, 576), (600, 314)])
def test_tiles_fit_their_opposite_edges(size: tuple[int, int]) -> None:
    picture = composed(RAM, *size, "tile").astype(int)
    columns = np.abs(np.diff(picture, axis=1, append=picture[:, :1])).mean(axis=(0, 2))
    rows = np.abs(np.diff(picture, axis=0, append=picture[:1])).mean(axis=(1, 2))
    assert columns[-1] <= columns[:-1].max()
    assert rows[-1] <= rows[:-1].max()


def test_a_frame_is_symmetric_and_leaves_its_middle() -> None:
    picture = composed(RAM, 960, 540, "frame")
    assert np.array_equal(picture, picture[:, ::-1])
    assert np.array_equal(picture, picture[::-1])
    middle = picture[150:-150, 150:-150].reshape(-1, 3)
    assert len(np.unique(middle, axis=0)) == 1


def test_layouts_are_asked_for_by_words() -> None:
    assert named_layout("қошқар мүйіз, көк және алтын", WORDS) == "tile"
    assert named_layout("Қошқар мүйіз, титр жақтауы", WORDS) == "frame"
    assert named_layout("Бордюр: бараний рог", WORDS) == "band"
    # The longer word is the better sign.
    assert named_layout("border of a title card frame", WORDS) == "frame"
