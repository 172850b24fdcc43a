"""Advanced SubStation Alpha, for burning in with libass."""

from streaming.formats.ass.config import AssConfig

__all__ = ["AssConfig"]
