"""Draw the training pictures and their captions.

    python -m models.recipes.starter_ornament.draw --out DATA --count 40000 --pixels 128 --workers 2

``pictures.npy`` is uint8 [count, pixels, pixels, 3], opened as a memory map; ``captions.jsonl`` has
a line a picture: the ornament's fields and several captions in each language, so that training can
take another each time. Picture ``i`` is the ornament of seed ``first + i``: a run repeats itself,
and pictures from another range of seeds are held out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.recipes.starter_ornament.captions import LANGUAGES, caption
from models.recipes.starter_ornament.ornament import random_ornament


def drawn(seed: int, pixels: int) -> NDArray[np.uint8]:
    """The picture of one seed, uint8 [pixels, pixels, 3]."""
    return np.asarray(random_ornament(seed).draw(pixels))


def described(seed: int, captions: int) -> dict[str, Any]:
    """The ornament of a seed and ``captions`` captions in each language."""
    ornament = random_ornament(seed)
    texts = {}
    for number, language in enumerate(LANGUAGES):
        rng = np.random.default_rng([seed, number])
        texts[language] = [caption(ornament, language, rng) for _ in range(captions)]
    return {**asdict(ornament), "captions": texts}


def write(out: Path, seeds: range, pixels: int, captions: int, workers: int) -> None:
    """Draw and describe the ornaments of ``seeds`` into the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    pictures = np.lib.format.open_memmap(
        out / "pictures.npy", mode="w+", dtype=np.uint8, shape=(len(seeds), pixels, pixels, 3)
    )
    draw = partial(drawn, pixels=pixels)
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            _fill(pictures, pool.map(draw, seeds, chunksize=64))
    else:
        _fill(pictures, map(draw, seeds))
    pictures.flush()
    with (out / "captions.jsonl").open("w", encoding="utf-8") as file:
        for seed in seeds:
            file.write(json.dumps(described(seed, captions), ensure_ascii=False) + "\n")


def _fill(pictures: NDArray[np.uint8], drawings: Iterable[NDArray[np.uint8]]) -> None:
    for index, picture in enumerate(drawings):
        pictures[index] = picture


def main() -> None:
    """Read the options and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--pixels", type=int, default=128)
    parser.add_argument("--captions", type=int, default=4, help="captions a language")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.count)
    write(options.out, seeds, options.pixels, options.captions, options.workers)


if __name__ == "__main__":
    main()
