"""Fixtures of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.image_generation.gallery import Gallery
from services.storage import Database
from tests.databases import database, database_url, postgresql_socket

__all__ = ["database", "database_url", "postgresql_socket"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "images"


@pytest.fixture
def gallery(database: Database, folder: Path) -> Gallery:
    return Gallery(database, folder)
