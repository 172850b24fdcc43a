"""How a DASH output is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from streaming.delivery.segments.config import SegmentsConfig


@dataclass(frozen=True, slots=True)
class DashConfig(SegmentsConfig):
    """Figures of the segments and the manifest.

    Raises:
        InvalidArgument: a figure out of its bounds.
    """

    output: ClassVar[str] = "dash"

    @property
    def presentation_delay_seconds(self) -> float:
        """How far behind the live edge a player should stay: three segments, as with HLS."""
        return 3 * self.segment_seconds

    @property
    def update_seconds(self) -> float:
        """How often a player should look at the manifest again."""
        return max(1.0, self.segment_seconds / 2)
