"""A track as a voice, in time with the feed: docs/INTERPRETATION.md."""

from streaming.delivery.voice.config import VoiceConfig
from streaming.delivery.voice.output import VoiceOutput

__all__ = ["VoiceConfig", "VoiceOutput"]
