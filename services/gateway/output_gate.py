"""What outputs may know: nothing while held, and never what was said while killed.

Viewers' pages and overlays are in the hands of strangers: what must not go out is not sent to them,
rather than sent and hidden.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, TypeVar

from dauys.client import (
    CaptionState,
    Cleared,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    Cue,
    CueEvent,
    CueFinished,
    FeedChanged,
    HandedOver,
    TentativeText,
)

_REMEMBERED: Final = 20_000
"""Texts and cues that a correction may still name; twice what a server keeps."""

K = TypeVar("K")


class OutputGate:
    """Lets a session's events through to its outputs, in the order of their ids.

    While held, events wait; on release they go out as they read by then. What cannot wait (the
    screen is cleared or killed, text on it is corrected, the feed has ended) goes out at once
    without an id, and again in its place: clients may apply these twice.
    """

    def __init__(self, captions: CaptionState | None = None) -> None:
        self._captions = captions or CaptionState()
        self._waiting: list[CueEvent] = []
        self._tentative: dict[str, TentativeText] = {}
        self._shown: dict[int, None] = {}
        self._shown_cues: dict[tuple[str, int], None] = {}
        self._unsaid_until: dict[str, float] = {}

    def admit(self, event: CueEvent) -> Iterator[CueEvent]:
        """What goes out now that this event has come."""
        if isinstance(event, Controlled):
            yield from self._control(event)
        elif self._captions.killed and isinstance(
            event, TentativeText | CommittedText | CueFinished
        ):
            self._leave_unsaid(event)
        elif isinstance(event, TentativeText) and self._captions.held:
            self._tentative[event.track] = event
        elif self._captions.held:
            self._waiting.append(event)
            if isinstance(event, Cleared | FeedChanged):
                yield replace(event, event_id=0)
            elif isinstance(event, Corrected):
                yield from self._of_what_is_shown(replace(event, event_id=0))
        else:
            yield from self._let_out(event)

    def _control(self, event: Controlled) -> Iterator[CueEvent]:
        was_held, self._captions = self._captions.held, event.captions
        if event.action is ControlAction.KILL:
            # What waits was said before, but is not to be seen now or later.
            for waiting in (*self._waiting, *self._tentative.values()):
                self._leave_unsaid(waiting)
            self._waiting, self._tentative = [], {}
            yield event
        elif event.action is ControlAction.RELEASE:
            released = self._as_it_reads_now([*self._waiting, event])
            self._waiting = []
            for event_now in released:
                yield from self._let_out(event_now)
            yield from self._tentative.values()
            self._tentative = {}
        elif was_held:
            self._waiting.append(event)
            yield replace(event, event_id=0)
        else:
            yield event

    def _leave_unsaid(self, event: CueEvent) -> None:
        if isinstance(event, CommittedText | TentativeText):
            until = max(self._unsaid_until.get(event.track, 0.0), event.end)
            self._unsaid_until[event.track] = until

    def _let_out(self, event: CueEvent) -> Iterator[CueEvent]:
        match event:
            case CommittedText():
                self._shown[event.event_id] = None
                _forget_oldest(self._shown)
                yield event
            case CueFinished() if event.cue.start < self._unsaid_until.get(event.track, 0.0):
                return  # It holds words that were said while killed.
            case CueFinished():
                self._shown_cues[event.track, event.cue.index] = None
                _forget_oldest(self._shown_cues)
                yield event
            case Corrected():
                yield from self._of_what_is_shown(event)
            case HandedOver():
                return  # Engines' names and faults are for operators.
            case _:
                yield event

    def _of_what_is_shown(self, event: Corrected) -> Iterator[Corrected]:
        texts = tuple(
            _without_what_was_heard(text) for text in event.texts if text.event_id in self._shown
        )
        cues = tuple(cue for cue in event.cues if (event.track, cue.index) in self._shown_cues)
        if texts or cues:
            yield replace(event, texts=texts, cues=cues)

    def _as_it_reads_now(self, events: list[CueEvent]) -> list[CueEvent]:
        """The events that waited, with the corrections that were made while they did."""
        texts: dict[int, CorrectedText] = {}
        cues: dict[tuple[str, int], Cue] = {}
        for event in events:
            if isinstance(event, Corrected):
                texts |= {text.event_id: text for text in event.texts}
                cues |= {(event.track, cue.index): cue for cue in event.cues}
        read: list[CueEvent] = []
        for event in events:
            if isinstance(event, CommittedText) and event.event_id in texts:
                text = _without_what_was_heard(texts[event.event_id])
                event = replace(event, text=text.text, words=text.words)
            elif isinstance(event, CueFinished):
                cue = cues.get((event.track, event.cue.index), event.cue)
                event = replace(event, cue=cue)
            read.append(event)
        return read


def _without_what_was_heard(text: CorrectedText) -> CorrectedText:
    """``spoken`` holds the words that were corrected: they are not for the audience."""
    return replace(text, words=tuple(replace(word, spoken="") for word in text.words))


def _forget_oldest(known: dict[K, None]) -> None:
    if len(known) > _REMEMBERED:
        del known[next(iter(known))]
