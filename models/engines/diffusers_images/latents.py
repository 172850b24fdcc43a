"""The unfinished picture: latents, made small and decoded."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch

from foundation.images import Picture

_PREVIEW_SIDE: Final = 256
"""Pixels; a preview of a picture of 1024 x 1024 costs a sixteenth of its decoding."""


def preview(pipeline: Any, latents: Any, width: int, height: int) -> Picture:
    """The first of the latents as a picture, its longer side at most 256 pixels.

    Args:
        pipeline: Its VAE is on the latents' device.
        latents: [count, channels, rows, columns], or packed as FLUX does.
        width: Of the picture to be, pixels.
        height: Likewise.
    """
    vae = pipeline.vae
    with torch.no_grad():
        one = latents[:1]
        if one.ndim == 3:
            one = pipeline._unpack_latents(one, height, width, pipeline.vae_scale_factor)
        longest = max(1, _PREVIEW_SIDE // pipeline.vae_scale_factor)
        factor = min(1.0, longest / max(one.shape[-2:]))
        if factor < 1.0:
            size = [max(1, round(side * factor)) for side in one.shape[-2:]]
            one = torch.nn.functional.adaptive_avg_pool2d(one.float(), size)
        shift = getattr(vae.config, "shift_factor", None) or 0.0
        decoded = vae.decode((one.to(vae.dtype) / vae.config.scaling_factor) + shift)[0]
        levels = ((decoded[0].float() / 2 + 0.5).clamp(0, 1) * 255).round()
        return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy().astype(np.uint8))
