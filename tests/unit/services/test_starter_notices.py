from __future__ import annotations

from pathlib import Path

from models.catalogue import Catalogue, load_catalogue
from services.command_line.runtime import starter_notices
from streaming.translation import Route, Step

_CARD = """
[[models]]
id = "{id}"
task = "translation"
languages = ["kk", "ru", "en"]
pairs = {pairs}
engine = "ctranslate2-translation"
license = "x"
commercial_use = {commercial}
starter = {starter}
size_bytes = 1
[models.files]
"model.bin" = {{}}
"""


def catalogue_of(tmp_path: Path, *cards: tuple[str, list[str], bool, bool]) -> Catalogue:
    path = tmp_path / "catalogue.toml"
    path.write_text(
        "".join(
            _CARD.format(
                id=name,
                pairs=pairs,
                commercial=str(commercial).lower(),
                starter=str(starter).lower(),
            )
            for name, pairs, commercial, starter in cards
        )
    )
    return load_catalogue(path)


def test_a_starter_is_named_with_what_to_pull_for_each_pair(tmp_path: Path) -> None:
    catalogue = catalogue_of(
        tmp_path,
        ("small", [], True, True),
        ("restricted", ["kk-ru", "ru-en"], False, False),
        ("kk-ru-large", ["kk-ru"], True, False),
    )
    routes = [Route((Step("small", "kk", "ru"),)), Route((Step("small", "ru", "en"),))]
    [notice] = starter_notices(catalogue, routes)
    assert notice.startswith("small is a small starter")
    assert "dauys models pull kk-ru-large restricted" in notice


def test_other_models_need_no_notice(tmp_path: Path) -> None:
    catalogue = catalogue_of(tmp_path, ("large", [], True, False))
    assert starter_notices(catalogue, [Route((Step("large", "kk", "ru"),))]) == []
