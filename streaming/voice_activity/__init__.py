"""Where speech starts and ends in live audio."""

from streaming.voice_activity.detector import (
    SpeechEnd,
    SpeechStart,
    VoiceActivityConfig,
    VoiceActivityDetector,
    find_speech,
)

__all__ = [
    "SpeechEnd",
    "SpeechStart",
    "VoiceActivityConfig",
    "VoiceActivityDetector",
    "find_speech",
]
