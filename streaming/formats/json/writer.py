"""A JSON document ``{"cues": [{index, start, end, language, lines, words}]}``; times in seconds."""

from __future__ import annotations

import json

from foundation.media_time import Ticks, to_seconds
from streaming.cues.model import Cue


class JsonWriter:
    """Keeps word times and confidence."""

    media_type = "application/json"
    extension = ".json"

    def __init__(self) -> None:
        self._written = 0

    def header(self) -> str:
        """Opens the list."""
        return '{"cues": ['

    def cue(self, cue: Cue) -> str:
        """One object on a line of its own."""
        separator = ",\n" if self._written else "\n"
        self._written += 1
        document = {
            "index": cue.index,
            "start": _seconds(cue.start),
            "end": _seconds(cue.end),
            "language": cue.language,
            "lines": cue.lines,
            "words": [
                {
                    "text": word.text,
                    "start": _seconds(word.start),
                    "end": _seconds(word.end),
                    "confidence": round(word.confidence, 3),
                }
                for word in cue.words
            ],
        }
        return separator + json.dumps(document, ensure_ascii=False)

    def footer(self) -> str:
        """Closes the list."""
        return "\n]}\n"


def _seconds(time: Ticks) -> float:
    return round(to_seconds(time), 3)
