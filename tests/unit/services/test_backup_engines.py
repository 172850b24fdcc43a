"""What ``--backup`` names."""

from __future__ import annotations

import pytest
import typer.testing

from foundation.errors import InvalidArgument
from services.command_line.backup_engines import BackupEngine, backup_engines
from services.command_line.main import app


def test_a_model_or_an_address() -> None:
    assert backup_engines(["whisper-base", "10.0.0.2:50051"]) == (
        BackupEngine(model="whisper-base"),
        BackupEngine(address="10.0.0.2:50051"),
    )


@pytest.mark.parametrize("text", ["host:", ":1", "host:0", "host:65536", "host:x", "host:٣"])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(InvalidArgument, match="--backup"):
        backup_engines([text])


def test_there_are_three_at_most() -> None:
    with pytest.raises(InvalidArgument, match="limit 3"):
        backup_engines(["a", "b", "c", "d"])


def test_a_recording_has_no_use_for_one() -> None:
    result = typer.testing.CliRunner().invoke(app, ["subtitle", "x.wav", "--backup", "any"])
    assert isinstance(result.exception, InvalidArgument)
    assert "--realtime" in str(result.exception)
