"""Conformance samples and schemas that lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parents[3].parent / "shared" / "data"


@pytest.fixture(scope="session")
def subtitle_samples() -> Path:
    """Files of the reference tools of every format."""
    folder = DATA / "subtitles"
    if not folder.is_dir():
        pytest.skip("no conformance samples of subtitles beside the checkout")
    return folder


@pytest.fixture(scope="session")
def ebu_tt_schemas() -> Path:
    """The EBU's XML Schemas of EBU-TT."""
    folder = DATA / "schemas" / "ebu-tt"
    if not folder.is_dir():
        pytest.skip("no EBU-TT schemas beside the checkout")
    return folder
