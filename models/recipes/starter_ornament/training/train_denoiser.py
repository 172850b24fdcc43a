"""Train the denoiser on codes of attributes; the text encoder learns those codes afterwards.

    python -m models.recipes.starter_ornament.training.train_denoiser --out RUN --minutes 40

Two processes of one thread each share a step and average their gradients: on a machine that does
other work as well, threads that wait for each other at every operation would stand still.
"""

from __future__ import annotations

import argparse
import copy
import os
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
import torch.distributed as dist
from diffusers import DDIMScheduler, UNet2DConditionModel
from torch import nn

from models.recipes.starter_ornament.motifs import MOTIFS
from models.recipes.starter_ornament.palette import colours, schemes
from models.recipes.starter_ornament.training.checkpoints import save
from models.recipes.starter_ornament.training.latents import (
    CHANNELS,
    COLOURS,
    coloured,
    share_codes,
)
from models.recipes.starter_ornament.training.shapes import NATIVE, all_shapes

WIDTH: Final = 128
TOKENS: Final = 12
LAYOUTS: Final = tuple(NATIVE)
MOTIF_NAMES: Final = tuple(MOTIFS)
COLOUR_NAMES: Final = tuple(colours())
SIZES: Final = (len(MOTIF_NAMES), len(LAYOUTS), *(3 * (len(COLOUR_NAMES),)))
"""How many values each attribute has: motif, layout, figure, ground, accent. One more: unsaid."""


class Codes(nn.Module):  # type: ignore[misc,unused-ignore]
    """Attributes to the vector that the denoiser reads, of mean 0 and variance 1."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(size + 1, WIDTH) for size in SIZES)
        self.blank = nn.Parameter(torch.randn(WIDTH))
        """What stands at places where the text is not read to its end."""

    def forward(self, attributes: torch.Tensor) -> torch.Tensor:
        """``int64 [n, 5]`` to ``[n, WIDTH]``."""
        total = sum(table(attributes[:, place]) for place, table in enumerate(self.tables))
        return nn.functional.layer_norm(total, (WIDTH,))

    def blanks(self) -> torch.Tensor:
        """The blank, normalised alike."""
        return nn.functional.layer_norm(self.blank, (WIDTH,))


def denoiser() -> UNet2DConditionModel:
    """The denoiser: from 8 x 8 places down to one, where the picture is thought of whole."""
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=(64, 128, 192, 192),
        down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * 2, "DownBlock2D"),
        up_block_types=("UpBlock2D", *("CrossAttnUpBlock2D",) * 2, "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def scheduler() -> DDIMScheduler:
    """Noise by the cosine, down to none of the picture; the denoiser says the picture."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="sample",
        clip_sample=False,
        set_alpha_to_one=True,
        timestep_spacing="trailing",
    )


class Data:
    """Coloured latents by lot."""

    def __init__(self, codes: np.ndarray, seed: int) -> None:
        self.codes = codes
        self.shapes = all_shapes()
        self.rng = np.random.default_rng(seed)
        self.chances = np.full(len(self.shapes), 1 / len(self.shapes))
        self.labels = np.array(
            [(MOTIF_NAMES.index(s.motif), LAYOUTS.index(s.layout)) for s in self.shapes]
        )
        names = {name: place for place, name in enumerate(COLOUR_NAMES)}
        self.schemes = np.array([[names[c] for c in scheme] for scheme in schemes()])
        self.rgb = np.array([colours()[name].rgb for name in COLOUR_NAMES], float)
        self.scale = self._scale()

    def _scale(self) -> np.ndarray:
        state = np.random.default_rng(0)
        picks = state.integers(len(self.codes), size=2000)
        scheme = self.schemes[state.integers(len(self.schemes), size=2000)]
        raw = coloured(self.codes[picks], self.rgb[scheme])
        deviation = raw.std(axis=(0, 2, 3))
        deviation[:-COLOURS] **= 0.8
        return np.asarray(1 / deviation, np.float32)[:, None, None]

    def latents(self, shapes: np.ndarray, scheme: np.ndarray, jitter: bool = True) -> np.ndarray:
        """Latents of the shapes in the schemes, scaled; dyes vary a little where ``jitter``."""
        rgb = self.rgb[scheme]
        if jitter:
            rgb = np.clip(rgb + self.rng.integers(-4, 5, (len(rgb), 3, 1)), 0, 255)
        return np.asarray(coloured(self.codes[shapes], rgb) * self.scale)

    def batch(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents by lot, and the attributes that their prompt would say."""
        rng = self.rng
        shapes = rng.choice(len(self.codes), count, p=self.chances)
        scheme = self.schemes[rng.integers(len(self.schemes), size=count)]
        latents = self.latents(shapes, scheme)
        ground, figure, accent = scheme.T
        attributes = np.column_stack([self.labels[shapes], figure, ground, accent])
        unsaid = np.array(SIZES)
        # What a prompt may leave out: the accent mostly, then the ground, all colours, the motif.
        lot, part = rng.random(count), rng.random(count)
        attributes[rng.random(count) < 0.5, 4] = unsaid[4]
        attributes[lot < 0.20, 4] = unsaid[4]
        attributes[(lot < 0.20) & (part < 0.75), 3] = unsaid[3]
        attributes[(lot < 0.20) & (part > 0.35), 2] = unsaid[2]
        attributes[rng.random(count) < 0.04, 0] = unsaid[0]
        attributes[rng.random(count) < 0.08] = unsaid
        return torch.from_numpy(np.ascontiguousarray(latents)), torch.from_numpy(attributes)


def condition(codes: Codes, attributes: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Token vectors: blanks until the text is read, then what it says."""
    vector = codes(attributes)[:, None].expand(-1, TOKENS, -1)
    first = torch.randint(1, TOKENS, (len(attributes), 1), generator=generator)
    read = torch.arange(TOKENS)[None] >= first
    return torch.where(read[..., None], vector, codes.blanks().expand_as(vector))


def lot_of_times(count: int, generator: torch.Generator) -> torch.Tensor:
    """Times by lot, more of them where much noise hides the shape."""
    share = torch.rand(count, generator=generator)
    return (share**0.7 * 1000).long().clamp(0, 999)


def work(rank: int, options: argparse.Namespace) -> None:
    """One of the processes."""
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    out: Path = options.out
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ["MASTER_PORT"] = str(options.port)
    if options.workers > 1:
        dist.init_process_group("gloo", rank=rank, world_size=options.workers)
    cache = out / "codes.npy"
    codes_of_shapes = (
        np.load(cache)
        if cache.exists()
        else share_codes(np.stack([shape.shares() for shape in all_shapes()]))
    )
    model, codes = denoiser(), Codes()
    # The codes stay as the seed made them, so that the text encoder may learn them meanwhile.
    codes.requires_grad_(False)
    model.to(memory_format=torch.channels_last)
    whole = nn.ModuleDict({"model": model, "codes": codes})
    average = copy.deepcopy(whole)
    parameters = list(model.parameters())
    optimiser = torch.optim.AdamW(
        parameters, lr=options.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    start, spent = 0, 0.0
    checkpoint = out / "denoiser.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        whole.load_state_dict(state["whole"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        start, spent = state["step"], state["spent"]
    data = Data(codes_of_shapes, options.seed + 1000 * start + rank)
    lot = torch.Generator().manual_seed(options.seed + 1000 * start + rank)
    noise = scheduler()
    signal = noise.alphas_cumprod
    began = time.monotonic()
    saved = began
    step, shown, sums = start, time.monotonic(), []
    log = (out / "denoiser.log").open("a") if rank == 0 else None
    while True:
        done = (spent + time.monotonic() - began) / (60 * options.minutes)
        flag = torch.tensor([done])
        if options.workers > 1:
            dist.broadcast(flag, 0)
        done = float(flag)
        if done >= 1:
            break
        rate = options.rate * min(1, (step + 1) / 150)
        rate *= 1.0 if done < 0.35 else 0.04 + 0.96 * (1 - (done - 0.35) / 0.65)
        for group in optimiser.param_groups:
            group["lr"] = rate
        latents, attributes = data.batch(options.batch)
        times = lot_of_times(len(latents), lot)
        gauss = torch.randn(latents.shape, generator=lot)
        noisy = noise.add_noise(latents, gauss, times)
        said = model(
            noisy.to(memory_format=torch.channels_last), times, condition(codes, attributes, lot)
        ).sample
        ratio = signal[times] / (1 - signal[times])
        weight = (ratio.clamp(max=5.0) + 0.15).sqrt()[:, None, None, None]
        error = (said - latents) ** 2
        loss = (error * weight).mean()
        loss.backward()
        if options.workers > 1:
            flat = torch.cat([p.grad.reshape(-1) for p in parameters])
            dist.all_reduce(flat)
            torch.nn.utils.vector_to_parameters(
                flat / options.workers, [p.grad for p in parameters]
            )
        size = float(nn.utils.clip_grad_norm_(parameters, 1.0))
        optimiser.step()
        optimiser.zero_grad(set_to_none=False)
        step += 1
        decay = min(0.997, (1 + step) / (10 + step))
        if rank == 0:
            with torch.no_grad():
                torch._foreach_lerp_(list(average["model"].parameters()), parameters, 1 - decay)
        sums.append((float(loss.detach()), float(error.detach().mean()), size))
        if rank == 0 and step % 50 == 0:
            now = time.monotonic()
            seen = 50 * options.batch * options.workers / (now - shown)
            a, b, c = np.mean(sums, axis=0)
            print(
                f"{step} done {done:.3f} loss {a:.4f} mse {b:.4f} grad {c:.2f} {seen:.1f}/s",
                file=log,
                flush=True,
            )
            shown, sums = now, []
        if rank == 0 and time.monotonic() - saved > 120:
            save(
                checkpoint,
                step,
                spent + time.monotonic() - began,
                whole=whole,
                average=average,
                optimiser=optimiser,
            )
            saved = time.monotonic()
    if rank == 0:
        save(
            checkpoint,
            step,
            spent + time.monotonic() - began,
            whole=whole,
            average=average,
            optimiser=optimiser,
        )
    if options.workers > 1:
        dist.destroy_process_group()


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--batch", type=int, default=32, help="pictures a step and process")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=29531)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.workers > 1:
        torch.multiprocessing.spawn(work, (options,), nprocs=options.workers)
    else:
        work(0, options)


if __name__ == "__main__":
    main()
