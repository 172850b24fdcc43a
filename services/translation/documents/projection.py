"""Where the marks of a segment stand in its translation.

Every mark comes out once, with its id. A range takes the stretch of target words in which most
come from its source words (a maximum-sum stretch: a word that comes from inside counts for it, one
from outside against it), never a word that another range claims; so ranges stay nested as they
were. The text itself is not touched.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.translation.documents.alignment import UNKNOWN, Atom, atoms, word_links
from services.translation.documents.interface import Mark, MarkKind, Segment, TranslatedSegment

_PLAIN = -1
_UNCLAIMED = -2


def project(segment: Segment, translation: TranslatedSegment) -> tuple[Mark, ...]:
    """The segment's marks over the translation's text, in the segment's order."""
    if not segment.marks:
        return ()
    projector = _Projector(segment, translation)
    projector.place(None, (0, len(segment.text)), (0, len(translation.text)))
    return tuple(
        replace(mark, start=projector.placed[mark.id][0], end=projector.placed[mark.id][1])
        for mark in segment.marks
    )


@dataclass(slots=True)
class _Level:
    """The target's atoms inside one parent, and who claims each."""

    first: int
    owners: list[int]
    """Of the atoms from ``first`` on: a mark's id, ``_PLAIN`` or ``_UNCLAIMED``."""

    windows: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Characters of the target that each child has."""


class _Projector:
    def __init__(self, segment: Segment, translation: TranslatedSegment) -> None:
        self.source, self.target = segment.text, translation.text
        self.source_atoms, self.target_atoms = atoms(self.source), atoms(self.target)
        self.source_starts = [atom.start for atom in self.source_atoms]
        self.target_starts = [atom.start for atom in self.target_atoms]
        self.target_ends = [atom.end for atom in self.target_atoms]
        self.came_from, self.went_to = self._link(translation.alignment)
        self.children: dict[int | None, list[Mark]] = defaultdict(list)
        for mark in segment.marks:
            self.children[mark.parent].append(mark)
        self.placed: dict[int, tuple[int, int]] = {}

    def _link(self, alignment: Sequence[int]) -> tuple[list[int], dict[int, list[int]]]:
        """Atom by atom: cores to cores, punctuation to punctuation of the linked word."""
        by_word = {(atom.word, atom.part): number for number, atom in enumerate(self.source_atoms)}
        links = word_links(self.source, self.target, alignment)
        came_from: list[int] = []
        went_to: dict[int, list[int]] = defaultdict(list)
        for number, atom in enumerate(self.target_atoms):
            source = by_word.get((links[atom.word], atom.part), UNKNOWN)
            came_from.append(source)
            if source != UNKNOWN:
                went_to[source].append(number)
        return came_from, went_to

    def place(self, parent: int | None, source: tuple[int, int], target: tuple[int, int]) -> None:
        """Place all that ``parent`` holds; spans are the parent's in both texts."""
        work = [(parent, source, target)]
        while work:
            holder, from_span, to_span = work.pop()
            marks = self.children[holder]
            ranges = [mark for mark in marks if self.source[mark.start : mark.end].strip()]
            level = self._ranges(ranges, from_span, to_span)
            self.placed.update(level.windows)
            spans = sorted(level.windows.values())
            for mark in marks:
                if mark.id not in level.windows:
                    at = self._point(mark, from_span, to_span, spans)
                    end = self._end_of_space(mark, at, to_span[1], spans)
                    if end > at:
                        insort(spans, (at, end))
                    self.placed[mark.id] = (at, end)
            work += [(mark.id, (mark.start, mark.end), self.placed[mark.id]) for mark in marks]

    def _ranges(
        self, ranges: Sequence[Mark], source: tuple[int, int], target: tuple[int, int]
    ) -> _Level:
        first = self._first(self.target_atoms, self.target_starts, target[0])
        last = bisect_left(self.target_starts, target[1])
        level = _Level(first, [_UNCLAIMED] * max(0, last - first))
        whole = len(ranges) == 1 and (ranges[0].start, ranges[0].end) == source
        if whole and ranges[0].kind is MarkKind.RANGE:
            level.windows[ranges[0].id] = target
            return level
        self._claim_repeated(ranges, source, target, level)
        owner_of, inner_of = self._source_owners(ranges)
        self._claim_inner(inner_of, target, level)
        for at, owner in enumerate(level.owners):
            if owner == _UNCLAIMED:
                origin = self.came_from[first + at]
                if origin != UNKNOWN:
                    level.owners[at] = owner_of.get(origin, _PLAIN)
        self._claim_stretches(level, target)
        self._claim_rest(ranges, source, target, level)
        return level

    def _source_owners(
        self, ranges: Sequence[Mark]
    ) -> tuple[dict[int, int], dict[int, list[Mark]]]:
        """Which range each source atom belongs to, and the ranges that are parts of one atom."""
        owner_of: dict[int, int] = {}
        covered: dict[int, int] = {}
        inner_of: dict[int, list[Mark]] = defaultdict(list)
        for mark in ranges:
            at = self._first(self.source_atoms, self.source_starts, mark.start)
            touched = []
            while at < len(self.source_atoms) and self.source_atoms[at].start < mark.end:
                touched.append(at)
                at += 1
            if len(touched) == 1 and self._cuts(mark, self.source_atoms[touched[0]]):
                inner_of[touched[0]].append(mark)
                continue
            for number in touched:
                atom = self.source_atoms[number]
                share = min(atom.end, mark.end) - max(atom.start, mark.start)
                if share > covered.get(number, 0):
                    owner_of[number], covered[number] = mark.id, share
        return owner_of, inner_of

    def _cuts(self, mark: Mark, atom: Atom) -> bool:
        inside = self.source[max(mark.start, atom.start) : min(mark.end, atom.end)]
        return inside != self.source[atom.start : atom.end]

    def _claim_repeated(
        self,
        ranges: Sequence[Mark],
        source: tuple[int, int],
        target: tuple[int, int],
        level: _Level,
    ) -> None:
        """Find the texts of kept ranges in the translation, nearest to where they should be."""
        alike: dict[str, list[Mark]] = defaultdict(list)
        for mark in ranges:
            if mark.kind is MarkKind.KEPT:
                alike[self.source[mark.start : mark.end]].append(mark)
        taken: list[tuple[int, int]] = []
        for text in sorted(alike, key=len, reverse=True):
            places: list[int] = []
            at = self.target.find(text, *target)
            while at != -1:
                if not _overlaps(taken, at, at + len(text)):
                    places.append(at)
                at = self.target.find(text, at + len(text), target[1])
            first = 0
            for number, mark in enumerate(alike[text]):
                last = len(places) - (len(alike[text]) - number - 1)
                if first >= len(places):
                    break
                wanted = self._proportional(mark.start, source, target)
                chosen = bisect_left(places, wanted, first, max(last - 1, first))
                if chosen > first and wanted - places[chosen - 1] < places[chosen] - wanted:
                    chosen -= 1
                first = chosen + 1
                span = (places[chosen], places[chosen] + len(text))
                level.windows[mark.id] = span
                insort(taken, span)
                self._claim_span(mark.id, span, level)

    def _claim_span(self, mark_id: int, span: tuple[int, int], level: _Level) -> None:
        at = self._first(self.target_atoms, self.target_starts, span[0])
        while at < level.first + len(level.owners) and self.target_atoms[at].start < span[1]:
            level.owners[at - level.first] = mark_id
            at += 1

    def _claim_inner(
        self, inner_of: dict[int, list[Mark]], target: tuple[int, int], level: _Level
    ) -> None:
        """Ranges that are parts of a word: the same characters where the translation has them."""
        for number, marks in inner_of.items():
            wanted = [mark for mark in marks if mark.id not in level.windows]
            place = next(
                (
                    at
                    for at in self.went_to.get(number, ())
                    if 0 <= at - level.first < len(level.owners)
                    and level.owners[at - level.first] == _UNCLAIMED
                ),
                None,
            )
            if place is None or not wanted:
                continue
            atom, copy = self.source_atoms[number], self.target_atoms[place]
            begin, end = max(copy.start, target[0]), min(copy.end, target[1])
            found = False
            for mark in wanted:
                span = self._part(mark, atom, begin, end)
                if span is not None:
                    level.windows[mark.id] = span
                    begin, found = span[1], True
            if not found:
                level.windows[wanted[0].id] = (begin, end)
            level.owners[place - level.first] = next(
                mark.id for mark in wanted if mark.id in level.windows
            )

    def _part(self, mark: Mark, atom: Atom, begin: int, end: int) -> tuple[int, int] | None:
        part = self.source[max(mark.start, atom.start) : min(mark.end, atom.end)]
        if not part:
            return None
        word = self.target[begin:end]
        if mark.start <= atom.start and word.startswith(part):
            at = begin
        elif mark.end >= atom.end and word.endswith(part):
            at = end - len(part)
        else:
            at = self.target.find(part, begin, end)
        return None if at == -1 else (at, at + len(part))

    def _claim_stretches(self, level: _Level, target: tuple[int, int]) -> None:
        """For each range its best stretch of atoms: Kadane's algorithm, between others' atoms."""
        best: dict[int, tuple[int, int, int]] = {}
        current: dict[int, tuple[int, int, int]] = {}
        against = 0  # weight of plain atoms so far, to charge a stretch that runs across them
        charged: dict[int, int] = {}
        barrier = -1  # the last mark seen: whoever comes after another begins anew
        for at, owner in enumerate(level.owners):
            weight = self.target_atoms[level.first + at].weight
            if owner == _PLAIN:
                against += weight
            if owner in (_PLAIN, _UNCLAIMED):
                continue
            if owner in level.windows:
                barrier = owner
                continue
            score, start = 0, at
            if barrier == owner and owner in current:
                kept = current[owner][0] - (against - charged[owner])
                if kept > 0:
                    score, start = kept, current[owner][1]
            current[owner] = (score + weight, start, at)
            charged[owner] = against
            barrier = owner
            if owner not in best or current[owner][0] > best[owner][0]:
                best[owner] = current[owner]
        for owner, (_, start, end) in best.items():
            first, last = (
                self.target_atoms[level.first + start],
                self.target_atoms[level.first + end],
            )
            level.windows[owner] = (max(first.start, target[0]), min(last.end, target[1]))

    def _claim_rest(
        self,
        ranges: Sequence[Mark],
        source: tuple[int, int],
        target: tuple[int, int],
        level: _Level,
    ) -> None:
        """Ranges that no word came from take the nearest free word, or none."""
        left = [mark for mark in ranges if mark.id not in level.windows]
        if not left:
            return
        taken = sorted(level.windows.values())
        free = [
            (max(atom.start, target[0]), min(atom.end, target[1]))
            for atom in self.target_atoms[level.first : level.first + len(level.owners)]
            if atom.part == 0 and not _overlaps(taken, atom.start, atom.end)
        ]
        for mark in left:
            wanted = self._proportional(mark.start, source, target)
            at = bisect_left(free, (wanted, wanted))
            if mark.kind is MarkKind.KEPT or not free:
                place = _outside(taken, self._border(wanted, target))
                level.windows[mark.id] = (place, place)
                continue
            if at == len(free) or (at and wanted - free[at - 1][0] < free[at][0] - wanted):
                at -= 1
            level.windows[mark.id] = free.pop(at)
            insort(taken, level.windows[mark.id])

    def _point(
        self,
        mark: Mark,
        source: tuple[int, int],
        target: tuple[int, int],
        taken: Sequence[tuple[int, int]],
    ) -> int:
        if mark.start <= source[0]:
            return target[0]
        if mark.start >= source[1]:
            return target[1]
        at = max(min(self._follow(mark.start, source, target), target[1]), target[0])
        return _outside(taken, at)

    def _end_of_space(self, mark: Mark, at: int, end: int, taken: Sequence[tuple[int, int]]) -> int:
        """A range of white space holds the same white space where the translation has it."""
        text = self.source[mark.start : mark.end]
        same = text and self.target.startswith(text, at, end)
        return at + len(text) if same and not _overlaps(taken, at, at + len(text)) else at

    def _follow(self, offset: int, source: tuple[int, int], target: tuple[int, int]) -> int:
        """Where what stands at ``offset`` went: after the word before it, or before the next."""
        before = bisect_left(self.source_starts, offset) - 1
        if not self.source[offset - 1].isspace() and before >= 0:
            atom = self.source_atoms[before]
            places = self._places(before, target)
            if offset < atom.end and places:
                copy = self.target_atoms[places[0]]
                whole = self.target[copy.start : copy.end]
                if whole == self.source[atom.start : atom.end]:
                    return copy.start + offset - atom.start
            if places:
                return self.target_atoms[places[-1]].end
            core = before - 1
            if atom.part == 1 and core >= 0 and (places := self._places(core, target)):
                return self.target_atoms[places[-1]].end
        following = before + 1
        if following < len(self.source_atoms) and (places := self._places(following, target)):
            start = self.target_atoms[places[0]].start
            back = start - (self.source_atoms[following].start - offset)
            return back if self.target[max(back, 0) : start].isspace() else start
        return self._border(self._proportional(offset, source, target), target)

    def _places(self, number: int, target: tuple[int, int]) -> tuple[int, int] | None:
        """The first and the last target atom that came from a source atom, inside ``target``."""
        copies = self.went_to.get(number, [])
        first = bisect_left(self.target_starts, target[0])
        last = bisect_right(self.target_ends, target[1])
        begin, end = bisect_left(copies, first), bisect_left(copies, last)
        return (copies[begin], copies[end - 1]) if begin < end else None

    def _proportional(self, offset: int, source: tuple[int, int], target: tuple[int, int]) -> int:
        share = (offset - source[0]) / max(source[1] - source[0], 1)
        return target[0] + round(share * (target[1] - target[0]))

    def _border(self, offset: int, target: tuple[int, int]) -> int:
        """The nearest end of a word, or an edge of the target."""
        at = self._first(self.target_atoms, self.target_starts, offset)
        ends = [atom.end for atom in self.target_atoms[max(0, at - 2) : at + 2]]
        inside = [end for end in ends if target[0] <= end <= target[1]]
        return min([*inside, target[0], target[1]], key=lambda end: abs(end - offset))

    @staticmethod
    def _first(found: Sequence[Atom], starts: Sequence[int], offset: int) -> int:
        """Number of the first atom that ends after ``offset``."""
        at = bisect_right(starts, offset) - 1
        if at >= 0 and found[at].end > offset:
            return at
        return at + 1


def _overlaps(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(spans, (end, end)) - 1
    return at >= 0 and spans[at][1] > start


def _outside(spans: Sequence[tuple[int, int]], offset: int) -> int:
    """The nearest place that is not inside a span."""
    at = bisect_left(spans, (offset, offset)) - 1
    if at < 0 or not spans[at][0] < offset < spans[at][1]:
        return offset
    start, end = spans[at]
    return end if end - offset <= offset - start else start
