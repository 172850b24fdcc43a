"""Video with burnt-in subtitles as a kind of output."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from streaming.delivery.burn_in.config import BurnInConfig
from streaming.delivery.burn_in.output import BurnInOutput
from streaming.delivery.context import OutputContext
from streaming.delivery.kinds import OutputKind
from streaming.delivery.sending import Sender, parse_target


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnInOutputConfig(BurnInConfig):
    """Video with burnt-in subtitles and where it goes."""

    target: str = field(repr=False)
    """``srt://``, ``udp://`` or ``rtp://`` with host and port, ``rtmp(s)://``, a file, or ``-`` for
    standard output."""

    def __post_init__(self) -> None:
        BurnInConfig.__post_init__(self)
        parse_target(self.target, flv=True)


def _open(config: BurnInOutputConfig, context: OutputContext) -> BurnInOutput:
    target = parse_target(config.target, flv=True)
    sender = Sender(target, BurnInOutput.name, context.report)
    return BurnInOutput(sender, context, config, paced=target.is_live)


KIND: Final = OutputKind(
    name="burn-in",
    summary="The feed, later, with up to three tracks drawn into its picture.",
    config=BurnInOutputConfig,
    open=_open,
    target="target",
    needs_media=lambda config: True,
    sound="copy",
    finish_seconds=lambda config: config.delay_seconds,
    secret=frozenset({"target"}),
)
