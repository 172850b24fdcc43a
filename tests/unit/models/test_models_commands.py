from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from foundation.errors import DauysError, FailedPrecondition, NotFound
from models import store as store_module
from models.catalogue import Catalogue
from services.command_line.models_commands import app
from tests.unit.models.hub_stand_in import HubState
from tests.unit.models.store_fixtures import HUB, assert_whole, card


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store whose catalogue has one small model, on the loopback hub."""
    catalogue = Catalogue((card(HUB, commercial_use=False, license="CC-BY-NC-4.0"),))
    monkeypatch.setattr(store_module, "load_catalogue", lambda: catalogue)
    monkeypatch.setenv("DAUYS_MODELS_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "store"


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _fail(*arguments: str) -> DauysError:
    with pytest.raises(DauysError) as raised:
        _run(*arguments)
    return raised.value


def test_from_list_to_remove(root: Path, hub: HubState, tmp_path: Path) -> None:
    assert "available" in _run("list")
    assert "no model is on this machine" in _run("verify")
    assert isinstance(_fail("pull", "tiny"), FailedPrecondition)
    assert str(root / "tiny") in _run("pull", "tiny", "--accept-license")
    assert_whole(root / "tiny")
    assert "pulled" in _run("list", "--pulled")
    assert "tiny" not in _run("list", "--task", "translation")
    assert "CC-BY-NC-4.0 (no commercial use; must be accepted" in _run("show", "tiny")
    assert "tiny: sound" in _run("verify")
    file = tmp_path / "tiny.tar"
    assert "1.1 MB" in _run("bundle", "tiny", "-o", str(file))
    assert "tiny: removed" in _run("remove", "tiny")
    assert "tiny: was not here" in _run("remove", "tiny")
    assert "imported: tiny" in _run("import", str(file))
    assert_whole(root / "tiny")


def test_verify_names_what_is_damaged(root: Path, hub: HubState) -> None:
    _run("pull", "tiny", "--accept-license")
    (root / "tiny/config.json").write_bytes(b"{}")
    assert "model tiny is damaged" in _fail("verify").message


def test_unknown_id_stops_before_any_pull(root: Path, hub: HubState) -> None:
    error = _fail("pull", "tiny", "tinny", "--accept-license")
    assert isinstance(error, NotFound)
    assert hub.ranges == []
