"""Which motifs does the model draw when it is asked for them? The nearest motif drawn by rule says.

python -m models.recipes.starter_ornament.training.evaluate --folder FOLDER --pictures 24
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

from models.recipes.starter_ornament.captions import LANGUAGES, wording
from models.recipes.starter_ornament.likeness import Bank, bank_of
from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.palette import colours, dyed, schemes
from models.recipes.starter_ornament.training.shapes import FORMS, PIXELS, Shape
from models.recipes.starter_ornament.training.texts import words

_FIRST_FORM: Final = 1_000
"""Forms of the bank are others than those that the model learnt."""


def bank(per_motif: int = 16, seed: int = 0) -> Bank:
    """Bare motifs in forms that were not learnt, colours by lot."""
    rng = np.random.default_rng(seed)
    assert _FIRST_FORM >= FORMS
    return bank_of(
        (motif, _picture(Shape(motif, "motif", _FIRST_FORM + form), rng))
        for motif in MOTIFS
        for form in range(per_motif)
    )


def _picture(shape: Shape, rng: np.random.Generator) -> Image.Image:
    scheme = schemes()[int(rng.integers(len(schemes())))]
    inks = np.array([dyed(colours()[name].rgb, rng) for name in scheme])
    values = shape.shares(PIXELS).astype(float) / 255 @ inks
    return Image.fromarray(values.round().astype(np.uint8))


def asked(motif: str, index: int) -> str:
    """A prompt: the languages by turns, two colours by lot."""
    language = LANGUAGES[index % 3]
    rng = np.random.default_rng([index, len(motif)])
    ground, figure, _ = schemes()[int(rng.integers(len(schemes())))]
    named = words()["colours"][language]
    joint = {"kk": "және", "ru": "и", "en": "and"}[language]
    names = wording()["motifs"][motif][language]
    return f"{names[index // 3 % 2]}, {named[figure][0]} {joint} {named[ground][0]}"


def drawn(
    pipeline: Any, prompts: list[str], first: int, steps: int, guidance: float
) -> list[Image.Image]:
    """A picture of each prompt, as the pipeline gives it."""
    return list(
        pipeline(
            prompts,
            width=PIXELS,
            height=PIXELS,
            num_inference_steps=steps,
            guidance_scale=guidance,
            generator=[torch.Generator().manual_seed(first + i) for i in range(len(prompts))],
        ).images
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print a table of motifs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=24, help="of each motif")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=2.0)
    parser.add_argument("--sheet", type=Path, help="where to keep the pictures themselves")
    options = parser.parse_args()
    torch.set_num_threads(1)
    pipeline = StableDiffusionPipeline.from_pretrained(options.folder, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    known = bank()
    right, kept, began = 0, [], time.monotonic()
    _say("| motif | right | taken for |\n|---|---:|---|")
    for place, motif in enumerate(MOTIFS):
        prompts = [asked(motif, index) for index in range(options.pictures)]
        pictures = drawn(pipeline, prompts, 1_000 * place, options.steps, options.guidance)
        kept.append(pictures)
        names = [known.nearest(picture) for picture in pictures]
        hits = names.count(motif)
        right += hits
        wrong = sorted(set(names) - {motif}, key=names.count, reverse=True)
        _say(
            f"| {motif} | {hits} | {', '.join(f'{n} {names.count(n)}' for n in wrong)} |",
        )
    total = options.pictures * len(MOTIFS)
    _say(
        f"\nright: {right} of {total}, {100 * right / total:.1f} %; "
        f"{(time.monotonic() - began) / total:.2f} s a picture"
    )
    if options.sheet is not None:
        rows = [np.concatenate([np.asarray(p) for p in line], axis=1) for line in kept]
        Image.fromarray(np.concatenate(rows)).save(options.sheet)


if __name__ == "__main__":
    main()
