"""What a track lost on its way into a format that carries less than the cues hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class LossKind(StrEnum):
    """What became of something."""

    SIGNS = "signs"
    """A quotation mark, a dash, a mark of direction is written plainer, or not at all."""

    TRANSLITERATED = "transliterated"
    """Words are written in other letters."""

    LAYOUT = "layout"
    """Lines are broken elsewhere than in the cue."""

    TIME = "time"
    """Shown later, longer or shorter than the cue by more than the format's rounding."""


_TOLD: Final = {
    LossKind.SIGNS: "with plainer signs",
    LossKind.LAYOUT: "broken into other lines",
    LossKind.TIME: "shown at other times",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that cannot be read back from the file as it was."""

    cue: int
    """The cue's index; 0 for what belongs to the whole file."""

    kind: LossKind
    original: str
    written: str

    def __str__(self) -> str:
        return f"cue {self.cue}: {self.kind}: {self.original!r} became {self.written!r}"


@dataclass(frozen=True, slots=True)
class LossReport:
    """Every loss of one file, in the order of its cues; false where nothing is lost."""

    losses: tuple[Loss, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.losses)

    def __iter__(self) -> Iterator[Loss]:
        return iter(self.losses)

    def __len__(self) -> int:
        return len(self.losses)

    def summary(self) -> str:
        """One line: how many losses of each kind, or ``nothing is lost``."""
        counted = Counter(loss.kind for loss in self.losses)
        told = (f"{count} {_TOLD.get(kind, kind)}" for kind, count in counted.items())
        return ", ".join(told) or "nothing is lost"


NOTHING_LOST: Final = LossReport()
