"""TTML: IMSC 1.1 Text Profile and EBU-TT-D."""

from streaming.formats.ttml.config import Place, Profile, TtmlConfig

__all__ = ["Place", "Profile", "TtmlConfig"]
