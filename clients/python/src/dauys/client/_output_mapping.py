"""Between the SDK's outputs and the contract's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dauys.client._output_types import (
    HlsOptions,
    Output,
    OutputChoice,
    OutputProfile,
    OutputState,
    OutputStatus,
)
from dauys.client._values import duration, known, seconds, time
from dauys.v1 import subtitling_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf import duration_pb2


def output_messages(outputs: Iterable[Output | str]) -> list[subtitling_pb2.Output]:
    """The messages of outputs, or of profiles by their names."""
    return [
        subtitling_pb2.Output(profile=wanted) if isinstance(wanted, str) else _message(wanted)
        for wanted in outputs
    ]


def _message(wanted: Output) -> subtitling_pb2.Output:
    message = subtitling_pb2.Output(name=wanted.name, tracks=wanted.tracks)
    message.offset.CopyFrom(_duration(wanted.offset))
    if wanted.profile:
        message.profile = wanted.profile
    if wanted.hls is not None:
        hls = message.hls
        hls.SetInParent()
        hls.video = wanted.hls.video
        for name in ("segment", "window", "hold", "video_delay"):
            value = getattr(wanted.hls, name)
            if value is not None:
                getattr(hls, name).CopyFrom(_duration(value))
    return message


def outputs(messages: Iterable[subtitling_pb2.Output]) -> tuple[Output, ...]:
    """Outputs of their messages."""
    return tuple(
        Output(
            message.name,
            message.profile,
            _hls(message.hls) if message.HasField("hls") else None,
            seconds(message.offset),
            tuple(message.tracks),
            _status(message.status) if message.HasField("status") else None,
        )
        for message in messages
    )


def output_choice(message: subtitling_pb2.ListOutputProfilesResponse) -> OutputChoice:
    """What may be chosen, of its message."""
    profiles = tuple(OutputProfile(p.name, p.kind, p.description) for p in message.profiles)
    return OutputChoice(profiles, message.files)


def _hls(message: subtitling_pb2.HlsOutput) -> HlsOptions:
    def given(name: str) -> float | None:
        return seconds(getattr(message, name)) if message.HasField(name) else None  # type: ignore[arg-type]

    return HlsOptions(
        given("segment"), given("window"), given("hold"), message.video, given("video_delay")
    )


def _status(message: subtitling_pb2.OutputStatus) -> OutputStatus:
    return OutputStatus(
        message.kind,
        known(OutputState, message.state),
        message.detail,
        time(message.since),
        message.cues,
        message.lost_cues,
        message.retries,
        time(message.last_success),
        message.path,
    )


def _duration(value: float) -> duration_pb2.Duration:
    return duration(round(value * 1e9))
