"""Scenarist Closed Captions: CEA-608 pop-on captions as text."""

from streaming.formats.scc.config import SccConfig

__all__ = ["SccConfig"]
