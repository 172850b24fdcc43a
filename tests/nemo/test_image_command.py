"""``dauys image`` as a user runs it, with a tiny pipeline of a real architecture."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
with warnings.catch_warnings():
    # It warns of itself when it is imported; our tests make warnings errors.
    warnings.simplefilter("ignore")
    import diffusers.pipelines.auto_pipeline  # noqa: F401

import c2pa
from PIL import Image

from tests.nemo.tiny_pipelines import build

pytestmark = pytest.mark.nemo

_CARD: Final = """
[[models]]
id = "tiny"
task = "image-generation"
languages = ["kk", "en"]
engine = "diffusers"
license = "CC0-1.0"
commercial_use = true
starter = true
size_bytes = 1
[models.settings]
steps = 4
side = 64
guidance = 3.0
[models.files]
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("command")
    folder = build("stable-diffusion", root / "mirror" / "tiny")
    names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    files = "".join(f'"{name}" = {{}}\n' for name in sorted(names))
    (root / "own.toml").write_text(_CARD + files, encoding="utf-8")
    return {
        **os.environ,
        "DAUYS_CATALOGUE": str(root / "own.toml"),
        "DAUYS_MODELS_DIR": str(root / "models"),
        "DAUYS_MODELS_MIRROR": str(root / "mirror"),
        "DAUYS_IMAGE_MODEL": "tiny",
        "DAUYS_IMAGE_IDENTITY_FOLDER": str(root / "certificate"),
        "DAUYS_DATABASE_URL": f"sqlite:///{root}/dauys.sqlite3",
    }


def dauys(
    environment: dict[str, str], folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.command_line.main", *arguments]
    repository = str(Path(__file__).parents[2])
    paths = [repository, *filter(None, [environment.get("PYTHONPATH")])]
    return subprocess.run(
        command,
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def pixels(path: Path) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(path).convert("RGB"))


def test_a_seed_draws_the_same_picture_in_two_runs(
    environment: dict[str, str], tmp_path: Path
) -> None:
    asked = ("image", "қошқар мүйіз, көк және алтын", "--size", "96x64", "--count", "2")
    for name in ("first", "second"):
        ended = dauys(environment, tmp_path, *asked, "--seed", "5", "--out", f"{name}.png")
        assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert ended.stderr == ""
    assert lines[0].startswith("second-1.png  96 x 64, tiny, seed 5, 4 steps, ")
    assert lines[1].startswith("second-2.png  96 x 64, tiny, seed 6, 4 steps, ")
    for number in (1, 2):
        first, second = (tmp_path / f"{name}-{number}.png" for name in ("first", "second"))
        assert np.array_equal(pixels(first), pixels(second))
        with c2pa.Reader("image/png", io.BytesIO(first.read_bytes())) as reader:
            assert reader.get_validation_state() == "Valid"
    assert not np.array_equal(pixels(tmp_path / "first-1.png"), pixels(tmp_path / "first-2.png"))
    told = dauys(environment, tmp_path, "provenance", "first-2.png")
    assert told.returncode == 0, told.stderr
    assert "seed         6" in told.stdout
    assert len(list(tmp_path.iterdir())) == 4


def test_what_the_libraries_say_of_a_long_prompt_is_not_told(
    environment: dict[str, str], tmp_path: Path
) -> None:
    prompt = "secret word " * 200
    ended = dauys(environment, tmp_path, "image", prompt, "--size", "64x64", "--out", "a.png")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == (
        "dauys: the prompt is longer than the model reads: it did not see the end\n"
    )


def test_what_else_the_libraries_say_is_told() -> None:
    say = (
        "import logging, warnings, models.engines.diffusers_images\n"
        "for name in ('diffusers.pipelines.any', 'transformers.any'):\n"
        "    logging.getLogger(name).error('%s is on fire', name)\n"
        "warnings.warn('the sky falls', FutureWarning)\n"
    )
    command = [sys.executable, "-c", say]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    assert "diffusers.pipelines.any is on fire" in ended.stderr
    assert "transformers.any is on fire" in ended.stderr
    assert "the sky falls" in ended.stderr
    assert len(ended.stderr.splitlines()) <= 4
