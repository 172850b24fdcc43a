"""Audio becomes words, live and offline."""

from streaming.recognition.config import LiveRecognizerConfig, OfflineConfig
from streaming.recognition.live import LiveRecognizer
from streaming.recognition.offline import Utterance, transcribe

__all__ = ["LiveRecognizer", "LiveRecognizerConfig", "OfflineConfig", "Utterance", "transcribe"]
