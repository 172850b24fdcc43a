from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_step_leaves_no_half_image(
    database_url: str, tmp_path: Path
) -> None:
    module = "tests.unit.services.image_generation.killed_gallery"
    done = subprocess.run(
        [sys.executable, "-m", module, database_url, str(tmp_path / "images")],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = {name: int(count) for name, count in re.findall(r"(\w+): killed at (\d+)", done.stdout)}
    assert steps.keys() == {"add", "delete"}
    least = {"add": 20, "delete": 10} if "sqlite" in database_url else {"add": 4, "delete": 4}
    assert all(steps[name] >= count for name, count in least.items()), steps  # all were watched
