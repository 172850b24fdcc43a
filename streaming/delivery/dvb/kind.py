"""DVB subtitles as a kind of output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from streaming.delivery.context import OutputContext
from streaming.delivery.dvb.config import DvbConfig
from streaming.delivery.dvb.output import DvbOutput
from streaming.delivery.kinds import OutputKind
from streaming.delivery.sending import Sender, parse_target


@dataclass(frozen=True, slots=True, kw_only=True)
class DvbOutputConfig(DvbConfig):
    """A transport stream with DVB subtitles and where it goes."""

    target: str = field(repr=False)
    """``srt://``, ``udp://`` or ``rtp://`` with host and port, a file, or ``-`` for standard
    output."""

    def __post_init__(self) -> None:
        DvbConfig.__post_init__(self)
        parse_target(self.target)


def _open(config: DvbOutputConfig, context: OutputContext) -> DvbOutput:
    target = parse_target(config.target)
    sender = Sender(target, DvbOutput.name, context.report)
    return DvbOutput(sender, context, config, paced=target.is_live)


KIND: Final = OutputKind(
    name="dvb",
    summary="The feed's transport stream, later, with DVB bitmap subtitles in each language.",
    config=DvbOutputConfig,
    open=_open,
    target="target",
    needs_media=lambda config: True,
    sound="copy",
    finish_seconds=lambda config: config.delay_seconds,
    secret=frozenset({"target"}),
)
