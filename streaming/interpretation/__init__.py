"""Live interpretation: a session's translated track is spoken while the feed goes on."""

from streaming.interpretation.booth import Booth, VoiceChooser, check_speaker
from streaming.interpretation.config import InterpretationConfig
from streaming.interpretation.interpreter import Interpreter, SpokenPhrase
from streaming.interpretation.sink import VoiceSink

__all__ = [
    "Booth",
    "InterpretationConfig",
    "Interpreter",
    "SpokenPhrase",
    "VoiceChooser",
    "VoiceSink",
    "check_speaker",
]
