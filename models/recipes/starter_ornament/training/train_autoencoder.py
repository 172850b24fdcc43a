"""Train the decoder to draw crisp pictures from latents, and the encoder to give those latents.

    python -m models.recipes.starter_ornament.training.train_autoencoder --out RUN --minutes 12

The latent code is fixed (``latents``), so this needs nothing of the denoiser and may run beside it.
The decoder sees latents with noise on them: it forgives what the denoiser leaves.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
from diffusers import AutoencoderKL

from models.recipes.starter_ornament.training.checkpoints import save
from models.recipes.starter_ornament.training.latents import CHANNELS, coloured, share_codes
from models.recipes.starter_ornament.training.shapes import PIXELS, all_shapes
from models.recipes.starter_ornament.training.train_denoiser import Data

_VARIANCE: Final = -12.0
"""Logarithm of the encoder's variance: it says one code."""


def autoencoder() -> AutoencoderKL:
    """Eight pixels to a place, narrow where there are many pixels."""
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=CHANNELS,
        block_out_channels=(16, 32, 64, 96),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=1,
        sample_size=PIXELS,
        scaling_factor=1.0,
        use_quant_conv=False,
        use_post_quant_conv=False,
        mid_block_add_attention=False,
    )


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=("decoder", "encoder"), default="decoder")
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    out: Path = options.out
    shares = np.stack([shape.shares() for shape in all_shapes()])
    cache = out / "codes.npy"
    data = Data(np.load(cache) if cache.exists() else share_codes(shares), options.seed)
    part = getattr(autoencoder(), options.part).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(part.parameters(), lr=options.rate, betas=(0.9, 0.99))
    checkpoint = out / f"{options.part}.pt"
    step, spent = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        part.load_state_dict(state["part"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
    data.rng = np.random.default_rng([options.seed, step])
    began = saved = shown = time.monotonic()
    sums = []
    with (out / f"{options.part}.log").open("a") as log:
        while True:
            done = (spent + time.monotonic() - began) / (60 * options.minutes)
            if done >= 1:
                break
            rate = (
                options.rate * min(1, (step + 1) / 100) * (0.02 + 0.98 * min(1, 1.6 * (1 - done)))
            )
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = _loss(part, options.part, data, shares, options.batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(part.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            step += 1
            sums.append(float(loss.detach()))
            if step % 50 == 0:
                now = time.monotonic()
                speed = 50 * options.batch / (now - shown)
                print(
                    f"{step} done {done:.3f} loss {np.mean(sums):.4f} {speed:.1f}/s",
                    file=log,
                    flush=True,
                )
                shown, sums = now, []
            if time.monotonic() - saved > 60:
                save(
                    checkpoint,
                    step,
                    spent + time.monotonic() - began,
                    part=part,
                    optimiser=optimiser,
                )
                saved = time.monotonic()
    save(checkpoint, step, spent + time.monotonic() - began, part=part, optimiser=optimiser)


def _loss(
    part: torch.nn.Module, name: str, data: Data, shares: np.ndarray, count: int
) -> torch.Tensor:
    rng = data.rng
    shapes = rng.choice(len(shares), count, p=data.chances)
    scheme = data.schemes[rng.integers(len(data.schemes), size=count)]
    inks = data.rgb[scheme] + rng.integers(-4, 5, (count, 3, 1))
    latents = torch.from_numpy(coloured(data.codes[shapes], inks) * data.scale)
    colours = (inks / 127.5 - 1).astype(np.float32)
    pictures = np.einsum("nhwk,nkc->nchw", shares[shapes].astype(np.float32) / 255, colours)
    wanted = torch.from_numpy(np.ascontiguousarray(pictures)).to(memory_format=torch.channels_last)
    if name == "encoder":
        mean, variance = part(wanted).chunk(2, dim=1)
        return (mean - latents).abs().mean() + 1e-3 * (variance - _VARIANCE).abs().mean()
    noise = torch.randn(latents.shape) * torch.rand(count, 1, 1, 1) * 0.25
    said = part(latents + noise)
    error = (said - wanted).abs().mean()
    down = (said.diff(dim=2) - wanted.diff(dim=2)).abs().mean()
    across = (said.diff(dim=3) - wanted.diff(dim=3)).abs().mean()
    return error + 0.5 * (down + across)


if __name__ == "__main__":
    main()
