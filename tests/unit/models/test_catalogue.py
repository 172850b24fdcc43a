from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import InvalidArgument, NotFound
from models.catalogue import load_catalogue, safe_name

ENTRY = """
[[models]]
id = "tiny"
task = "translation"
languages = ["kk"]
engine = "none"
license = "CC-BY-NC-4.0"
commercial_use = false
size_bytes = 3
[models.files]
"a/b.bin" = {}
"""


def _load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "catalogue.toml"
    path.write_text(text)
    return load_catalogue(path)


def test_shipped_catalogue_is_sound() -> None:
    catalogue = load_catalogue()
    assert {card.id for card in catalogue.starters()} == {
        "whisper-base",
        "piper-en-us-joe",
        "espeak-ng",
        "starter-translator",
        "starter-ornament",
    }
    for card in catalogue:
        assert card.sources
        if card.pinned:
            assert card.size_bytes == sum(file.size or 0 for file in card.files)
        else:
            assert "Not run here" in card.notes
    for card in catalogue.starters():
        assert card.pinned
        assert not card.needs_acknowledgement


def test_unknown_model_lists_near_names() -> None:
    with pytest.raises(NotFound, match="did you mean whisper-base"):
        load_catalogue().get("whisper-bse")
    with pytest.raises(NotFound, match="there are: whisper-base, "):
        load_catalogue().get("@@@@")


def test_settings_of_the_engine_are_a_table(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY + '[models.settings]\ndecoder = "ctc"\ncontext = [70, 6]\n')
    settings = load_catalogue(path).get("tiny").settings
    assert settings == {"decoder": "ctc", "context": [70, 6]}
    with pytest.raises(InvalidArgument, match=r"catalogue.tiny.settings: is not a table"):
        _load(tmp_path, ENTRY.replace("size_bytes", 'settings = "fast"\nsize_bytes'))


def test_licence_that_forbids_commercial_use_needs_acknowledgement(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY)
    card = load_catalogue(path).get("tiny")
    assert card.needs_acknowledgement
    assert card.display_name == "tiny"
    assert card.names == ("a/b.bin",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "tiny"', 'id = "../tiny"'),
        ('"a/b.bin"', '"../b.bin"'),
        ('"a/b.bin"', '"/b.bin"'),
        ("= {}", '= { sha256 = "abc" }'),
        ("translation", "dancing"),
        ("size_bytes = 3", ""),
        ("size_bytes = 3", "size_bytes = 3\ncolour = 1"),
        ("[[models]]", "[[models"),
        (ENTRY, ENTRY + ENTRY),
        (ENTRY, ENTRY + '[[models.sources]]\nkind = "carrier pigeon"\n'),
    ],
)
def test_wrong_catalogue_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(InvalidArgument):
        _load(tmp_path, ENTRY.replace(old, new))


def test_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load_catalogue(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "/a", "a/../b", "a//b", "./a", "a\\b", "c:a", "a/"]
)
def test_unsafe_names(name: str) -> None:
    with pytest.raises(InvalidArgument):
        safe_name(name, "file")


@pytest.mark.parametrize("text", ["models = 3", 'models = ["tiny"]', 'models = "tiny"'])
def test_models_that_are_no_tables_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidArgument, match="models"):
        _load(tmp_path, text)


def test_a_catalogue_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="cannot be read"):
        load_catalogue(tmp_path)
