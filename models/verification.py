"""Are these the bytes they must be?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from foundation.errors import FailedPrecondition
from models.catalogue import ModelCard
from models.records import ModelRecord, expected_hash
from models.sources.base import ProgressCallback, PullProgress, sha256_of


def fits(card: ModelCard, folder: Path, record: ModelRecord) -> bool:
    """By names, sizes and recorded hashes alone, can ``folder`` be the model?"""
    for name in card.names:
        known, path = record.files.get(name), folder / name
        if known is None or not path.is_file() or path.stat().st_size != known.size:
            return False
        if card.file(name).sha256 not in (None, known.sha256):
            return False
    return True


def wrong_files(
    card: ModelCard,
    folder: Path,
    record: ModelRecord,
    progress: ProgressCallback,
    names: Sequence[str] | None = None,
) -> dict[str, str]:
    """Hash files (None: all); those that are not what they must be, each with what to say."""
    wrong: dict[str, str] = {}
    for name in card.names if names is None else names:
        expected = expected_hash(card, record, name)
        if expected is None:
            continue
        total = (folder / name).stat().st_size

        def report(done: int, name: str = name, total: int = total) -> None:
            progress(PullProgress(card.id, f"verify {name}", done, total))

        got = sha256_of(folder / name, report)
        if got != expected:
            held = "" if card.file(name).sha256 else " (of the first pull)"
            wrong[name] = f"wrong hash of {name}: expected {expected}{held}, got {got}"
    return wrong


def verify_files(
    card: ModelCard,
    folder: Path,
    record: ModelRecord,
    names: Sequence[str],
    progress: ProgressCallback,
) -> None:
    """Hash files of a pulled model.

    Raises:
        FailedPrecondition: one is wrong; names it, the hash expected and got, and the remedy.
    """
    wrong = wrong_files(card, folder, record, progress, names)
    if wrong:
        raise FailedPrecondition(
            f"model {card.id} is damaged: {'; '.join(wrong.values())}; "
            f"mend it with: dauys models pull {card.id}"
        )
