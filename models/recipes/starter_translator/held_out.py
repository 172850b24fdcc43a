"""Pairs that are measured on and never trained on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.recipes.starter_translator.corpus import Row

HELD_OUT_FILE: Final = "held_out.jsonl"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A pair in one direction that is not trained on."""

    source: str
    source_language: str
    text: str
    target_language: str
    translation: str


def read_held_out(path: Path) -> list[HeldOut]:
    """All directions of the held-out rows."""
    pairs = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record: dict[str, str] = json.loads(line)
        source = record.pop("source")
        pairs += [
            HeldOut(source, left, record[left], right, record[right])
            for left in record
            for right in record
            if left != right
        ]
    return pairs


def write_held_out(rows: Iterable[Row], path: Path) -> None:
    """Write rows, one JSON object a line."""
    with path.open("w", encoding="utf-8") as writer:
        for row in rows:
            record = {"source": test_set(row), **row.texts}
            writer.write(json.dumps(record, ensure_ascii=False) + "\n")


def test_set(row: Row) -> str:
    """The test set that a held-out row belongs to: sources too small to tell apart are one."""
    if row.kind == "sentence":
        return row.source
    return "manuals and games" if row.kind == "prose" else "interface"
