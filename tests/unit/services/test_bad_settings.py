"""What the command line says of a setting or a glossary that is no good."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import InvalidArgument
from services.command_line import runtime
from services.command_line.serve import serve


@pytest.mark.parametrize("value", ["nonsense", '{"tr": "whisper-base"}'])
def test_a_bad_setting_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAUYS_LANGUAGE_MODELS", value)
    with pytest.raises(InvalidArgument, match="language_models"):
        serve("")


def test_of_a_huge_glossary_only_the_beginning_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "huge.tsv"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    whole = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: pytest.fail(f"{whole} read it all"))
    with pytest.raises(InvalidArgument, match="are allowed"):
        runtime.finishing_config(path, verbatim=False, numbers="all", profanity="off")
