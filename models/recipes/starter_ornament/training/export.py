"""Write the trained parts as a pipeline of diffusers, float16 safetensors.

It prints what the catalogue's row says of the files.

python -m models.recipes.starter_ornament.training.export --out RUN --folder models/starter/ornament
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import torch
from diffusers import DPMSolverMultistepScheduler, StableDiffusionPipeline
from torch import nn
from transformers import CLIPTokenizer

from models.recipes.starter_ornament.training.train_autoencoder import autoencoder
from models.recipes.starter_ornament.training.train_denoiser import Codes, denoiser
from models.recipes.starter_ornament.training.train_text import text_encoder


def pipeline(out: Path) -> StableDiffusionPipeline:
    """The pipeline of a run's last checkpoints, in float32."""
    whole = nn.ModuleDict({"model": denoiser(), "codes": Codes()})
    whole.load_state_dict(torch.load(out / "denoiser.pt", weights_only=True)["average"])
    pictures = autoencoder()
    for part in ("decoder", "encoder"):
        state = torch.load(out / f"{part}.pt", weights_only=True)["part"]
        getattr(pictures, part).load_state_dict(state)
    pieces = CLIPTokenizer.from_pretrained(out / "tokenizer")
    text = text_encoder(pieces)
    text.load_state_dict(torch.load(out / "text.pt", weights_only=True)["model"])
    return StableDiffusionPipeline(
        vae=pictures.eval(),
        text_encoder=text.eval(),
        tokenizer=pieces,
        unet=whole["model"].eval(),
        scheduler=DPMSolverMultistepScheduler(
            num_train_timesteps=1000,
            beta_schedule="squaredcos_cap_v2",
            prediction_type="sample",
            timestep_spacing="trailing",
            final_sigmas_type="zero",
            steps_offset=1,
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def catalogue_lines(folder: Path) -> str:
    """What the catalogue's row says of the folder's files; the card is none of them."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    held = {path: path.read_bytes() for path in files if path.name != "README.md"}
    lines = [f"size_bytes = {sum(map(len, held.values())):_}", "[models.files]"]
    for path, content in held.items():
        digest = hashlib.sha256(content).hexdigest()
        name = path.relative_to(folder).as_posix()
        lines.append(f'"{name}" = {{ size = {len(content):_}, sha256 = "{digest}" }}')
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the options and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    made = pipeline(options.out)
    for part in (made.unet, made.vae, made.text_encoder):
        part.half()
    made.save_pretrained(options.folder, safe_serialization=True)
    sys.stdout.write(catalogue_lines(options.folder))


if __name__ == "__main__":
    main()
