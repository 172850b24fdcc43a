"""Which word of a segment each word of its translation came from."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UNKNOWN = -1
_LONGEST_UNFILLED = 2  # words: that many without a source are believed to have none


@dataclass(frozen=True, slots=True)
class Atom:
    """The core of a word, or the punctuation before or after it."""

    start: int
    end: int
    word: int
    """Which word of its text it belongs to."""

    part: int
    """-1 before the core, 0 the core, 1 after it."""

    @property
    def weight(self) -> int:
        """How much it counts when a range's words are sought: punctuation counts little."""
        return 1 if self.part else 4


def of_sentences(parts: Iterable[tuple[str, str, Sequence[int]]]) -> tuple[int, ...]:
    """The alignment of a text from those of its sentences.

    Args:
        parts: for each sentence its text, its translation and the translation's alignment, which
            may be empty. Sentences are taken to have whitespace between them.
    """
    combined: list[int] = []
    offset = 0
    for sentence, translation, alignment in parts:
        words = len(translation.split())
        usable = alignment if len(alignment) == words else (UNKNOWN,) * words
        combined += [UNKNOWN if index < 0 else index + offset for index in usable]
        offset += len(sentence.split())
    return tuple(combined)


def atoms(text: str) -> list[Atom]:
    """Words as ``str.split`` counts, each cut into core and the punctuation around it."""
    found: list[Atom] = []
    for word, (start, end) in enumerate(_words(text)):
        first, last = start, end
        while first < end and _is_punctuation(text[first]):
            first += 1
        if first == end:
            found.append(Atom(start, end, word, 0))
            continue
        while _is_punctuation(text[last - 1]):
            last -= 1
        if start < first:
            found.append(Atom(start, first, word, -1))
        found.append(Atom(first, last, word, 0))
        if last < end:
            found.append(Atom(last, end, word, 1))
    return found


def word_links(source: str, target: str, alignment: Sequence[int]) -> list[int]:
    """For each word of ``target`` a word of ``source``, or ``UNKNOWN``.

    The alignment is taken as it is. Where it says nothing, identical words (names, numbers,
    addresses) are linked first, the others by their place between those.
    """
    source_words, target_words = list(_words(source)), list(_words(target))
    if not source_words or not target_words:
        return [UNKNOWN] * len(target_words)
    links = [UNKNOWN] * len(target_words)
    if len(alignment) == len(target_words):
        links = [at if 0 <= at < len(source_words) else UNKNOWN for at in alignment]
    gaps = list(_gaps(links))
    if not gaps:
        return links
    _link_identical(source, source_words, target, target_words, links)
    anchors = _rising(links)
    for first, last in gaps:
        for word in range(first, last):
            if links[word] == UNKNOWN:
                links[word] = _by_place(word, anchors, source_words, target_words)
    return links


def _gaps(links: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Stretches of unknown words that are too long to come from nothing, or are all there is."""
    start: int | None = None
    for at, link in enumerate([*links, 0]):
        if at < len(links) and link == UNKNOWN:
            start = at if start is None else start
        elif start is not None:
            if at - start > _LONGEST_UNFILLED or at - start == len(links):
                yield start, at
            start = None


def _link_identical(
    source: str,
    source_words: Sequence[tuple[int, int]],
    target: str,
    target_words: Sequence[tuple[int, int]],
    links: list[int],
) -> None:
    """Link words that stand in both texts equally often, in their order."""
    in_source, in_target = _occurrences(source, source_words), _occurrences(target, target_words)
    for word, places in in_target.items():
        originals = in_source.get(word, [])
        if len(originals) == len(places):
            for place, original in zip(places, originals, strict=True):
                if links[place] == UNKNOWN:
                    links[place] = original


def _occurrences(text: str, words: Sequence[tuple[int, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, (start, end) in enumerate(words):
        bare = text[start:end].strip(".,;:!?…()[]{}\"'«»“”„").casefold()
        if bare:
            found[bare].append(number)
    return found


def _rising(links: Sequence[int]) -> list[tuple[int, int]]:
    """The longest chain of links that rises in both texts, as (target word, source word)."""
    tails: list[int] = []  # smallest last source word of a chain of each length
    tail_at: list[int] = []
    previous: dict[int, int] = {}
    for at, link in enumerate(links):
        if link == UNKNOWN:
            continue
        length = bisect_left(tails, link)
        if length:
            previous[at] = tail_at[length - 1]
        if length == len(tails):
            tails.append(link)
            tail_at.append(at)
        else:
            tails[length], tail_at[length] = link, at
    chain: list[tuple[int, int]] = []
    current: int | None = tail_at[-1] if tail_at else None
    while current is not None:
        chain.append((current, links[current]))
        current = previous.get(current)
    return chain[::-1]


def _by_place(
    word: int,
    anchors: Sequence[tuple[int, int]],
    source_words: Sequence[tuple[int, int]],
    target_words: Sequence[tuple[int, int]],
) -> int:
    """The source word at the same share of the way between the nearest anchors."""
    following = bisect_right(anchors, (word, len(source_words)))
    first_target = first_source = 0
    if following:
        at, link = anchors[following - 1]
        first_target, first_source = target_words[at][1], source_words[link][1]
    last_target, last_source = target_words[-1][1], source_words[-1][1]
    if following < len(anchors):
        at, link = anchors[following]
        last_target, last_source = target_words[at][0], source_words[link][0]
    start, end = target_words[word]
    share = ((start + end) / 2 - first_target) / max(last_target - first_target, 1)
    place = first_source + share * (last_source - first_source)
    return max(0, bisect_right(source_words, place, key=lambda span: span[0]) - 1)


def _words(text: str) -> Iterable[tuple[int, int]]:
    """Start and end of each word, exactly as ``str.split`` finds them."""
    end = 0
    for word in text.split():
        start = text.index(word, end)
        end = start + len(word)
        yield start, end


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] == "P"
