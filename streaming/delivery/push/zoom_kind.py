"""Zoom's closed captions as a kind of output."""

from __future__ import annotations

from typing import Final

from streaming.delivery.kinds import OutputKind
from streaming.delivery.push.zoom import ZoomConfig, ZoomOutput

KIND: Final = OutputKind(
    name="zoom",
    summary="Closed captions in a Zoom meeting, sent to the URL that its host copies.",
    config=ZoomConfig,
    open=ZoomOutput,
    target="url",
    timed=False,
    single_track=True,
    finish_seconds=lambda config: config.drain_seconds,
    secret=frozenset({"url", "proxy"}),
)
