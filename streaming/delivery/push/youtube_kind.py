"""YouTube's live captions as a kind of output."""

from __future__ import annotations

from typing import Final

from streaming.delivery.kinds import OutputKind
from streaming.delivery.push.youtube import YoutubeConfig, YoutubeOutput

KIND: Final = OutputKind(
    name="youtube",
    summary="Live captions on YouTube, sent to a stream's captions URL.",
    config=YoutubeConfig,
    open=YoutubeOutput,
    target="url",
    single_track=True,
    finish_seconds=lambda config: config.drain_seconds,
    secret=frozenset({"url", "proxy"}),
)
