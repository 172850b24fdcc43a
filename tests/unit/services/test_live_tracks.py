"""Which translated tracks the command line is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import InvalidArgument, NotFound
from services.command_line.live_tracks import translated_tracks

_CATALOGUE = """
[[models]]
id = "kk-ru"
task = "translation"
languages = ["kk", "ru"]
pairs = ["kk-ru"]
engine = "ctranslate2-translation"
license = "Apache-2.0"
commercial_use = true
size_bytes = 1
[models.files]
"model.bin" = {}

[[models]]
id = "ru-en"
task = "translation"
languages = ["ru", "en"]
pairs = ["ru-en"]
engine = "ctranslate2-translation"
license = "Apache-2.0"
commercial_use = true
size_bytes = 1
[models.files]
"model.bin" = {}
"""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text(_CATALOGUE)
    monkeypatch.setenv("DAUYS_CATALOGUE", str(own))


def test_a_track_a_language_and_the_models_that_they_need(tmp_path: Path) -> None:
    terms = tmp_path / "terms.tsv"
    terms.write_text("акимат\tcity hall\n", encoding="utf-8")
    tracks = translated_tracks("kk, en", ("kk",), "kk-ru,ru-en", terms, "latin")
    assert tracks.names == ("kk", "en")
    assert [route.models for route in tracks.routes] == [("kk-ru", "ru-en")]
    assert tracks.latin


def test_speech_in_the_language_of_a_track_needs_no_model() -> None:
    tracks = translated_tracks("en", ("en",), "", None, "cyrillic")
    assert tracks.names == ("en",)
    assert tracks.routes == ()


def test_no_tracks_but_latin_letters() -> None:
    tracks = translated_tracks("", ("kk", "ru"), "", None, "latin")
    assert (tracks.names, tracks.latin) == ((), True)


@pytest.mark.parametrize(
    ("to", "languages", "model", "script", "field"),
    [
        ("tr", ("kk",), "kk-ru", "cyrillic", "--to"),
        ("ru,ru", ("kk",), "kk-ru", "cyrillic", "--to"),
        ("en", ("kk",), "kk-ru", "cyrillic", "--to"),
        ("ru", ("kk",), "whisper-base", "cyrillic", "--translation-model"),
        ("ru", ("kk",), "kk-ru", "arabic", "--script"),
        ("en", ("ru",), "ru-en", "latin", "--script"),
    ],
)
def test_what_cannot_be_done_is_refused(
    to: str, languages: tuple[str, ...], model: str, script: str, field: str
) -> None:
    with pytest.raises(InvalidArgument) as caught:
        translated_tracks(to, languages, model, None, script)  # type: ignore[arg-type]
    assert caught.value.field == field
    with pytest.raises(NotFound, match="nope"):
        translated_tracks("ru", ("kk",), "nope", None, "cyrillic")
