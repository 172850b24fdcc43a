"""Committed words become cues."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks
from foundation.speech import Word
from streaming.cues.line_breaking import break_lines
from streaming.cues.model import Cue
from streaming.cues.presets import CuePreset

_SENTENCE_ENDS = (".", "!", "?", "…")
_CLAUSE_ENDS = (*_SENTENCE_ENDS, ",", ":", ";", "—", "–")
_PAUSE = TICKS_PER_SECOND
_LEAST_SENTENCE_CHARS = 12


class CueBuilder:
    """Builds one track's cues, incrementally and deterministically.

    Cues never overlap, follow in time and hold every word once, in order. A cue starts at its first
    word's onset unless the cue before must stay a moment longer, or ends so shortly before that the
    preset closes the gap. Timing outranks line breaks, and
    no word is dropped for reading speed: fast speech is shown as long as there is time.
    """

    def __init__(self, preset: CuePreset) -> None:
        self._preset = preset
        self._open: list[Word] = []
        self._language: Language = "en"
        self._pending: Cue | None = None
        self._count = 0
        self._last_end: Ticks | None = None

    def push(
        self,
        words: Sequence[Word],
        language: Language,
        endpoint: bool = False,
        committed_until: Ticks = 0,
    ) -> list[Cue]:
        """Take newly committed words; return the cues that they finish.

        Args:
            words: In order, in media time.
            language: Of these words.
            endpoint: The utterance ends after them.
            committed_until: No later word starts before this time.
        """
        done: list[Cue] = []
        for word in words:
            for piece in self._pieces(word, language):
                done += self._add(piece, language)
        if endpoint:
            done += self._close(None)
            if not self._preset.wait_for_next:
                done += self._release(None)
        return done + self.advance(committed_until)

    def advance(self, now: Ticks) -> list[Cue]:
        """Return the finished cue whose time is over at ``now``: nothing can change its end."""
        wait = max(self._preset.gap_ticks, self._preset.close_gaps_under_ticks)
        if self._pending is not None and self._wished_end(self._pending) + wait <= now:
            return self._release(None)
        return []

    def flush(self) -> list[Cue]:
        """The track ends: return all that is left."""
        return self._close(None) + self._release(None)

    def use(self, preset: CuePreset) -> list[Cue]:
        """Build by another preset from the next word on; return the cues that are left."""
        done = self.flush()
        self._preset = preset
        return done

    def _pieces(self, word: Word, language: Language) -> list[Word]:
        """A word longer than a line, cut hard but never before a combining mark."""
        limit = self._preset.max_chars[language]
        text = " ".join(word.text.split())
        if not text:
            return []
        if len(text) <= limit:
            return [replace(word, text=text)]
        cuts = [0]
        while len(text) - cuts[-1] > limit:
            cut = cuts[-1] + limit
            while cut > cuts[-1] + 1 and unicodedata.combining(text[cut]):
                cut -= 1
            cuts.append(cut)
        cuts.append(len(text))
        span = word.end - word.start
        return [
            Word(
                text[first:last],
                word.start + span * first // len(text),
                word.start + span * last // len(text),
                word.confidence,
            )
            for first, last in itertools.pairwise(cuts)
        ]

    def _add(self, word: Word, language: Language) -> list[Cue]:
        done: list[Cue] = []
        if self._open and self._must_close_before(word, language):
            done += self._close(word.start)
        if not self._open:
            done += self._release(word.start)
            self._language = language
        self._open.append(word)
        if self._ends_well():
            done += self._close(None)
        return done

    def _must_close_before(self, word: Word, language: Language) -> bool:
        preset, first, last = self._preset, self._open[0], self._open[-1]
        if language != self._language or word.start - last.end >= _PAUSE:
            return True
        if word.end - first.start > preset.max_ticks:
            return True
        return self._lines([*self._open, word]) is None

    def _ends_well(self) -> bool:
        """Does the open text make a whole cue now?"""
        text = " ".join(word.text for word in self._open)
        shown = self._open[-1].end - self._open[0].start
        bare = text.rstrip("»”\"')")
        if bare.endswith(_SENTENCE_ENDS):
            return shown >= self._preset.min_ticks and len(text) >= _LEAST_SENTENCE_CHARS
        return shown >= self._preset.hold_ticks and bare.endswith(_CLAUSE_ENDS)

    def _lines(self, words: Sequence[Word]) -> tuple[str, ...] | None:
        preset, language = self._preset, self._language
        texts = [word.text for word in words]
        return break_lines(texts, language, preset.max_chars[language], preset.max_lines)

    def _close(self, next_start: Ticks | None) -> list[Cue]:
        """The open words become the pending cue; the one before is returned."""
        if not self._open:
            return []
        start, words = self._open[0].start, tuple(self._open)
        done = self._release(start)
        if self._last_end is not None:
            earliest = self._last_end + self._preset.gap_ticks
            if start < self._last_end + self._preset.close_gaps_under_ticks:
                start = self._last_end
            start = max(start, earliest)
        lines = self._lines(words)
        assert lines is not None, "words are added only while they fit"
        self._count += 1
        self._pending = Cue(
            self._count, start, max(words[-1].end, start + 1), lines, self._language, words
        )
        self._open = []
        if next_start is not None:
            done += self._release(next_start)
        return done

    def _wished_end(self, cue: Cue) -> Ticks:
        """When the cue should go if nothing follows: spoken, read, not too short, not too long."""
        reading = round(len(cue.text) * TICKS_PER_SECOND / self._preset.max_cps[cue.language])
        shown = max(cue.end - cue.start, reading, self._preset.min_ticks)
        return cue.start + min(shown, self._preset.max_ticks)

    def _release(self, next_start: Ticks | None) -> list[Cue]:
        """Fix the pending cue's end, by the next cue's start if known, and return it."""
        cue, preset = self._pending, self._preset
        if cue is None:
            return []
        end = self._wished_end(cue)
        if next_start is not None:
            if next_start - end < preset.close_gaps_under_ticks:
                end = next_start
            end = min(end, next_start - preset.gap_ticks)
            end = min(max(end, cue.start + preset.min_ticks), cue.start + preset.max_ticks)
        self._pending = None
        self._last_end = end
        return [replace(cue, end=end)]
