"""Live interpretation: a session's translated track is spoken while the feed goes on."""

from streaming.interpretation.booth import Booth, VoiceChooser, check_speaker
from streaming.interpretation.config import InterpretationConfig
from streaming.interpretation.interpreter import Interpreter, SpokenPhrase
from streaming.interpretation.sinks import FileSink, TransportSink, VoiceSink
from streaming.interpretation.target import VoiceTarget, parse_voice_target

__all__ = [
    "Booth",
    "FileSink",
    "InterpretationConfig",
    "Interpreter",
    "SpokenPhrase",
    "TransportSink",
    "VoiceChooser",
    "VoiceSink",
    "VoiceTarget",
    "check_speaker",
    "parse_voice_target",
]
