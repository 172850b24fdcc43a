"""Recognised words become text that a viewer reads: names, numbers, punctuation, language."""

from streaming.finishing.config import FinishingConfig
from streaming.finishing.live import LiveFinisher
from streaming.finishing.pipeline import Pipeline, prepared
from streaming.finishing.recordings import finish_utterances

__all__ = ["FinishingConfig", "LiveFinisher", "Pipeline", "finish_utterances", "prepared"]
