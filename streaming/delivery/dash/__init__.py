"""Live DASH: IMSC 1.1 in fMP4 on the session's time line (ISO/IEC 23009-1)."""

from streaming.delivery.dash.config import DashConfig
from streaming.delivery.dash.output import DashOutput

__all__ = ["DashConfig", "DashOutput"]
