"""Ornaments by rule: symmetry, seams, seeds, captions, and the nearest-motif check."""

from __future__ import annotations

import json
from pathlib import Path as FilePath

import numpy as np
import pytest
from PIL import Image

from foundation.errors import InvalidArgument
from models.recipes.starter_ornament.borders import interlocked_horns, period_by_height
from models.recipes.starter_ornament.captions import LANGUAGES, caption, wording
from models.recipes.starter_ornament.contact_sheet import SHEET
from models.recipes.starter_ornament.curves import Ink, Path, all_points
from models.recipes.starter_ornament.draw import write
from models.recipes.starter_ornament.layouts import LAYOUTS
from models.recipes.starter_ornament.likeness import procedural_bank
from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.ornament import TEXTURES, Ornament, random_ornament
from models.recipes.starter_ornament.palette import (
    LEAST_FIGURE_CONTRAST,
    colours,
    contrast,
    schemes,
)
from models.recipes.starter_ornament.rendering import painted
from models.recipes.starter_ornament.spacing import wedge_fitted

# Those that are not their own mirror image: a single scroll, running water.
ONE_SIDED = {"synar_muiz", "su"}


@pytest.mark.parametrize("motif", MOTIFS)
def test_a_motif_is_its_own_mirror_image(motif: str) -> None:
    inks = {Ink.GROUND: (255, 255, 255), Ink.FIGURE: (0, 0, 0), Ink.ACCENT: (255, 0, 0)}
    for seed in range(3):
        drawing = MOTIFS[motif](np.random.default_rng(seed))
        assert np.isfinite(all_points(drawing)).all()
        picture = np.asarray(painted(drawing, inks, 96, 96), dtype=float)
        differs = np.abs(picture - picture[:, ::-1]).mean()
        if motif in ONE_SIDED:
            assert differs > 5
        elif motif != "juldyz":
            assert differs < 1.6, (motif, seed)
        # Neither a speck nor a blot.
        assert 0.08 < (picture.mean(axis=2) < 200).mean() < 0.85


def test_the_turns_of_a_curl_lie_evenly() -> None:
    """An involute: seen from its centre, each turn lies one pitch inside the last."""
    pitch, turns = 0.3, 3
    points = Path(0, 0, np.pi / 2).curl(0.2 + pitch * turns, 0.2, -2 * np.pi * turns).points
    step = 90  # points of a full turn
    centre = np.array((0.2 + pitch * turns, pitch / (2 * np.pi)))
    radii = np.hypot(*(points - centre).T)
    falls = radii[: -step - 1] - radii[step:-1]
    assert falls == pytest.approx(pitch, rel=0.03)


def test_interlocked_horns_leave_a_ground_of_the_same_shape() -> None:
    """Half a turn about a curl's centre changes figure and ground."""
    turns = 1.25
    ratio = period_by_height(turns)
    band = interlocked_horns(turns, 2, -2 * ratio, 2 * ratio, 1.0)
    inks = {Ink.GROUND: (0, 0, 0), Ink.FIGURE: (255, 255, 255)}
    width, height = 4 * round(ratio * 100), 200
    figure = np.asarray(painted(band, inks, width, height).convert("L"), dtype=float) / 255
    turned = np.roll(figure[::-1, ::-1], width // 4, axis=1)
    best = min(
        np.abs(np.roll(turned, shift, axis=1) - (1 - figure)).mean() for shift in range(-3, 4)
    )
    assert best < 0.03
    assert figure.mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("count", [4, 6, 8])
def test_copies_in_a_rosette_keep_to_their_wedges(count: int) -> None:
    unit = wedge_fitted(MOTIFS["qos_muiz"](np.random.default_rng(1)), count, 0.15, 0.04)
    points = all_points(unit)
    angles = np.arctan2(points[:, 0], points[:, 1])
    assert np.abs(angles).max() < np.pi / count


@pytest.mark.parametrize("motif", MOTIFS)
def test_a_tile_has_no_seam(motif: str) -> None:
    """Across the wrapped edge the picture changes no more than it does anywhere inside."""
    for seed, texture in ((1, "plain"), (2, "felt"), (3, "weave")):
        ornament = Ornament(motif, "tile", "aq", "kok", "qyzyl", texture, seed)
        tile = np.asarray(ornament.draw(144), dtype=float)
        for axis in (0, 1):
            steps = np.abs(tile - np.roll(tile, 1, axis=axis)).mean(axis=(1 - axis, 2))
            assert steps[0] <= steps[1:].max() * 1.02 + 1.0, (motif, texture, axis)


def test_a_seed_gives_the_same_picture_and_another_seed_another() -> None:
    pictures = {}
    for seed in range(24):
        first, again = random_ornament(seed), random_ornament(seed)
        assert first == again
        pixels = first.draw(48).tobytes()
        assert pixels == again.draw(48).tobytes()
        pictures[pixels] = seed
    assert len(pictures) == 24


def test_colours_change_no_line() -> None:
    first = Ornament("gul", "rosette", "aq", "kok", "qyzyl", "plain", 5)
    other = Ornament("gul", "rosette", "sary", "jasyl", "kureng", "plain", 5)
    dark = [np.asarray(ornament.draw(96).convert("L")) < 145 for ornament in (first, other)]
    assert 0.1 < dark[0].mean() < 0.6
    assert (dark[0] != dark[1]).mean() < 0.02


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_fills_wide_and_large_pictures(layout: str) -> None:
    size = (256, 256) if layout == "tile" else (320, 180)
    picture = Ornament("qoshqar_muiz", layout, "kok", "altyn", "aq", "plain", 2).draw(*size)
    assert picture.size == size
    counts = sorted(count for count, _ in picture.getcolors(1 << 20) or [])
    assert counts[-2] > 0.05 * size[0] * size[1]


def test_1024_pixels_can_be_drawn() -> None:
    picture = Ornament("qos_muiz", "tile", "kok", "altyn", "aq", "plain", 2).draw(1024)
    assert picture.size == (1024, 1024)
    small = picture.resize((128, 128), Image.Resampling.BOX)
    other = Ornament("qos_muiz", "tile", "kok", "altyn", "aq", "plain", 2).draw(128)
    assert np.abs(np.asarray(small, dtype=int) - np.asarray(other)).mean() < 3


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("motif", {"motif": "dragon"}),
        ("layout", {"layout": "spiral"}),
        ("ground", {"ground": "pink"}),
        ("texture", {"texture": "silk"}),
        ("seed", {"seed": -1}),
    ],
)
def test_unknown_names_are_refused(field: str, change: dict[str, object]) -> None:
    known = {"motif": "gul", "layout": "tile", "ground": "aq", "figure": "kok", "accent": "qara"}
    with pytest.raises(InvalidArgument, match=f"^{field}: "):
        Ornament(**{**known, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(0, 64), (64, 20000), (64, 128)])
def test_sizes_that_cannot_be_drawn_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidArgument, match=r"^(width|height): "):
        Ornament("gul", "tile", "aq", "kok", "qara").draw(*size)


def test_schemes_are_many_and_can_be_read() -> None:
    named = colours()
    assert len(schemes()) > 300
    for ground, figure, accent in schemes():
        assert contrast(named[ground].rgb, named[figure].rgb) >= LEAST_FIGURE_CONTRAST
        assert len({ground, figure, accent}) == 3


def test_captions_name_what_is_shown_and_vary() -> None:
    words = wording()
    assert set(words["motifs"]) == set(MOTIFS)
    assert set(words["layouts"]) == set(LAYOUTS)
    assert set(words["textures"]) == set(TEXTURES)
    for language in LANGUAGES:
        seen = set()
        for seed in range(60):
            ornament = random_ornament(seed)
            text = caption(ornament, language, np.random.default_rng(seed))
            assert any(name in text for name in words["motifs"][ornament.motif][language])
            assert ", ," not in text
            assert text == text.strip(" ,")
            seen.add(text)
        assert len(seen) > 55


def test_training_pictures_are_written_with_their_captions(tmp_path: FilePath) -> None:
    write(tmp_path, range(7, 12), pixels=32, captions=3, workers=1)
    pictures = np.load(tmp_path / "pictures.npy", mmap_mode="r")
    lines = (tmp_path / "captions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 5
    assert pictures.shape == (5, 32, 32, 3)
    for index, row in enumerate(rows):
        texts = row.pop("captions")
        assert {
            language: len(set(texts[language])) >= 2 for language in LANGUAGES
        } == dict.fromkeys(LANGUAGES, True)
        assert Ornament(**row) == random_ornament(7 + index)
        assert np.array_equal(pictures[index], np.asarray(Ornament(**row).draw(32)))


def test_the_sheet_shows_every_motif_and_layout() -> None:
    assert len(SHEET) == 24
    assert {ornament.motif for ornament in SHEET} == set(MOTIFS)
    assert {ornament.layout for ornament in SHEET} == set(LAYOUTS)


def test_the_nearest_motif_is_the_right_one() -> None:
    """Other seeds, colours and textures than the bank's, single motifs and bands."""
    right = asked = 0
    for layout in ("single", "band"):
        bank = procedural_bank((layout,), per_motif=10)
        for motif in MOTIFS:
            for seed in range(70_000, 70_003):
                picture = random_ornament(seed, (motif,), (layout,)).draw(96)
                right += bank.nearest(picture) == motif
                asked += 1
    assert right / asked >= 0.95, f"{right} of {asked}"
