"""Subtitles drawn into the feed's picture, which is encoded anew."""

from streaming.delivery.burn_in.config import BurnInConfig
from streaming.delivery.burn_in.output import BurnInOutput

__all__ = ["BurnInConfig", "BurnInOutput"]
