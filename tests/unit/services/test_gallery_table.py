"""What ``dauys images`` prints."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import pytest
from dauys.client import Image

from services.command_line.gallery_commands import _print

NAME: Final = "images/" + "5a" * 16


def image(prompt: str) -> Image:
    """One of the list; what the table does not show is None."""
    shown: dict[str, Any] = {
        "name": NAME,
        "width": 1024,
        "height": 1024,
        "model": "starter-ornament",
        "seed": 5804614117510265,
        "prompt": prompt,
        "styles": (),
    }
    return Image(**{**dict.fromkeys(field.name for field in fields(Image)), **shown})


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_names_are_whole_and_prompts_are_cut(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    _print([image("қошқар [b]мүйіз "), image("blue " * 200)])
    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["name", "made", "size", "model", "seed", "prompt"]
    for line in (first, second):
        assert line.startswith(f"{NAME}  ")
        assert "1024 x 1024  starter-ornament  5804614117510265  " in line
    assert first.rstrip().endswith("қошқар [b]мүйіз")
    assert second.rstrip().endswith("blue…")
    assert len(second) < 200


def test_a_terminal_that_is_narrow_breaks_lines_rather_than_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    _print([image("blue " * 200)])
    assert NAME in capsys.readouterr().out
