"""The text front end of speech synthesis: print and SSML become words to be spoken.

``SpeechText`` is the way in; docs/SPEECH_TEXT.md tells what is read how.
"""

from text.spoken.front_end import SpeechText, SpeechTextOptions, SpeechTextStream
from text.spoken.items import (
    PLAIN,
    Break,
    Mark,
    Note,
    NoteKind,
    Part,
    Prosody,
    SpokenSentence,
    SpokenSpan,
    SpokenToken,
    VoiceChoice,
)
from text.spoken.lexicon import Lexicon, LexiconEntry
from text.spoken.lexicon_files import parse_lexicon
from text.spoken.normaliser import Normaliser

__all__ = [
    "PLAIN",
    "Break",
    "Lexicon",
    "LexiconEntry",
    "Mark",
    "Normaliser",
    "Note",
    "NoteKind",
    "Part",
    "Prosody",
    "SpeechText",
    "SpeechTextOptions",
    "SpeechTextStream",
    "SpokenSentence",
    "SpokenSpan",
    "SpokenToken",
    "VoiceChoice",
    "parse_lexicon",
]
