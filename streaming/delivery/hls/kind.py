"""HLS as a kind of output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streaming.delivery.context import OutputContext
from streaming.delivery.hls.config import HlsConfig
from streaming.delivery.hls.output import INDEX, HlsOutput
from streaming.delivery.kinds import OutputKind


@dataclass(frozen=True, slots=True, kw_only=True)
class HlsOutputConfig(HlsConfig):
    """An HLS stream and where it goes."""

    folder: Path
    """Made if need be; what an earlier run left in it is taken over."""


def _open(config: HlsOutputConfig, context: OutputContext) -> HlsOutput:
    return HlsOutput(
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
    name="hls",
    summary="HTTP Live Streaming: WebVTT segments, with the feed's picture and sound if wanted.",
    config=HlsOutputConfig,
    open=_open,
    target="folder",
    needs_media=lambda config: config.video == "copy",
    root="folder",
    index=INDEX,
)
