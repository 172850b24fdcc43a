"""DASH as a kind of output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streaming.delivery.context import OutputContext
from streaming.delivery.dash.config import DashConfig
from streaming.delivery.dash.output import INDEX, DashOutput
from streaming.delivery.kinds import OutputKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DashOutputConfig(DashConfig):
    """A DASH presentation and where it goes."""

    folder: Path
    """Made if need be; what an earlier run left in it is taken over."""


def _open(config: DashOutputConfig, context: OutputContext) -> DashOutput:
    return DashOutput(
        config.folder,
        context.clock,
        context.renditions,
        config,
        context.media,
        context.report,
        context.labelled,
        from_start=context.from_start,
    )


KIND: Final = OutputKind(
    name="dash",
    summary="MPEG-DASH: IMSC 1.1 in fMP4, with the feed's picture and sound if wanted.",
    config=DashOutputConfig,
    open=_open,
    target="folder",
    needs_media=lambda config: config.video == "copy",
    root="folder",
    index=INDEX,
)
