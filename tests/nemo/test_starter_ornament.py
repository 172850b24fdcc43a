"""The model that ships: it draws what it is asked for, in three languages."""

from __future__ import annotations

import warnings
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("peft")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diffusers.pipelines.auto_pipeline  # noqa: F401

import torch
from diffusers import StableDiffusionPipeline

from foundation.errors import InvalidArgument
from foundation.images import ImageRequest, Picture
from models.catalogue import load_catalogue
from models.engines.base import CallContext, EngineOptions
from models.engines.diffusers_images import DiffusersEngine
from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.palette import colours
from models.recipes.starter_ornament.training.evaluate import asked, bank, drawn

pytestmark = pytest.mark.nemo
FOLDER = Path(str(files("models").joinpath("starter", "ornament")))


@pytest.fixture(scope="module")
def engine() -> DiffusersEngine:
    card = load_catalogue().get("starter-ornament")
    return DiffusersEngine.open(
        FOLDER, EngineOptions(languages=card.languages, settings=card.settings)
    )


def draw(engine: DiffusersEngine, prompt: str, seed: int) -> Picture:
    request = ImageRequest(prompt, width=192, height=192, seed=seed)
    return engine.generate(request, CallContext()).pictures[0]


@pytest.mark.parametrize(
    "prompt",
    [
        "қошқар мүйіз, көк және алтын",
        "бараний рог, синий и золотой",
        "ram's horn, blue and gold",
        "көк және алтын, бір сабақтан екі жаққа иірілген қошқар мүйіз ою, симметриялы",
    ],
)
def test_colours_are_those_of_the_prompt(engine: DiffusersEngine, prompt: str) -> None:
    picture = draw(engine, f"{prompt}, медальон", 3).reshape(-1, 3)
    seen, counts = np.unique(picture, axis=0, return_counts=True)
    two = {tuple(int(level) for level in seen[place]) for place in counts.argsort()[-2:]}
    assert two == {colours()["kok"].rgb, colours()["altyn"].rgb}
    # The figure is named first, and the ground is the larger part.
    assert tuple(int(level) for level in seen[counts.argmax()]) == colours()["altyn"].rgb


def test_a_seed_is_one_picture(engine: DiffusersEngine) -> None:
    first, again, other = (draw(engine, "гүл", seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    with pytest.raises(InvalidArgument, match="image"):
        engine.generate(ImageRequest("гүл", image=first), CallContext())


@pytest.mark.slow
def test_the_nearest_motif_is_mostly_the_one_asked_for() -> None:
    pipeline = StableDiffusionPipeline.from_pretrained(FOLDER, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    known = bank(10)
    right = []
    for motif in MOTIFS:
        prompts = [asked(motif, index) for index in range(3)]
        pictures = drawn(pipeline, prompts, 0, steps=20, guidance=2.0)
        right += [known.nearest(picture) == motif for picture in pictures]
    assert np.mean(right) >= 0.8
