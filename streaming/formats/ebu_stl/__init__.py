"""EBU STL, the binary subtitle exchange file of EBU Tech 3264."""

from streaming.formats.ebu_stl.config import Display, StlConfig

__all__ = ["Display", "StlConfig"]
