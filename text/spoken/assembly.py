"""A sentence, with what markup says of its parts, becomes spans, breaks and marks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

from foundation.languages import Language
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
from text.spoken.languages import latin_to_cyrillic, sentence_language, word_languages
from text.spoken.lexicon import Lexicon
from text.spoken.normaliser import Normaliser
from text.spoken.reading import Fixed, ReadToken
from text.spoken.say_as import SayAs, say_as

_STOPS: Final = ",;:—–"


@dataclass(frozen=True, slots=True)
class Style:
    """What markup says of all that stands from a place on."""

    language: Language | None = None
    voice: VoiceChoice | None = None
    prosody: Prosody = PLAIN


@dataclass(frozen=True, slots=True)
class Given:
    """A stretch whose reading markup gives."""

    start: int
    end: int
    words: str = ""
    """``sub``; empty: the text itself."""
    ipa: str = ""
    """``phoneme``."""
    say_as: SayAs | None = None


@dataclass(frozen=True, slots=True)
class MarkedText:
    """Text and what markup says of it, in places of that text."""

    text: str
    styles: tuple[tuple[int, Style], ...] = ((0, Style()),)
    """From which place on; the first is 0."""
    given: tuple[Given, ...] = ()
    events: tuple[tuple[int, Break | Mark], ...] = ()
    places: tuple[tuple[int, int, int], ...] = ()
    """Text from, source from, step: 1 where letters are the source's, 0 inside an entity. Empty:
    the text is the source."""
    offset: int = 0
    """Place of the text in the source, where ``places`` is empty."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How sentences are read."""

    language: Language | None = None
    other_languages: bool = True
    normalise: bool = True
    max_characters: int = 1000
    drop_unspeakable: bool = False


@dataclass(slots=True)
class _Run:
    """Tokens of one language, style and pronunciation."""

    language: Language
    style: Style
    ipa: str
    tokens: list[ReadToken] = field(default_factory=list)


class Assembler:
    """Reads sentences; remembers the language of the one before."""

    def __init__(self, options: ReadingOptions, lexicon: Lexicon) -> None:
        self._options = options
        self._lexicon = lexicon
        self._before: Language | None = None

    def sentences(
        self, text: MarkedText, start: int, end: int, *, ends_paragraph: bool, last: bool
    ) -> Iterator[SpokenSentence]:
        """What ``text[start:end]``, one sentence, becomes: one, or several if it is very long.

        Args:
            text: all of it.
            start: of the sentence.
            end: of the sentence.
            ends_paragraph: does it?
            last: do events at ``end`` belong to it?
        """
        notes: list[Note] = []
        runs: list[_Run] = []
        for first, upto, language in self._languages(text, start, end):
            runs += self._runs(text, first, upto, language, notes)
        events = [
            (place, event)
            for place, event in text.events
            if start <= place < end or (last and place == end)
        ]
        parts = list(_parts(text, runs, events))
        source = (_source(text, start), _source_end(text, end))
        moved = tuple(
            replace(n, start=_source(text, n.start), end=_source_end(text, n.end)) for n in notes
        )
        whole = SpokenSentence(tuple(parts), *source, ends_paragraph, moved)
        yield from _cut(whole, self._options.max_characters)

    def _languages(
        self, text: MarkedText, start: int, end: int
    ) -> Iterator[tuple[int, int, Language | None]]:
        """Stretches for which markup names one language, or none."""
        at = start
        index = bisect_right(text.styles, start, key=lambda each: each[0]) - 1
        language = text.styles[index][1].language
        for place, style in text.styles[index + 1 :]:
            if place >= end:
                break
            if style.language != language:
                if place > at:
                    yield at, place, language
                at, language = place, style.language
        if at < end:
            yield at, end, language

    def _runs(
        self, text: MarkedText, start: int, end: int, marked: Language | None, notes: list[Note]
    ) -> list[_Run]:
        options = self._options
        part = text.text[start:end]
        if not part.strip():
            return []
        found = sentence_language(
            part,
            marked or options.language,
            self._before,
            switch=options.other_languages and marked is None,
        )
        base = found.language
        self._before = base
        given = [g for g in text.given if start <= g.start and g.end <= end]
        tokens, ipa = self._read(text, start, end, base, found.latin, given, notes)
        languages: Sequence[Language] = [base] * len(tokens)
        if options.other_languages:
            languages = word_languages([token.text for token in tokens], base)
        return _grouped(text, tokens, languages, ipa)

    def _read(
        self,
        text: MarkedText,
        start: int,
        end: int,
        base: Language,
        latin: bool,
        given: Sequence[Given],
        notes: list[Note],
    ) -> tuple[list[ReadToken], dict[tuple[int, int], str]]:
        """Tokens and pronunciations, both in places of the whole text."""
        options = self._options
        part = text.text[start:end]
        fixed: list[Fixed] = []
        ipa: dict[tuple[int, int], str] = {}
        normaliser = _normaliser(base, options.drop_unspeakable)
        for each in given:
            words = each.words or part[each.start - start : each.end - start]
            if each.say_as is not None:
                words = say_as(words, each.say_as, normaliser)
            elif each.ipa:
                words = normaliser.spoken(words)
                ipa[each.start, each.end] = each.ipa
            else:
                words = normaliser.spoken(words)
            fixed.append(Fixed(each.start - start, each.end - start, words))
        for match in self._lexicon.find(part, base):
            if any(f.start < match.end and match.start < f.end for f in fixed):
                continue
            words = match.words or normaliser.spoken(part[match.start : match.end])
            fixed.append(Fixed(match.start, match.end, words))
            if match.ipa:
                ipa[match.start + start, match.end + start] = match.ipa
        fixed.sort(key=lambda each: each.start)
        if not options.normalise:
            return list(_as_it_stands(part, start, fixed)), ipa
        if latin:
            converted = latin_to_cyrillic(part)
            moved = [
                Fixed(
                    bisect_left(converted.starts, each.start),
                    bisect_left(converted.starts, each.end),
                    each.words,
                )
                for each in fixed
            ]
            reading = normaliser.read(
                converted.text, moved, lambda at: _source(text, converted.starts[at] + start)
            )
            tokens = [
                replace(
                    t, start=converted.starts[t.start] + start, end=converted.ends[t.end] + start
                )
                for t in reading.tokens
            ]
            moves = [(converted.starts[n.start], converted.ends[n.end]) for n in reading.notes]
        else:
            reading = normaliser.read(part, fixed, lambda at: _source(text, at + start))
            tokens = [replace(t, start=t.start + start, end=t.end + start) for t in reading.tokens]
            moves = [(n.start, n.end) for n in reading.notes]
        notes += [
            replace(note, start=first + start, end=upto + start)
            for note, (first, upto) in zip(reading.notes, moves, strict=True)
        ]
        return tokens, ipa


@cache
def _normaliser(language: Language, drop_unspeakable: bool) -> Normaliser:
    return Normaliser(language, drop_unspeakable=drop_unspeakable)


def _as_it_stands(part: str, start: int, fixed: Sequence[Fixed]) -> Iterator[ReadToken]:
    at = 0
    for each in (*fixed, Fixed(len(part), len(part), "")):
        for word in _words(part[at : each.start]):
            yield ReadToken(word[0], start + at + word[1], start + at + word[1] + len(word[0]))
        for said in each.words.split():
            yield ReadToken(said, start + each.start, start + each.end)
        at = each.end


def _words(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    for word in text.split():
        at = text.index(word, at)
        yield word, at
        at += len(word)


def _grouped(
    text: MarkedText,
    tokens: Sequence[ReadToken],
    languages: Sequence[Language],
    ipa: dict[tuple[int, int], str],
) -> list[_Run]:
    runs: list[_Run] = []
    given = sorted(ipa)
    for token, language in zip(tokens, languages, strict=True):
        index = bisect_right(text.styles, token.start, key=lambda each: each[0]) - 1
        style = text.styles[index][1]
        place = next((g for g in given if g[0] <= token.start < g[1]), None)
        pronounced = ipa[place] if place is not None else ""
        run = runs[-1] if runs else None
        same = run is not None and (run.language, run.style, run.ipa) == (
            language, style, pronounced,
        )  # fmt: skip
        if run is None or not same:
            run = _Run(language, style, pronounced)
            runs.append(run)
        run.tokens.append(token)
    return runs


def _parts(
    text: MarkedText, runs: Sequence[_Run], events: Sequence[tuple[int, Break | Mark]]
) -> Iterator[Part]:
    """Spans, cut where an event stands between two of their tokens."""
    coming = list(reversed(events))
    for run in runs:
        held: list[ReadToken] = []
        for token in run.tokens:
            while coming and coming[-1][0] <= token.start:
                if held:
                    yield _span(text, run, held)
                    held = []
                yield coming.pop()[1]
            held.append(token)
        if held:
            yield _span(text, run, held)
    yield from (event for _, event in reversed(coming))


def _span(text: MarkedText, run: _Run, tokens: Sequence[ReadToken]) -> SpokenSpan:
    spoken: list[SpokenToken] = []
    at = 0
    for token in tokens:
        place = (_source(text, token.start), _source_end(text, token.end))
        spoken.append(SpokenToken(at, at + len(token.text), *place))
        at += len(token.text) + 1
    return SpokenSpan(
        language=run.language,
        text=" ".join(token.text for token in tokens),
        tokens=tuple(spoken),
        ipa=run.ipa,
        voice=run.style.voice,
        prosody=run.style.prosody,
    )


def _source(text: MarkedText, place: int) -> int:
    """Where in the source a place of the text is."""
    if not text.places:
        return place + text.offset
    index = bisect_right(text.places, place, key=lambda each: each[0]) - 1
    first, source, step = text.places[max(index, 0)]
    return source + (place - first) * step


def _source_end(text: MarkedText, place: int) -> int:
    """Where in the source the character before a place ends."""
    if not text.places or place == 0:
        return place + text.offset if not text.places else _source(text, 0)
    index = bisect_right(text.places, place - 1, key=lambda each: each[0]) - 1
    first, source, step = text.places[max(index, 0)]
    if step:
        return source + place - first
    following = text.places[index + 1 : index + 2]
    return following[0][1] if following else source


def _cut(sentence: SpokenSentence, most: int) -> Iterator[SpokenSentence]:
    """Sentences of at most ``most`` spoken characters, cut between tokens, after a mark if any."""
    if len(sentence.text) <= most:
        yield sentence
        return
    parts: list[Part] = []
    size = 0
    place = sentence.start
    notes = (
        *sentence.notes,
        Note(NoteKind.SPLIT, "", sentence.start, sentence.end),
    )
    pieces = [piece for part in sentence.parts for piece in _short_parts(part, most)]
    for piece in pieces:
        length = len(piece.text) + 1 if isinstance(piece, SpokenSpan) else 0
        if parts and size + length > most + 1:
            end = _end_of(parts, place)
            yield SpokenSentence(tuple(parts), place, end, False, notes)
            parts, size, place, notes = [], 0, end, ()
        parts.append(piece)
        size += length
    yield SpokenSentence(tuple(parts), place, sentence.end, sentence.ends_paragraph, notes)


def _end_of(parts: Sequence[Part], otherwise: int) -> int:
    spans = [part for part in parts if isinstance(part, SpokenSpan)]
    return spans[-1].tokens[-1].source_end if spans else otherwise


def _short_parts(part: Part, most: int) -> Iterator[Part]:
    if not isinstance(part, SpokenSpan) or len(part.text) <= most or part.ipa:
        yield part
        return
    tokens = list(part.tokens)
    while tokens:
        base = tokens[0].start
        count = sum(1 for token in tokens if token.end - base <= most) or 1
        if count < len(tokens):
            marks = [
                at + 1 for at in range(count // 2, count) if part.text[tokens[at].end - 1] in _STOPS
            ]
            count = marks[-1] if marks else count
        if tokens[0].end - base > most:  # one endless word
            head = replace(tokens[0], end=base + most)
            tokens = [head, replace(tokens[0], start=base + most), *tokens[1:]]
        yield replace(
            part,
            text=part.text[base : tokens[count - 1].end],
            tokens=tuple(
                replace(token, start=token.start - base, end=token.end - base)
                for token in tokens[:count]
            ),
        )
        tokens = tokens[count:]
