"""The WebSocket library's log, without what it tells at its finest: headers, and tokens in them."""

from __future__ import annotations

import logging
from typing import Final

QUIET: Final = logging.getLogger("streaming.delivery.ebu_tt_live.websocket")
QUIET.setLevel(logging.WARNING)
