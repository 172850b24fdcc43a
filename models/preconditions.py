"""What must hold before the store takes a model in or an engine opens it.

An acknowledged licence, room on the disk, and pinned hashes where loading can run code.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from foundation.errors import FailedPrecondition, ResourceExhausted
from models.catalogue import ModelCard
from models.records import ModelRecord

DISK_MARGIN: Final = 64 << 20
"""Bytes that a pull leaves free."""


CODE_SUFFIXES: Final = (".nemo", ".ckpt", ".pt", ".pth")
"""Files that are unpickled, or name classes to be built: whoever wrote one can run code here."""


def require_pins(card: ModelCard) -> None:
    """Check that the catalogue pins every file that can run code when it is loaded.

    Trust on first use is not enough for these: the first use would be the harm.

    Raises:
        FailedPrecondition: one is not pinned; names it and what to add.
    """
    for file in card.files:
        if file.name.endswith(CODE_SUFFIXES) and file.sha256 is None:
            raise FailedPrecondition(
                f"model {card.id}: {file.name} is unpickled when it is loaded and can run code, so "
                "the catalogue must pin it: add sha256 to its entry, from a source that you trust"
            )


def require_acknowledgement(card: ModelCard, record: ModelRecord, accept: bool) -> None:
    """Check that a licence which asks for it was accepted, now or before.

    Raises:
        FailedPrecondition: it was not; names the licence and the command.
    """
    if not card.needs_acknowledgement or accept or record.license_accepted == card.license:
        return
    why = "forbids commercial use" if not card.commercial_use else "must be acknowledged"
    raise FailedPrecondition(
        f"model {card.id}: its licence ({card.license}) {why}; read it, then: "
        f"dauys models pull {card.id} --accept-license"
    )


def require_space(root: Path, size: int) -> None:
    """Check that ``size`` more bytes fit under ``root`` with DISK_MARGIN to spare.

    Raises:
        ResourceExhausted: they do not; says how many are free and needed.
    """
    if not size:
        return
    needed = size + DISK_MARGIN
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if free < needed:
        raise ResourceExhausted(
            "disk",
            f"{root} has {free >> 20} MiB free and {needed >> 20} MiB are needed; "
            "free some space or set DAUYS_MODELS_DIR",
        )
