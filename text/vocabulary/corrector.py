"""Puts a glossary's names in place of what the recogniser wrote for them.

Every run of one or more recognised words is compared with the glossary by spelling and by sound
(``sounds``). A run is replaced where the likeness, from 0 to 1, reaches a threshold that is higher
for short words and where common words take part, and that the entry's weight and the recogniser's
confidence move a little. Among overlapping runs the set with the largest gain is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from foundation.errors import InvalidArgument
from foundation.languages import Language
from text.vocabulary.common_words import is_common
from text.vocabulary.glossary import Glossary, GlossaryEntry
from text.vocabulary.kazakh_endings import Chain, attach, split_endings
from text.vocabulary.russian_forms import NOMINATIVE, decline
from text.vocabulary.sounds import Keys, is_latin, keys_of, plain_letters

_THRESHOLD: Final = 0.80
_SHORT: Final = 6
"""Sounds. The threshold rises by ``_SHORT_STEP`` for each that is missing …"""
_SHORT_STEP: Final = 0.04
_LONG_STEP: Final = 0.01
"""… and falls by this for each that is more, up to twice as many."""
_COMMON_STEP: Final = 0.05
_WEIGHT_STEP: Final = 0.05
"""Of the threshold for each factor of ten in weight."""
_CONFIDENCE_STEP: Final = 0.12
_USUAL_CONFIDENCE: Final = 0.6
_LOWEST_SOUND: Final = 0.6
_OTHER_INITIAL: Final = 0.06
_LETTERS: Final = 0.04
_SOUND: Final = 0.48
_LATIN_SOUND: Final = 0.62
"""Shares in the likeness: the letters as they are (they break ties), and the sound, which counts
for more in Latin letters, where one sound is spelt in many ways; the rest is the spelling's."""

_OTHER_SCRIPT: Final = 0.08
_CANDIDATES: Final = 12
_TIE: Final = 0.005
_HEAVY: Final = 2.0
"""Weight from which an entry may be written for common words of the very same letters."""
_MORE_WORDS: Final = 2
"""So many more words than it has may a name be heard as; all but one only if spelt the same."""
_BLURRED_INITIALS: Final = frozenset("аиу")
_SURNAME: Final = re.compile(
    "(?:(?P<woman>(?:[ое]в|ин)а)|(?P<man>[ое]в)|(?P<son>улы)|(?P<daughter>кызы))$"
)
_POSSESSIVES: Final = ("'s", "’s")
_MOST_LETTERS: Final = 250
"""Of two names of the longest spelling, and endings. What is longer (a decoder's loop) is none, and
every place in it where a name could end would be tried."""
_SHORTEST_NAME: Final = 4
"""Letters of either name where two are heard as one word."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What stands for the recognised words ``first`` to ``last``, both included."""

    text: str
    first: int
    last: int
    entries: tuple[GlossaryEntry, ...] = ()
    """The entries that were recognised; empty where the words are as they were."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A recognised word without the punctuation around it."""

    before: str
    core: str
    after: str
    letters: str
    common: bool
    confidence: float | None


@dataclass(frozen=True, slots=True)
class _Target:
    """One way in which an entry may be heard."""

    entry: GlossaryEntry
    words: int
    letters: str
    spelling: str
    sound: str
    parts: tuple[str, ...]
    """Sounds of its words."""

    written: str
    bias: float
    """What the entry's weight takes off the threshold."""


@dataclass(frozen=True, slots=True)
class _Match:
    text: str
    entries: tuple[GlossaryEntry, ...]
    gain: float


_Candidate = tuple[float, _Target, str]
"""How far above its threshold an entry is, the entry as heard, and the text to write."""


_REMEMBERED: Final = 4096
"""Searches of which the result is kept."""

_SHORTEST_HEAD: Final = 4
"""Sounds; fewer begin too many words."""


class VocabularyCorrector:
    """Corrects words of one language by one glossary; safe to share between threads."""

    def __init__(self, glossary: Glossary, language: Language) -> None:
        self._language = language
        self._targets = [
            target for entry in glossary.for_language(language) for target in self._heard_as(entry)
        ]
        self._sounds = [target.sound for target in self._targets]
        self._by_spelling: dict[str, list[_Target]] = {}
        for target in self._targets:
            self._by_spelling.setdefault(target.spelling, []).append(target)
        # Live text comes again and again with a word more.
        self._found = lru_cache(_REMEMBERED)(self._search)
        self._matched = lru_cache(_REMEMBERED)(self._match)
        self._heads = frozenset(
            target.sound[:length]
            for target in self._targets
            for length in range(_SHORTEST_HEAD, len(target.sound))
        )
        """Sounds that a name may begin with."""
        self._longest = _MORE_WORDS + max((target.words for target in self._targets), default=0)

    def correct(
        self, words: Sequence[str], confidences: Sequence[float] | None = None
    ) -> tuple[Correction, ...]:
        """The words with names mended.

        Args:
            words: as recognised, punctuation attached, no spaces in them.
            confidences: the recogniser's, 0 to 1, one a word; lower ones let more be mended.

        Returns:
            Corrections in order, which cover every word exactly once. One spans several words where
            a name was heard as several; its text holds a space where several were heard as one.

        Raises:
            InvalidArgument: the numbers of words and confidences differ.
        """
        tokens = self._tokens(words, confidences)
        unchanged = tuple(Correction(word, index, index) for index, word in enumerate(words))
        if not self._targets:
            return unchanged
        result: list[Correction] = []
        index = 0
        for first, last, match in self._best_matches(tokens):
            result.extend(unchanged[index:first])
            result.extend(_written(match, tokens, first, last))
            index = last + 1
        return (*result, *unchanged[index:])

    def open_tail(
        self,
        words: Sequence[str],
        confidences: Sequence[float] | None = None,
        *,
        final: int | None = None,
    ) -> int:
        """How many of the first ``final`` words a name may take that goes on behind them.

        A name that is recognised in words on both sides of the border, or words at the end that
        sound like the beginning of one. For live text, where what was told is never changed.

        Args:
            words: as of ``correct``; those after ``final`` may still change.
            confidences: as of ``correct``.
            final: None: all.
        """
        border = len(words) if final is None else final
        if not self._targets:
            return 0
        tokens = self._tokens(words, confidences)
        start = border
        for first, last, _ in self._best_matches(tokens):
            if first < border <= last:
                start = first
        end = len(tokens) - 1
        for first in self._window_starts(tokens, end) if tokens and not tokens[-1].after else ():
            sound = keys_of("".join(token.letters for token in tokens[first:])).sound
            if sound in self._heads:
                start = min(start, first)
        return border - start

    def _tokens(self, words: Sequence[str], confidences: Sequence[float] | None) -> list[_Token]:
        if confidences is not None and len(confidences) != len(words):
            raise InvalidArgument(
                "confidences", f"{len(confidences)} of them for {len(words)} words"
            )
        return [
            self._token(word, None if confidences is None else round(confidences[index], 1))
            for index, word in enumerate(words)
        ]

    def _best_matches(self, tokens: list[_Token]) -> list[tuple[int, int, _Match]]:
        """Matches that do not overlap, with the largest sum of gains (a shortest-path search)."""
        best: list[tuple[float, tuple[int, int, _Match] | None]] = [(0.0, None)]
        for end in range(len(tokens)):
            choice: tuple[float, tuple[int, int, _Match] | None] = (best[end][0], None)
            for first in self._window_starts(tokens, end):
                match = self._matched(tuple(tokens[first : end + 1]))
                if match is not None and best[first][0] + match.gain > choice[0]:
                    choice = (best[first][0] + match.gain, (first, end, match))
            best.append(choice)
        chosen = []
        end = len(tokens)
        while end > 0:
            step = best[end][1]
            if step is None:
                end -= 1
            else:
                chosen.append(step)
                end = step[0]
        return chosen[::-1]

    def _window_starts(self, tokens: list[_Token], end: int) -> Iterator[int]:
        """Where a name that ends with ``tokens[end]`` may begin; none reaches across a comma."""
        for first in range(end, max(-1, end - self._longest), -1):
            if not tokens[first].core or (first < end and tokens[first].after):
                return
            yield first
            if tokens[first].before:
                return

    def _match(self, window: tuple[_Token, ...]) -> _Match | None:
        letters = "".join(token.letters for token in window)
        if len(letters) > _MOST_LETTERS:
            return None
        candidates = list(self._candidates(window, letters))
        if candidates:
            best = max(candidates, key=lambda each: (each[0], each[1].entry.weight))
            if _is_tied(best, candidates):
                return None
            margin, target, text = best
            return _Match(text, (target.entry,), (margin + 0.01) * len(letters))
        return self._two_names(window[0]) if len(window) == 1 else None

    def _candidates(self, window: Sequence[_Token], letters: str) -> Iterator[_Candidate]:
        """Entries likely enough to be written."""
        common = all(token.common for token in window)
        for stem, ending, chains in self._readings(letters, window[-1].core):
            if len(window) > 1 and len(ending) >= len(window[-1].letters):
                continue  # a word of its own is no ending
            keys = keys_of(stem)
            for target, likeness in self._alike(keys, common):
                same = keys.spelling == target.spelling
                if len(window) > target.words + 1 and not same:
                    continue
                if common and not _may_be_common(target, len(window)):
                    continue
                if not same and _is_another_name(window, ending, keys.spelling, target):
                    continue
                margin = _likeness(stem, keys, likeness, target) - _threshold(window, target)
                if margin >= 0:
                    yield margin, target, self._write(target, ending, chains)

    def _alike(self, keys: Keys, common: bool) -> Iterator[tuple[_Target, float]]:
        """Targets and how much they sound alike; of common words only those spelt the same."""
        if common:
            yield from ((target, 1.0) for target in self._by_spelling.get(keys.spelling, ()))
            return
        for index, likeness in self._found(keys.sound):
            yield self._targets[index], likeness

    def _search(self, sound: str) -> tuple[tuple[int, float], ...]:
        """The places of the most alike targets, and how much so."""
        return tuple(
            (index, likeness)
            for _, likeness, index in process.extract(
                sound,
                self._sounds,
                scorer=Levenshtein.normalized_similarity,
                score_cutoff=_LOWEST_SOUND,
                limit=_CANDIDATES,
            )
        )

    def _two_names(self, token: _Token) -> _Match | None:
        """Two names of the glossary that were heard as one word, spelt all but right."""
        letters = token.letters
        if token.common:
            return None
        for cut in range(_SHORTEST_NAME, len(letters) - _SHORTEST_NAME + 1):
            first = next(iter(self._by_spelling.get(keys_of(letters[:cut]).spelling, ())), None)
            if first is None:
                continue
            for stem, ending, chains in self._readings(letters[cut:], token.core):
                second = next(iter(self._by_spelling.get(keys_of(stem).spelling, ())), None)
                if second is not None and len(stem) >= _SHORTEST_NAME:
                    text = f"{first.written} {self._write(second, ending, chains)}"
                    return _Match(text, (first.entry, second.entry), 0.1 * len(letters))
        return None

    def _readings(self, letters: str, last: str) -> Iterator[tuple[str, str, tuple[Chain, ...]]]:
        """Stem, ending and what that may be; ``last`` is the last word as it was written."""
        if self._language == "kk":
            yield from split_endings(letters)
            return
        yield letters, "", ((),)
        if self._language == "en" and last.lower().endswith(_POSSESSIVES):
            yield letters[:-1], "'s", ((),)

    def _write(self, target: _Target, ending: str, chains: tuple[Chain, ...]) -> str:
        if self._language == "kk":
            return attach(target.written, ending, chains)
        return target.written + ending

    def _heard_as(self, entry: GlossaryEntry) -> Iterator[_Target]:
        seen: set[tuple[str, str]] = set()
        written = self._forms(entry.written)
        for heard in (entry.spelling, *entry.sounds_like):
            for slot, form in self._forms(heard).items():
                text = written.get(slot, written.get(slot.split()[-1], entry.written))
                keys = keys_of(form)
                if not keys.sound or (form, text) in seen:
                    continue
                seen.add((form, text))
                yield _Target(
                    entry,
                    len(form.split()),
                    plain_letters(form),
                    keys.spelling,
                    keys.sound,
                    tuple(keys_of(word).sound for word in form.split()),
                    text,
                    _WEIGHT_STEP * math.log10(entry.weight),
                )

    def _forms(self, text: str) -> dict[str, str]:
        return dict(decline(text)) if self._language == "ru" else {NOMINATIVE: text}

    def _token(self, word: str, confidence: float | None) -> _Token:
        first, last = 0, len(word)
        while first < last and not word[first].isalnum():
            first += 1
        while last > first and not word[last - 1].isalnum():
            last -= 1
        core = word[first:last]
        common = is_common(core, self._language)
        return _Token(word[:first], core, word[last:], plain_letters(core), common, confidence)


def _is_tied(best: _Candidate, candidates: Sequence[_Candidate]) -> bool:
    """Is another entry of the same weight as likely? Then neither is written."""
    return any(
        abs(margin - best[0]) < _TIE
        and target.entry is not best[1].entry
        and target.entry.weight == best[1].entry.weight
        for margin, target, _ in candidates
    )


def _is_another_name(window: Sequence[_Token], ending: str, spelling: str, target: _Target) -> bool:
    """Is a part unlike, or was another surname heard that is made from the same name?

    ``Мұхтар Әблязов`` is not Мұхтар Әуезов, ``Құдайбергенов`` not Құдайберген.
    """
    heard, own = _SURNAME.search(spelling), _SURNAME.search(target.spelling)
    if heard is not None and (own is None or heard.lastgroup != own.lastgroup):
        return True
    if len(window) == 1 or len(window) != target.words:
        return False
    letters = [token.letters for token in window]
    letters[-1] = letters[-1][: len(letters[-1]) - len(ending)]
    return any(
        Levenshtein.normalized_similarity(keys_of(word).sound, part) < _LOWEST_SOUND
        for word, part in zip(letters, target.parts, strict=True)
    )


def _may_be_common(target: _Target, words: int) -> bool:
    """May common words, spelt as the entry, be it? As the entry says: several words, or heavy."""
    return target.entry.weight >= _HEAVY or 1 < words == target.words


def _likeness(stem: str, keys: Keys, sound: float, target: _Target) -> float:
    """0 to 1, of spelling, sound and the letters themselves."""
    spelling = Levenshtein.normalized_similarity(keys.spelling, target.spelling)
    letters = Levenshtein.normalized_similarity(stem, target.letters)
    initials = {keys.sound[:1], target.sound[:1]}
    same_initial = len(initials) == 1 or initials <= _BLURRED_INITIALS
    if is_latin(stem) != is_latin(target.letters):
        spelling = letters = sound - _OTHER_SCRIPT
    weight = _LATIN_SOUND if is_latin(target.letters) else _SOUND
    likeness = weight * sound + (1 - _LETTERS - weight) * spelling + _LETTERS * letters
    return likeness if same_initial else likeness - _OTHER_INITIAL


def _threshold(window: Sequence[_Token], target: _Target) -> float:
    missing = _SHORT - len(target.sound)
    step = _SHORT_STEP * missing if missing > 0 else _LONG_STEP * max(missing, -_SHORT)
    threshold = _THRESHOLD + step - target.bias
    known = [token.confidence for token in window if token.confidence is not None]
    if known:
        threshold += _CONFIDENCE_STEP * (fmean(known) - _USUAL_CONFIDENCE)
    if len(window) > 1 and any(token.common for token in window):
        threshold += _COMMON_STEP
    return min(threshold, 0.95)


def _written(match: _Match, tokens: list[_Token], first: int, last: int) -> Iterator[Correction]:
    """The match as corrections: one a word where the numbers of words agree."""
    text = match.text
    if tokens[first].core[:1].isupper() and text[:1].islower():
        text = text[0].upper() + text[1:]
    text = tokens[first].before + text + tokens[last].after
    words = text.split(" ")
    if len(words) != last - first + 1:
        yield Correction(text, first, last, match.entries)
        return
    for index, word in enumerate(words, start=first):
        yield Correction(word, index, index, match.entries)
