"""Voices of the catalogue: what is offered, and how they are pulled from the hub."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from foundation.errors import FailedPrecondition, InvalidArgument
from models.catalogue import Catalogue, HubSource, ModelFile, load_catalogue
from models.store import ModelState, ModelStore
from models.voices import voice_cards, voice_of
from tests.unit.models.hub_stand_in import HubState

CATALOGUE = load_catalogue()


def test_every_language_has_a_man_and_a_woman_that_may_be_sold() -> None:
    offered = list(map(voice_of, voice_cards(CATALOGUE)))
    for language in ("kk", "en"):
        genders = {
            speaker.gender
            for voice in offered
            if language in voice.capabilities.languages and voice.commercial_use
            for speaker in voice.speakers
            if voice.id != "espeak-ng"
        }
        assert genders >= {"male", "female"}
    # Of Piper's Russian women none has a licence that allows it: only espeak-ng's register does.
    assert {voice.id for voice in offered if "ru" in voice.capabilities.languages} == {
        "piper-ru-denis",
        "piper-ru-dmitri",
        "piper-ru-irina",
        "piper-ru-ruslan",
        "mms-tts-rus",
        "espeak-ng",
    }


def test_a_voice_is_known_before_it_is_pulled() -> None:
    voice = voice_of(CATALOGUE.get("piper-kk-issai"))
    assert len(voice.speakers) == 6
    assert voice.speakers[0].id == "ISSAI_KazakhTTS2_M2"
    capabilities = voice.capabilities
    assert (capabilities.languages, capabilities.accents) == (("kk",), ("ru", "en"))
    assert (capabilities.sample_rate, capabilities.input) == (22_050, "phonemes")
    assert capabilities.streaming
    letters = voice_of(CATALOGUE.get("mms-tts-kaz")).capabilities
    assert (letters.input, letters.accents, letters.streaming) == ("graphemes", (), False)
    with pytest.raises(InvalidArgument, match="no voice but a model for speech-to-text"):
        voice_of(CATALOGUE.get("whisper-base"))


@pytest.mark.parametrize(
    "voice", list(map(voice_of, voice_cards(CATALOGUE))), ids=lambda voice: voice.id
)
def test_licences_that_forbid_commerce_must_be_accepted(voice: object) -> None:
    model = CATALOGUE.get(voice.id)  # type: ignore[attr-defined]
    restricted = "NC" in model.license or "unknown" in model.license
    assert model.commercial_use is not restricted
    assert model.needs_acknowledgement is restricted


def test_every_piper_voice_lies_where_its_name_says() -> None:
    """``FAMILY/LANGUAGE_REGION/NAME/QUALITY/LANGUAGE_REGION-NAME-QUALITY.onnx``."""
    piper = [model for model in CATALOGUE if model.engine == "piper"]
    assert len(piper) == 11
    for model in piper:
        (source,) = (one for one in model.sources if isinstance(one, HubSource))
        family, region, name, quality = source.folder.split("/")
        assert source.repository == "rhasspy/piper-voices"
        assert region.startswith(f"{family}_")
        assert (family,) == model.languages
        stem = f"{region}-{name}-{quality}"
        assert set(model.names) >= {f"{stem}.onnx", f"{stem}.onnx.json"}
        assert set(model.names) <= {f"{stem}.onnx", f"{stem}.onnx.json", "MODEL_CARD"}
        rate = voice_of(model).capabilities.sample_rate
        assert rate == (16_000 if quality == "x_low" else 22_050)


def test_piper_voices_lie_in_folders_of_the_hub(tmp_path: Path, hub: HubState) -> None:
    """Pulled from a stand-in: other bytes than the real ones, so unpinned here."""
    real = CATALOGUE.get("piper-kk-issai")
    unpinned = replace(real, files=tuple(ModelFile(name) for name in real.names))
    for name in real.names:
        hub.files[f"kk/kk_KZ/issai/high/{name}"] = name.encode()
    store = ModelStore(tmp_path / "store", None, Catalogue((unpinned,)))
    folder = store.pull(real.id)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        name: name.encode() for name in ("kk_KZ-issai-high.onnx", "kk_KZ-issai-high.onnx.json")
    }
    assert store.state(real.id) is ModelState.PULLED
    # As pinned, the same bytes are refused.
    pinned = ModelStore(tmp_path / "other", None, Catalogue((real,)))
    with pytest.raises(FailedPrecondition, match=r"wrong hash of kk_KZ-issai-high\.onnx"):
        pinned.pull(real.id)


@pytest.mark.parametrize("folder", ["../up", "/top", "a//b", ""])
def test_a_folder_of_the_hub_is_a_plain_path(tmp_path: Path, folder: str) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(f"""
[[models]]
id = "tiny"
task = "text-to-speech"
languages = ["kk"]
engine = "piper"
license = "MIT"
commercial_use = true
size_bytes = 3
[models.files]
"a.onnx" = {{}}
[[models.sources]]
kind = "hub"
repository = "a/b"
folder = "{folder}"
""")
    with pytest.raises(InvalidArgument, match="folder"):
        load_catalogue(path)
