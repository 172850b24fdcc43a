"""Between the SDK's outputs and the contract's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dauys.client._output_types import (
    DashOptions,
    HlsOptions,
    Output,
    OutputChoice,
    OutputProfile,
    OutputState,
    OutputStatus,
    VoiceHealth,
)
from dauys.client._values import duration, known, seconds, time
from dauys.v1 import subtitling_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf import duration_pb2

_TIMES: Final = ("segment", "window", "hold", "video_delay")


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
        _fill(message.hls, wanted.hls)
    if wanted.dash is not None:
        _fill(message.dash, wanted.dash)
    return message


def _fill(
    message: subtitling_pb2.HlsOutput | subtitling_pb2.DashOutput, options: HlsOptions
) -> None:
    message.SetInParent()
    message.video = options.video
    for name in _TIMES:
        value = getattr(options, name)
        if value is not None:
            getattr(message, name).CopyFrom(_duration(value))


def outputs(messages: Iterable[subtitling_pb2.Output]) -> tuple[Output, ...]:
    """Outputs of their messages."""
    return tuple(
        Output(
            message.name,
            message.profile,
            HlsOptions(**_options(message.hls)) if message.HasField("hls") else None,
            seconds(message.offset),
            tuple(message.tracks),
            _status(message.status) if message.HasField("status") else None,
            DashOptions(**_options(message.dash)) if message.HasField("dash") else None,
        )
        for message in messages
    )


def output_choice(message: subtitling_pb2.ListOutputProfilesResponse) -> OutputChoice:
    """What may be chosen, of its message."""
    profiles = tuple(OutputProfile(p.name, p.kind, p.description) for p in message.profiles)
    return OutputChoice(profiles, message.files)


def _options(message: subtitling_pb2.HlsOutput | subtitling_pb2.DashOutput) -> dict[str, Any]:
    found: dict[str, Any] = {"video": message.video}
    for name in _TIMES:
        if message.HasField(name):
            found[name] = seconds(getattr(message, name))
    return found


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
        _voice(message.voice) if message.HasField("voice") else None,
    )


def _voice(message: subtitling_pb2.VoiceHealth) -> VoiceHealth:
    return VoiceHealth(seconds(message.lag), seconds(message.waiting), message.rate)


def _duration(value: float) -> duration_pb2.Duration:
    return duration(round(value * 1e9))
