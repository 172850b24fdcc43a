"""Audio becomes words, live and offline."""

from streaming.recognition.choice import SessionRecognizer, SpeechRecognizer
from streaming.recognition.config import LiveRecognizerConfig, OfflineConfig
from streaming.recognition.live import LiveRecognizer
from streaming.recognition.offline import Utterance, transcribe
from streaming.recognition.streamed import StreamRecognizer

__all__ = [
    "LiveRecognizer",
    "LiveRecognizerConfig",
    "OfflineConfig",
    "SessionRecognizer",
    "SpeechRecognizer",
    "StreamRecognizer",
    "Utterance",
    "transcribe",
]
