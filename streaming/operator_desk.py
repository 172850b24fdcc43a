"""What operators do to a session on air: correct its text, hold, clear or kill its outputs.

What was committed is never edited: each act is an event of its own, numbered and kept as others
are, so that outputs which can revise apply it and late ones find it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from foundation.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.corrected_words import Place, redistribute
from streaming.cues.line_breaking import break_lines
from streaming.cues.model import Cue
from streaming.cues.presets import CuePreset
from streaming.session_events import (
    CaptionState,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    CueReady,
    SessionEvent,
    SessionEventBody,
    TentativeText,
)
from streaming.watchers import EventLog

MAX_EVENTS: Final = 50
"""Committed events that one correction may span."""

_SETS: Final = {
    ControlAction.HOLD: ("held", True),
    ControlAction.RELEASE: ("held", False),
    ControlAction.KILL: ("killed", True),
    ControlAction.RESTORE: ("killed", False),
    ControlAction.LABEL: ("unlabelled", False),
    ControlAction.UNLABEL: ("unlabelled", True),
}


@dataclass(frozen=True, slots=True)
class _Changed:
    """A committed event whose words were corrected."""

    track: str
    start: Ticks
    end: Ticks
    words: tuple[Word, ...]


class OperatorDesk:
    """Publishes a session's events, and the operators' among them.

    Args:
        log: Takes the events; what it keeps can be corrected.
        wall: Tells seconds since the first audio sample was due.
        preset: Breaks the lines of corrected cues.
        track: Carries the events of the whole session.
        heard_until: Tells the media time at which the received audio ends.
    """

    def __init__(
        self,
        log: EventLog,
        wall: Callable[[], float],
        preset: CuePreset,
        track: str,
        heard_until: Callable[[], Ticks] = lambda: 0,
    ) -> None:
        self._log = log
        self._wall = wall
        self.preset = preset
        self._track = track
        self._heard_until = heard_until
        self._said_until: Ticks = 0
        self._changed: dict[int, _Changed] = {}
        self._cues: dict[int, Cue] = {}
        """Corrected cues by the ids of their events."""
        self._captions = CaptionState()

    @property
    def last_event_id(self) -> int:
        """Of the newest event; 0: there was none."""
        return self._log.last_event_id

    @property
    def captions(self) -> CaptionState:
        """What outputs may show now."""
        return self._captions

    def publish(self, track: str, body: SessionEventBody) -> int:
        """Tell all watchers; return the event's id.

        A cue is built of the words as they were committed: where some were corrected before it was
        finished, its correction follows it at once.
        """
        if isinstance(body, CommittedText | TentativeText) and body.words:
            self._said_until = max(self._said_until, body.words[-1].end)
        event_id = self._log.publish(track, self._wall(), body)
        if isinstance(body, CueReady) and self._holds_corrections(track, body.cue):
            event = SessionEvent(event_id, 0.0, track, body)
            words = [word for _, word in self._said(track)]
            cues = self._corrected_cues([event], words)
            if cues:
                self._log.publish(track, self._wall(), Corrected((), cues))
        return event_id

    def control(self, action: ControlAction, operator: str = "") -> CaptionState:
        """Hold, release, clear, kill, restore or label; nothing happens if it is so already.

        Raises:
            FailedPrecondition: the session has ended.
        """
        self._check_on_air()
        if action in _SETS:
            name, value = _SETS[action]
            wanted = replace(self._captions, **{name: value})
            if wanted == self._captions:
                return wanted
            self._captions = wanted
        at = max(self._heard_until(), self._said_until)
        self.publish(self._track, Controlled(action, self._captions, operator, at))
        return self._captions

    def correct_events(
        self, track: str, first: int, last: int, expected: str, text: str, operator: str = ""
    ) -> tuple[int, Corrected]:
        """Correct the words of committed events ``first`` to ``last`` of a track.

        Args:
            track: Whose events they are.
            first: An event's id.
            last: An event's id; those of other tracks between them are passed over.
            expected: What the words say now, as the caller knows them.
            text: What they should say.
            operator: Who corrects.

        Returns:
            The correction and its event's id; 0 where the words said so already.

        Raises:
            NotFound: no such event of the track is kept.
            Aborted: the words say something else by now.
            FailedPrecondition: the session has ended.
            InvalidArgument: more than ``MAX_EVENTS`` events.
        """
        self._check_on_air()
        ids = [
            event.event_id for event, _ in self._committed(track) if first <= event.event_id <= last
        ]
        if not {first, last} <= set(ids):
            raise NotFound(f"no committed event {first} or {last} of track {track!r} is kept")
        if len(ids) > MAX_EVENTS:
            raise InvalidArgument("last_event_id", f"{len(ids)} events, limit {MAX_EVENTS}")
        span = [(event_id, word) for event_id, word in self._said(track) if event_id in set(ids)]
        current = " ".join(word.text for _, word in span)
        if " ".join(expected.split()) != current != " ".join(text.split()):
            raise Aborted("the text was changed meanwhile", current)
        return self._correct(track, span, text, operator, ids[0])

    def correct_cue(
        self, track: str, index: int, expected: str, text: str, operator: str = ""
    ) -> tuple[int, Corrected]:
        """Correct the words of a finished cue; otherwise as ``correct_events``."""
        self._check_on_air()
        event = next((e for e, cue in self._finished(track) if cue.index == index), None)
        if event is None:
            raise NotFound(f"no cue {index} of track {track!r} is kept")
        assert isinstance(event.body, CueReady), "found among the finished cues"
        span = [place for place in self._said(track) if _within(place[1], event.body.cue)]
        current = " ".join(word.text for _, word in span)
        # A word longer than a line stands in the cue in pieces.
        if _letters(expected) != _letters(current) and current != " ".join(text.split()):
            raise Aborted("the text was changed meanwhile", current)
        if not span:
            raise FailedPrecondition("the cue has no words left; correct the events around it")
        return self._correct(track, span, text, operator, span[0][0])

    def _check_on_air(self) -> None:
        if self._log.closed:
            raise FailedPrecondition("the session has ended")

    def _correct(
        self, track: str, span: Sequence[Place], text: str, operator: str, empty: int
    ) -> tuple[int, Corrected]:
        """Put ``text`` in the place of the words of ``span``; ``empty`` takes it if there are none.

        Words keep their times and events where they are the same.
        """
        wanted = text.split()
        if wanted == [word.text for _, word in span]:
            return 0, Corrected((), (), operator)
        own = {event.event_id: words for event, words in self._committed(track)}
        if not span:
            span = [(empty, self._gap(track, empty, own[empty][0]))]
        before = [place[1] for place in span]
        after = redistribute(span, wanted)
        touched = sorted({event_id for event_id, _ in span})
        gone = {id(word) for word in before}
        texts = []
        for event_id in touched:
            words = self._words(event_id, own[event_id])
            place = next((n for n, word in enumerate(words) if id(word) in gone), len(words))
            kept = [word for word in words if id(word) not in gone]
            new = [word for owner, word in after if owner == event_id]
            said = (*kept[:place], *new, *kept[place:])
            if said == words:
                continue
            first, last = own[event_id][0], own[event_id][-1]
            self._changed[event_id] = _Changed(track, first.start, last.end, said)
            texts.append(CorrectedText(event_id, said))
        self._forget_old()
        start, end = before[0].start, before[-1].end
        near = [e for e, cue in self._finished(track) if _overlaps(cue, start, end)]
        cues = self._corrected_cues(near, [word for _, word in self._said(track)])
        correction = Corrected(tuple(texts), cues, operator)
        return self.publish(track, correction), correction

    def _gap(self, track: str, event_id: int, first: Word) -> Word:
        """Where words go that are put back into an emptied event: not before those told before.

        A correction of several events gives the first of them the time of all.
        """
        said = self._said(track)
        before = max((word.end for owner, word in said if owner < event_id), default=first.start)
        after = min((word.start for owner, word in said if owner > event_id), default=first.end)
        start = max(first.start, before)
        return replace(first, text="", start=start, end=max(start, min(first.end, after)))

    def _forget_old(self) -> None:
        oldest = next((event.event_id for event in self._log.kept), 0)
        for known in (self._changed, self._cues):
            for event_id in [event_id for event_id in known if event_id < oldest]:
                del known[event_id]

    def _committed(self, track: str) -> Iterator[tuple[SessionEvent, tuple[Word, ...]]]:
        for event in self._log.kept:
            if event.track == track and isinstance(event.body, CommittedText):
                yield event, event.body.words

    def _finished(self, track: str) -> Iterator[tuple[SessionEvent, Cue]]:
        for event in self._log.kept:
            if event.track == track and isinstance(event.body, CueReady):
                yield event, event.body.cue

    def _words(self, event_id: int, words: tuple[Word, ...]) -> tuple[Word, ...]:
        changed = self._changed.get(event_id)
        return words if changed is None else changed.words

    def _said(self, track: str) -> list[Place]:
        """The words of a track as they read now, with the events that they belong to."""
        return [
            (event.event_id, word)
            for event, words in self._committed(track)
            for word in self._words(event.event_id, words)
        ]

    def _holds_corrections(self, track: str, cue: Cue) -> bool:
        return any(
            changed.track == track and _overlaps(cue, changed.start, changed.end)
            for changed in self._changed.values()
        )

    def _corrected_cues(
        self, events: Sequence[SessionEvent], words: Sequence[Word]
    ) -> tuple[Cue, ...]:
        """Those of the finished cues that read otherwise by now."""
        cues = []
        for event in events:
            assert isinstance(event.body, CueReady), "finished cues only"
            cue = event.body.cue
            shown = self._cues.get(event.event_id, cue)
            said = tuple(word for word in words if _within(word, cue))
            if _letters(" ".join(shown.lines)) == _letters(" ".join(w.text for w in said)) and (
                len(said) == len(shown.words)
            ):
                continue
            lines = self._lines([word.text for word in said], cue)
            corrected = replace(cue, lines=lines, words=said)
            self._cues[event.event_id] = corrected
            cues.append(corrected)
        return tuple(cues)

    def _lines(self, texts: list[str], cue: Cue) -> tuple[str, ...]:
        """A corrected text may be longer than a cue: it is shown whole, in more lines."""
        if not texts:
            return ()
        width = self.preset.max_chars[cue.language]
        lines = break_lines(texts, cue.language, width, self.preset.max_lines)
        return lines or tuple(textwrap.wrap(" ".join(texts), width, break_on_hyphens=False))


def _within(word: Word, cue: Cue) -> bool:
    if not cue.words:
        return False
    first, last = cue.words[0], cue.words[-1]
    return first.start <= word.start <= max(last.start, last.end - 1)


def _overlaps(cue: Cue, start: Ticks, end: Ticks) -> bool:
    return bool(cue.words) and cue.words[0].start < end and start < cue.words[-1].end


def _letters(text: str) -> str:
    return "".join(text.split())
