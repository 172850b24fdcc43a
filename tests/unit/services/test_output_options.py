"""Outputs as the command line is told of them, and tells of them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from foundation.errors import InvalidArgument
from services.command_line.output_options import collected, hls_spec
from services.command_line.outputs import docstrings, outputs
from streaming.delivery.kinds import KINDS, output_kind

app = typer.Typer()
app.command()(outputs)


def spec(folder: Path | None, **changes: Any) -> Any:
    options: dict[str, Any] = {
        "segment": 4,
        "window": 60,
        "hold": 6,
        "video": "none",
        "video_delay": None,
    }
    return hls_spec(folder, **{**options, **changes})


def test_all_outputs_of_a_command(tmp_path: Path) -> None:
    file = tmp_path / "o.toml"
    file.write_text('[[output]]\nkind = "hls"\nfolder = "c"\ntracks = ["ru"]\noffset = 1\n')
    specs = collected(spec(Path("a")), ["hls=b"], file, ("source", "ru"))
    assert [(each.name, str(each.root), each.offset_seconds) for each in specs] == [
        ("hls", "a", 0),
        ("hls-2", "b", 0),
        ("hls-3", "c", 1),
    ]


def test_a_track_that_the_session_has_not(tmp_path: Path) -> None:
    file = tmp_path / "o.toml"
    file.write_text('[[output]]\nkind = "hls"\nfolder = "c"\ntracks = ["kk"]\n')
    with pytest.raises(InvalidArgument) as refused:
        collected((), [], file, ("source", "ru"))
    assert refused.value.message == (
        "output 'hls': tracks: 'kk' is none of the session's: source, ru"
    )


def test_the_same_folder_twice() -> None:
    with pytest.raises(InvalidArgument, match="as 'hls' does"):
        collected(spec(Path("a")), ["hls=a"], None, ("source",))


def test_the_hls_options() -> None:
    assert spec(None) == ()
    with pytest.raises(InvalidArgument, match="--hls"):
        spec(None, video="copy")
    with pytest.raises(InvalidArgument, match="segment"):
        spec(None, segment=0)


def test_kinds_and_options_are_listed() -> None:
    listed = CliRunner().invoke(app, [])
    assert listed.exit_code == 0
    assert "hls=FOLDER" in listed.output
    options = CliRunner().invoke(app, ["hls"], terminal_width=200).output
    for said in ("segment_seconds", "none, copy", "required", "Length of a segment"):
        assert said in options


def test_options_are_shown_as_a_file_says_them() -> None:
    shown = CliRunner().invoke(app, ["webhook"], terminal_width=200).output
    assert shown.index("url ") < shown.index("timeout_seconds")  # what is required comes first
    for python in ("False", "()", "None", "('"):
        assert python not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_of_a_kind_is_described(kind: str) -> None:
    config = output_kind(kind).config
    assert {option.name for option in fields(config)} <= docstrings(config).keys()
