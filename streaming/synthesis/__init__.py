"""Text to joined speech: sentences through a pool of voices, as samples and as bytes."""

from streaming.synthesis.config import (
    FLUSH,
    Flush,
    Manner,
    MarkKind,
    Sound,
    SpeechMark,
    SpeechNote,
    SynthesisConfig,
)
from streaming.synthesis.encoding import (
    Provenance,
    SpeechEncoding,
    SpeechFormat,
    encoding_of,
)
from streaming.synthesis.levels import LevelBook
from streaming.synthesis.output import (
    EncodedSound,
    SpokenRecording,
    encoded_stream,
    recording,
    spoken_file,
)
from streaming.synthesis.sources import Ssml, TextInput, sentences_of, whole
from streaming.synthesis.synthesizer import SpeechInput, Synthesizer
from streaming.synthesis.voices import CapabilityBook, Casting, VoiceCard, VoicePlan

__all__ = [
    "FLUSH",
    "CapabilityBook",
    "Casting",
    "EncodedSound",
    "Flush",
    "LevelBook",
    "Manner",
    "MarkKind",
    "Provenance",
    "Sound",
    "SpeechEncoding",
    "SpeechFormat",
    "SpeechInput",
    "SpeechMark",
    "SpeechNote",
    "SpokenRecording",
    "Ssml",
    "SynthesisConfig",
    "Synthesizer",
    "TextInput",
    "VoiceCard",
    "VoicePlan",
    "encoded_stream",
    "encoding_of",
    "recording",
    "sentences_of",
    "spoken_file",
    "whole",
]
