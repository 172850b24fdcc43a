"""EBU-TT Live over WebSocket (EBU Tech 3370 and its supplement 1; docs/EBU_TT_LIVE.md)."""
