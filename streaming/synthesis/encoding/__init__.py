"""Speech as bytes: encodings, streaming and whole, with provenance in every container."""

from streaming.synthesis.encoding.encoder import (
    ByteSink,
    FileEncoder,
    SpeechEncoder,
    StreamEncoder,
    pcm16,
)
from streaming.synthesis.encoding.formats import (
    TRAITS,
    SpeechEncoding,
    SpeechFormat,
    encoding_of,
)
from streaming.synthesis.encoding.provenance import (
    DIGITAL_SOURCE_TYPE,
    SOFTWARE,
    Provenance,
)

__all__ = [
    "DIGITAL_SOURCE_TYPE",
    "SOFTWARE",
    "TRAITS",
    "ByteSink",
    "FileEncoder",
    "Provenance",
    "SpeechEncoder",
    "SpeechEncoding",
    "SpeechFormat",
    "StreamEncoder",
    "encoding_of",
    "pcm16",
]
