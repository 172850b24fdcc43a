"""Tiny translation checkpoints of each family, with the weights that are kept of them.

Results are kept between runs in a folder named by the hash of what they are made of.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock
from safetensors.torch import load_file

from tests.nemo.tiny_weights import TRANSLATION_SOURCES, digest, keep, kept, weights_file
from tests.nemo.translator_families import FAMILIES, Family, build


def families() -> Path:
    """The checkpoints, one folder each, written now or before."""
    sources = [Path(__file__), Path(__file__).with_name("translator_families.py")]
    sources += [weights_file(family.name) for family in FAMILIES]
    made_of = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    cache = os.environ.get("DAUYS_TEST_CACHE") or platformdirs.user_cache_dir("dauys-tests")
    root = Path(cache) / f"tiny-translators-{made_of[:16]}"
    root.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(root.with_suffix(".lock")):
        if not root.is_dir():
            with tempfile.TemporaryDirectory(dir=root.parent) as work:
                for family in FAMILIES:
                    _write(family, Path(work) / "models" / family.name)
                (Path(work) / "models").rename(root)
    return root


def _write(family: Family, folder: Path) -> None:
    """A checkpoint as transformers saves it.

    Raises:
        RuntimeError: the weights kept are of another network.
    """
    folder.mkdir(parents=True)
    model, _ = family.build(folder, family)
    found = model.load_state_dict(kept(family.name), strict=False)
    model.tie_weights()
    if found.unexpected_keys or not _may_miss(model, found.missing_keys):
        raise RuntimeError(f"{family.name}: learnt by another network: {found}: make tiny-weights")
    model.save_pretrained(folder)


def _may_miss(model: Any, missing: list[str]) -> bool:
    """Whether what a file of weights leaves out is tied to what it has, or computed."""
    state = model.state_dict()
    there = {value.data_ptr() for key, value in state.items() if key not in missing}
    learnt = [key for key in missing if not key.endswith(".embed_positions.weight")]  # sinusoids
    return all(state[key].data_ptr() in there for key in learnt)


def renew() -> None:
    """Train, and keep what was learnt."""
    recipe = digest(TRANSLATION_SOURCES)
    with tempfile.TemporaryDirectory() as work:
        for family in FAMILIES:
            folder = Path(work) / family.name
            build(family, folder)
            keep(family.name, load_file(folder / "model.safetensors"), recipe=recipe)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", action="store_true", required=True)
    parser.parse_args()
    renew()
