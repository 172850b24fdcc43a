"""A voice as a kind of output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from foundation.errors import FailedPrecondition
from foundation.languages import LANGUAGES
from streaming.delivery.kinds import OutputKind
from streaming.delivery.voice.config import VoiceConfig
from streaming.delivery.voice.output import VoiceOutput
from streaming.interpretation.booth import Booth

_LAST_PHRASE_SECONDS: Final = 20.0
"""The longest phrase takes so long to be made and heard."""


def _check(config: VoiceConfig, tracks: Sequence[str], booth: Booth | None) -> None:
    if booth is None:
        raise FailedPrecondition("a voice needs workers that speak, and there are none here")
    language = next((code for code in LANGUAGES if tracks == (code,)), None)
    booth.choose(language, config.voice, config.speaker)


KIND: Final = OutputKind(
    name="voice",
    summary="One track, spoken in time with the feed by a synthetic voice.",
    config=VoiceConfig,
    open=lambda config, context: VoiceOutput(config, context, anew=True),
    check=_check,
    target="target",
    timed=False,
    single_track=True,
    finish_seconds=lambda config: config.leave_out_from + _LAST_PHRASE_SECONDS,
    secret=frozenset({"target"}),
)
