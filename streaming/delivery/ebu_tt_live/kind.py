"""EBU-TT Live as a kind of output."""

from __future__ import annotations

from typing import Final

from streaming.delivery.ebu_tt_live.config import EbuTtLiveConfig
from streaming.delivery.ebu_tt_live.output import EbuTtLiveOutput
from streaming.delivery.kinds import OutputKind

KIND: Final = OutputKind(
    name="ebu-tt-live",
    summary="EBU-TT Live documents over WebSocket, for subtitle encoders and handover managers.",
    config=EbuTtLiveConfig,
    open=EbuTtLiveOutput,
    target="listen",
    secret=frozenset({"token", "proxy"}),
)
