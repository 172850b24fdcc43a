"""Spoken words become written ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from foundation.languages import Language
from text.normalisation.grammar import Grammar, load_grammar
from text.normalisation.matching import Match, Phrase, Piece
from text.normalisation.options import NormalisationOptions
from text.normalisation.reading import Part, Reader, split_parts
from text.normalisation.rules import RULES

_DEFAULTS: Final = NormalisationOptions()


@dataclass(frozen=True, slots=True)
class Written:
    """What is shown for one or several spoken words, never broken over lines."""

    text: str
    """May hold no-break spaces (U+00A0)."""

    first: int
    """Index of the first spoken word."""

    last: int
    """Index after the last."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """A phrase, or a word outside any."""

    first: int
    end: int
    furthest: int
    """Index after the last word that the decision looked at."""
    met_end: bool
    """Might the decision have been another one if the text went on?"""
    written: tuple[Written, ...]


class InverseNormaliser:
    """Writes numbers in digits, from left to right.

    A phrase is decided by its own words and those after it, never by words before: a text may be
    cut wherever a ``Written`` ends and its parts rewritten apart.
    """

    def __init__(self, language: Language, options: NormalisationOptions = _DEFAULTS) -> None:
        self._options = options
        self._grammars = [load_grammar(language)]
        if language == "kk":
            self._grammars.append(load_grammar("ru", within="kk"))

    def rewrite(self, words: Sequence[str]) -> tuple[Written, ...]:
        """Rewrite a text.

        Args:
            words: Each with its punctuation attached, as a recogniser gives them.

        Returns:
            All words in order; every word belongs to exactly one ``Written``. A word that is no
            part of a number keeps its text, letter for letter.
        """
        return tuple(w for phrase in self._phrases(words) for w in phrase.written)

    def open_tail(self, words: Sequence[str]) -> int:
        """How many last words may still be written otherwise when more words follow.

        The words before them are final: rewritten without the tail they read the same as they do
        in any longer text. At most about ``2 * LONGEST_PHRASE``; mostly 0, since few words begin a
        number phrase.
        """
        final = list(itertools.takewhile(lambda p: not p.met_end, self._phrases(words)))
        while final:
            boundary = final[-1].end
            doubtful = [phrase for phrase in final if phrase.furthest > boundary]
            if not doubtful:
                return len(words) - boundary
            # These looked beyond the cut: do they decide alike without what they saw there?
            start = doubtful[0].first
            again = list(self._phrases(words[start:boundary]))
            if [written for phrase in again for written in phrase.written] == [
                replace(written, first=written.first - start, last=written.last - start)
                for phrase in final
                if phrase.first >= start
                for written in phrase.written
            ]:
                return len(words) - boundary
            final.pop()
        return len(words)

    def _phrases(self, words: Sequence[str]) -> Iterator[_Decided]:
        parts = split_parts(words, self._is_number_word)
        reader = Reader(parts)
        at = 0
        while at < len(parts):
            reader.begin(at)
            match = self._match(reader, at)
            if match is None:
                end = at + 1
                while end < len(parts) and parts[end].hyphened:
                    end += 1
                match = Match((Piece(at, end),))
            yield _Decided(
                parts[at].word,
                parts[match.end - 1].word + 1,
                parts[max(reader.furthest, match.end) - 1].word + 1,
                reader.met_end,
                tuple(_write(match, parts, words)),
            )
            at = match.end

    def _is_number_word(self, core: str) -> bool:
        return any(
            core in grammar.words or core in grammar.table["numbers"].get("letters_for_zero", ())
            for grammar in self._grammars
        )

    def _match(self, reader: Reader, at: int) -> Match | None:
        core = reader.parts[at].core
        for grammar in self._grammars:
            if core in grammar.starters or core[:1].isdigit():
                match = self._match_by(reader, at, grammar)
                if match is not None:
                    return match
        return None

    def _match_by(self, reader: Reader, at: int, grammar: Grammar) -> Match | None:
        phrase = Phrase(reader, grammar, self._options, self._grammars[0])
        for rule in RULES:
            match = rule(phrase, at)
            if match is not None and all(reader.ends_word(piece.end) for piece in match.pieces):
                return match
        return None


def _write(match: Match, parts: Sequence[Part], words: Sequence[str]) -> Iterator[Written]:
    for piece in match.pieces:
        first, last = parts[piece.first], parts[piece.end - 1]
        if piece.text is None:
            for index in range(first.word, last.word + 1):
                yield Written(words[index], index, index + 1)
        else:
            yield Written(first.before + piece.text + last.after, first.word, last.word + 1)
