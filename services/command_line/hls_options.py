"""The HLS output of ``dauys subtitle``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.errors import InvalidArgument
from foundation.languages import Language

if TYPE_CHECKING:
    from services.command_line.live_tracks import LiveTracks
    from streaming.delivery.hls import HlsConfig, HlsOutput
    from streaming.ingest.media_tap import MediaTap
    from streaming.session import LiveSession


@dataclass(frozen=True, slots=True)
class HlsOptions:
    """Where the stream goes, and how it is laid out."""

    folder: Path
    config: HlsConfig

    def open(
        self,
        session: LiveSession,
        languages: tuple[Language, ...],
        tracks: LiveTracks,
        media: MediaTap | None,
    ) -> HlsOutput:
        """The output of a session whose speech is in ``languages``."""
        from streaming.delivery.hls import HlsOutput, Rendition

        renditions = [Rendition(session.track, languages, latin=tracks.latin)]
        renditions += [
            Rendition(language, (language,), translated=True, latin=tracks.latin)
            for language in tracks.names
        ]
        return HlsOutput(self.folder, session.clock, renditions, self.config, media)


def hls_options(
    folder: Path | None,
    segment: float,
    window: float,
    hold: float,
    video: str,
    video_delay: float | None,
) -> HlsOptions | None:
    """What the options ask for; None: no HLS.

    Raises:
        InvalidArgument: a figure out of its bounds, or video without a folder.
    """
    from streaming.delivery.hls import HlsConfig

    config = HlsConfig(
        segment_seconds=segment,
        window_seconds=window,
        hold_seconds=hold,
        video=video,  # type: ignore[arg-type]  # it checks
        video_delay_seconds=video_delay,
    )
    if folder is None:
        if video != "none":
            raise InvalidArgument("--video", "needs --hls, the folder that it goes to")
        return None
    return HlsOptions(folder, config)
