"""Cues joined into paragraphs that one reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.languages import Language
from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.formats.docx.config import DocxConfig
from streaming.formats.text_lines import text_lines

_SENTENCE_ENDS: Final = (".", "!", "?", "…")
_CLOSERS: Final = "\"»”'’)]"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What one speaker says in one language without a long pause."""

    start: Ticks
    speaker: str
    """Empty: not known."""

    language: Language
    text: str


def paragraphs(cues: Sequence[Cue], config: DocxConfig) -> list[Paragraph]:
    """The cues' text in paragraphs.

    A new one begins where the speaker or the language changes, after a pause, and after a sentence
    when it has become long.

    Args:
        cues: of one track, in order.
        config: pause, length and speakers.
    """
    found: list[Paragraph] = []
    speaker = ""
    last_end: Ticks = 0
    for cue in cues:
        text = " ".join(text_lines(cue))
        if not text:
            continue
        before = speaker
        speaker = config.speakers.get(cue.index, speaker)
        last = found[-1] if found else None
        if (
            last is not None
            and speaker == before
            and cue.language == last.language
            and cue.start - last_end < config.pause
            and not (cue.start - last.start >= config.longest and _ends_a_sentence(last.text))
        ):
            found[-1] = Paragraph(last.start, last.speaker, last.language, f"{last.text} {text}")
        else:
            found.append(Paragraph(cue.start, speaker, cue.language, text))
        last_end = cue.end
    return found


def _ends_a_sentence(text: str) -> bool:
    return text.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS)
