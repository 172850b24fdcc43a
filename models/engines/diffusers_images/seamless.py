"""Pictures that tile: a convolution at an edge sees the opposite edge instead of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn


def can_be_seamless(pipeline: Any) -> bool:
    """Is the denoiser convolutional? Transformers know each patch's place and make a seam."""
    return getattr(pipeline, "unet", None) is not None


@contextmanager
def circular(pipeline: Any) -> Iterator[None]:
    """Pad every convolution of denoiser and autoencoder around the edge, for as long as this lasts.

    The encoder's halving convolutions pad themselves outside the layer and stay as they are: an
    input image's last column is seen beside black.
    """
    changed = []
    try:
        for part in (pipeline.unet, pipeline.vae):
            for layer in part.modules():
                if isinstance(layer, nn.Conv2d) and layer.padding_mode == "zeros":
                    layer.padding_mode = "circular"
                    changed.append(layer)
        yield
    finally:
        for layer in changed:
            layer.padding_mode = "zeros"
