"""The latent code of the starter model: lines and colours apart.

Each place stands for a block of 8 pixels. Its first channels are the lowest cosine components of
the share of figure and of accent in the block; the last nine are the colours of ground, figure and
accent, the same at every place. The denoiser so learns lines once, whatever their colours, and the
decoder learns to fill the lines with the colours.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 8
FIGURE: Final = tuple((u, v) for u in range(4) for v in range(4))
ACCENT: Final = tuple((u, v) for u in range(3) for v in range(3))
COLOURS: Final = 9
CHANNELS: Final = len(FIGURE) + len(ACCENT) + COLOURS


def basis(components: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    """Cosine components, ``[components, BLOCK, BLOCK]``, each of mean square 1."""
    at = (np.arange(BLOCK) + 0.5) * np.pi / BLOCK

    def wave(order: int) -> NDArray[np.float64]:
        return np.asarray(np.cos(order * at) * (np.sqrt(2) if order else 1.0))

    return np.stack([np.outer(wave(u), wave(v)) for u, v in components])


def share_codes(shares: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Components of ink shares ``uint8 [n, side, side, 3]``: ``float32 [n, 25, rows, columns]``."""
    cells = shares.shape[1] // BLOCK
    blocks = shares.reshape(len(shares), cells, BLOCK, cells, BLOCK, 3) / 255
    parts = [
        np.einsum("naibj,cij->ncab", blocks[..., ink], basis(components) / BLOCK**2, optimize=True)
        for ink, components in ((1, FIGURE), (2, ACCENT))
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def coloured(codes: NDArray[np.float32], inks: NDArray[np.float64]) -> NDArray[np.float32]:
    """Latents ``[n, CHANNELS, rows, columns]`` of lines in inks ``[n, 3 inks, 3]``, RGB 0..255.

    Not yet scaled to even variance.
    """
    flat = (inks / 127.5 - 1).reshape(len(inks), COLOURS, 1, 1)
    spread = np.broadcast_to(flat, (len(inks), COLOURS, *codes.shape[2:]))
    return np.concatenate([codes, spread], axis=1).astype(np.float32)
