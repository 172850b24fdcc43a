"""What the command line says of a setting or a glossary that is no good."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import DauysError, FailedPrecondition, InvalidArgument
from services.command_line import runtime
from services.command_line.serve import serve


@pytest.mark.parametrize("value", ["nonsense", '{"tr": "whisper-base"}'])
def test_a_bad_setting_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAUYS_LANGUAGE_MODELS", value)
    with pytest.raises(InvalidArgument, match="language_models"):
        serve("")


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("DEFAULT_TRANSLATION_MODEL", "none", "no model 'none'"),
        ("DEFAULT_TRANSLATION_MODEL", "whisper-base", "is a speech-to-text model"),
        ("TRANSLATION_MODELS", '{"kk-ru": "none"}', "no model 'none'"),
        ("TRANSLATION_MODELS", '{"kk-ru": "kazrush-ru-kk"}', "does not translate kk-ru"),
        ("VOICES", '{"kk": "none"}', "no voice 'none'; there are: .*piper-kk-issai"),
        ("VOICES", '{"kk": "piper-ru-denis"}', "'piper-ru-denis' does not speak kk"),
        ("VOICES", '{"kk": "whisper-base"}', "is a speech-to-text model"),
        ("TRANSLATION_MODELS", '{"kk_ru": "kazrush-kk-ru"}', "'kk_ru' is not SOURCE-TARGET"),
    ],
)
def test_a_server_does_not_start_with_models_that_it_cannot_ask(
    setting: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAUYS_DEFAULT_TRANSLATION_MODEL", "")
    monkeypatch.setenv(f"DAUYS_{setting}", value)
    monkeypatch.setenv("DAUYS_PORT", "0")
    with pytest.raises(DauysError, match=f"DAUYS_{setting}: .*{reason}"):
        serve("")


def test_pages_beside_a_server_with_keys_want_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAUYS_API_KEY_SHA256", "5a" * 32)
    monkeypatch.delenv("DAUYS_GATEWAY_SERVER_API_KEY", raising=False)
    with pytest.raises(FailedPrecondition, match="set DAUYS_GATEWAY_SERVER_API_KEY"):
        serve("", port=0, gateway=0)


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
