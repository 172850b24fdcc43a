"""The filtered text as a file: what ``encode`` reads, small enough to send to another machine."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from models.recipes.starter_translator.corpus import Row

ROWS_FILE: Final = "rows.jsonl.gz"


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Write rows, one JSON array of texts, source and kind a line."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as writer:
        for row in rows:
            record = [row.texts, row.source, row.kind]
            writer.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_rows(path: Path) -> list[Row]:
    """Read what ``write_rows`` wrote."""
    with gzip.open(path, "rt", encoding="utf-8") as reader:
        return [Row(*json.loads(line)) for line in reader]
