"""The EBU's schema for documents that come over the wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.delivery.certificates import certificate
from tests.unit.formats.conftest import DATA
from tests.unit.formats.ebu_schemas import load_schema

__all__ = ["certificate", "ebu_tt_live"]


@pytest.fixture(scope="session")
def ebu_tt_live(tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("xmlschema")
    folder: Path = DATA / "schemas" / "ebu-tt"
    if not folder.is_dir():
        pytest.skip("no EBU-TT schemas beside the checkout")
    return load_schema(folder, "ebutt_live.xsd", tmp_path_factory.mktemp("ebu-tt-live-wire"))
