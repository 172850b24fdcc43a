"""Live interpretation: a session's translated track is spoken while the feed goes on."""

from streaming.interpretation.config import InterpretationConfig
from streaming.interpretation.interpreter import Interpreter, SpokenPhrase
from streaming.interpretation.sinks import FileSink, TransportSink, VoiceSink

__all__ = [
    "FileSink",
    "InterpretationConfig",
    "Interpreter",
    "SpokenPhrase",
    "TransportSink",
    "VoiceSink",
]
