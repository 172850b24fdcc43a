"""How a benchmark ends: the machine and the versions, on the console and in a JSON file."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.processor import processor

_PACKAGES = ("faster-whisper", "ctranslate2", "onnxruntime", "numpy")


def machine(more: Sequence[str] = ()) -> dict[str, str]:
    """What the figures were taken on; ``more``: further packages whose versions matter."""
    return {
        "cpu": processor(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: version(name) for name in (*_PACKAGES, *more)},
    }


def write_report(
    console: Console,
    folder: Path,
    name: str,
    content: dict[str, Any],
    packages: Sequence[str] = (),
) -> None:
    """Print the machine and write ``content`` with it to ``folder/name.json``."""
    facts = machine(packages)
    console.print(", ".join(f"{key} {value}" for key, value in facts.items()))
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": facts, **content}, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
