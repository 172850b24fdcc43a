"""Which voice speaks where a caller names none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from foundation.errors import InvalidArgument, NotFound
from models.catalogue import load_catalogue
from models.store import ModelStore
from services.server.settings import Settings
from services.text_to_speech.voices import default_voices, voice_plan

_VOICE = """
[[models]]
id = "{id}"
task = "{task}"
languages = {languages}
engine = "{engine}"
license = "MIT"
commercial_use = true
starter = {starter}
default = {default}
size_bytes = 1
[models.files]
"voice" = {{}}
"""


def voice(id_: str, languages: str, **more: Any) -> str:
    values = {"task": "text-to-speech", "engine": "piper", "starter": False, "default": False}
    values |= more
    flags = {name: str(value).lower() for name, value in values.items()}
    return _VOICE.format(id=id_, languages=str(languages.split()), **flags)


def store(tmp_path: Path, *voices: str, pulled: tuple[str, ...] = ()) -> ModelStore:
    path = tmp_path / "catalogue.toml"
    path.write_text("".join(voices), encoding="utf-8")
    made = ModelStore(tmp_path / "models", tmp_path / "mirror", load_catalogue(path))
    for name in pulled:
        (tmp_path / "mirror" / name).mkdir(parents=True)
        (tmp_path / "mirror" / name / "voice").write_bytes(b"x")
        made.pull(name)
    return made


def test_a_voice_that_is_here_comes_before_the_fallback(tmp_path: Path) -> None:
    voices = (
        voice("far", "kk"),
        voice("espeak", "kk ru en", engine="espeak", starter=True),
        voice("near", "kk"),
        voice("starter", "en", starter=True, default=True),
    )
    here = store(tmp_path, *voices, pulled=("near", "espeak"))
    assert default_voices(here, Settings()) == {"kk": "near", "ru": "espeak", "en": "starter"}


def test_what_was_pulled_needs_no_download_on_air(tmp_path: Path) -> None:
    voices = (voice("starter", "en", starter=True, default=True), voice("own", "en"))
    assert default_voices(store(tmp_path, *voices), Settings()) == {"en": "starter"}
    here = store(tmp_path, *voices, pulled=("own",))
    assert default_voices(here, Settings()) == {"en": "own"}


def test_the_operator_has_the_last_word(tmp_path: Path) -> None:
    voices = (
        voice("one", "kk", starter=True),
        voice("two", "kk"),
        voice("ear", "kk", task="speech-to-text"),
    )
    here = store(tmp_path, *voices)
    assert default_voices(here, Settings(voices={"kk": "two"})) == {"kk": "two"}
    with pytest.raises(NotFound, match="DAUYS_VOICES: no voice 'three'; there are: one, two"):
        default_voices(here, Settings(voices={"kk": "three"}))
    with pytest.raises(InvalidArgument, match="DAUYS_VOICES"):
        default_voices(here, Settings(voices={"kk": "ear"}))
    with pytest.raises(InvalidArgument, match="'one' does not speak ru"):
        default_voices(here, Settings(voices={"ru": "one"}))


def test_a_language_without_a_voice_names_those_that_can_be_had(tmp_path: Path) -> None:
    here = store(tmp_path, voice("far", "kk"), voice("joe", "en", starter=True))
    defaults = default_voices(here, Settings())
    with pytest.raises(NotFound, match=r"no voice on this server speaks kk; .* far"):
        voice_plan(here.catalogue, defaults, language="kk")
    with pytest.raises(NotFound, match=r"no voice on this server speaks ru$"):
        voice_plan(here.catalogue, defaults, language="ru")
    assert voice_plan(here.catalogue, defaults, language="en").voice == "joe"
    assert voice_plan(here.catalogue, defaults).voice == ""
