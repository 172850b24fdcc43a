"""What outputs may show: nothing new while held, and never what was said while killed.

Outputs, viewers' pages and overlays are in the hands of strangers: what must not go out is not
handed to them, rather than handed over and hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeVar

from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.session_events import (
    CaptionState,
    Cleared,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    CueReady,
    FeedChanged,
    HandedOver,
    OutputChanged,
    SessionEvent,
    TentativeText,
)

_REMEMBERED: Final = 20_000
"""Texts and cues that a correction may still name; twice what a session keeps."""

_EMPTIES: Final = (ControlAction.CLEAR, ControlAction.KILL, ControlAction.RESTORE)

K = TypeVar("K")


class OutputGate:
    """Lets a session's events through to its outputs, in the order of their ids.

    While held, events wait; on release they go out as they read by then. What cannot wait (the
    screen is cleared or killed, text on it is corrected, the feed has ended) goes out at once with
    the id 0, and again in its place: outputs may apply these twice.

    Once the screen is cleared, killed or restored, words that began before that moment do not come
    any more, although recognition, cues and translations bring them later: text, cues and
    corrections go out without them, and not at all if nothing is left.

    Args:
        captions: What outputs may show before the first event.
    """

    def __init__(self, captions: CaptionState | None = None) -> None:
        self._captions = captions or CaptionState()
        self._waiting: list[SessionEvent] = []
        self._tentative: dict[str, SessionEvent] = {}
        self._silent_until: Ticks = 0
        self._shown: dict[int, Ticks] = {}
        """Committed events that were let through, and from which word on."""
        self._shown_cues: dict[tuple[str, int], Ticks] = {}

    @property
    def captions(self) -> CaptionState:
        """What outputs may show now."""
        return self._captions

    def admit(self, event: SessionEvent) -> Iterator[SessionEvent]:
        """What goes out now that this event has come."""
        body = event.body
        if isinstance(body, OutputChanged | HandedOver):
            return  # for operators: it may name hosts and files
        if isinstance(body, Controlled):
            yield from self._control(event, body)
        elif self._captions.killed and isinstance(body, TentativeText | CommittedText | CueReady):
            return
        elif isinstance(body, TentativeText) and self._captions.held:
            self._tentative[event.track] = event
        elif self._captions.held:
            self._waiting.append(event)
            if isinstance(body, Cleared | FeedChanged):
                yield replace(event, event_id=0)
            elif isinstance(body, Corrected):
                yield from self._of_what_is_shown(replace(event, event_id=0), body)
        else:
            yield from self._let_out(event)

    def _control(self, event: SessionEvent, control: Controlled) -> Iterator[SessionEvent]:
        was_held, self._captions = self._captions.held, control.captions
        if control.action is ControlAction.KILL:
            # What waits was said before, but is not to be seen now or later.
            self._waiting, self._tentative = [], {}
            yield from self._let_out(event)
        elif control.action is ControlAction.RELEASE:
            released = as_it_reads_now([*self._waiting, event])
            tentative = list(self._tentative.values())
            self._waiting, self._tentative = [], {}
            for event_now in (*released, *tentative):
                yield from self._let_out(event_now)
        elif was_held:
            self._waiting.append(event)
            yield replace(event, event_id=0)
        else:
            yield from self._let_out(event)

    def _let_out(self, event: SessionEvent) -> Iterator[SessionEvent]:
        match event.body:
            case Controlled(action, _, _, at):
                if action in _EMPTIES:
                    self._silent_until = max(self._silent_until, at)
                yield event
            case TentativeText(words):
                yield from _with_words(event, self._since(words))
            case CommittedText(words):
                rest = self._since(words)
                if rest or not words:
                    _remember(self._shown, event.event_id, self._silent_until)
                    yield from _with_words(event, rest)
            case CueReady(cue):
                left = words_since(cue, self._silent_until)
                if left.lines:
                    key = event.track, cue.index
                    _remember(self._shown_cues, key, self._silent_until)
                    yield event if left is cue else replace(event, body=CueReady(left))
            case Corrected():
                yield from self._of_what_is_shown(event, event.body)
            case _:
                yield event

    def _since(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        if words and words[0].start >= self._silent_until:
            return words
        return tuple(word for word in words if word.start >= self._silent_until)

    def _of_what_is_shown(self, event: SessionEvent, body: Corrected) -> Iterator[SessionEvent]:
        texts = tuple(
            _for_the_audience(text, self._shown[text.event_id])
            for text in body.texts
            if text.event_id in self._shown
        )
        cues = tuple(
            words_since(cue, self._shown_cues[event.track, cue.index])
            for cue in body.cues
            if (event.track, cue.index) in self._shown_cues
        )
        if texts or cues:
            yield replace(event, body=replace(body, texts=texts, cues=cues))


def _with_words(event: SessionEvent, words: tuple[Word, ...]) -> Iterator[SessionEvent]:
    body = event.body
    assert isinstance(body, TentativeText | CommittedText), "what has words"
    yield event if words is body.words else replace(event, body=replace(body, words=words))


def words_since(cue: Cue, since: Ticks) -> Cue:
    """A cue without the words that begin before ``since``; without lines if no word is left.

    Its lines stay as they were broken. A cue without words is one piece.
    """
    if cue.start >= since:
        return cue
    kept = tuple(word for word in cue.words if word.start >= since)
    if not kept:
        return replace(cue, lines=(), words=())
    if len(kept) == len(cue.words):
        return cue
    gone = sum(_letters(word.text) for word in cue.words if word.start < since)
    start = min(max(cue.start, kept[0].start), cue.end - 1)
    return replace(cue, start=start, lines=_without_first(cue.lines, gone), words=kept)


def _without_first(lines: tuple[str, ...], letters: int) -> tuple[str, ...]:
    """Lines without so many of their first letters; spaces do not count."""
    rest = []
    for line in lines:
        place = 0
        while letters and place < len(line):
            letters -= not line[place].isspace()
            place += 1
        if line[place:].strip():
            rest.append(line[place:].strip())
    return tuple(rest)


def _letters(text: str) -> int:
    return len("".join(text.split()))


def as_it_reads_now(events: Iterable[SessionEvent]) -> list[SessionEvent]:
    """The events that waited, with the corrections that were made while they did."""
    texts: dict[int, CorrectedText] = {}
    cues: dict[tuple[str, int], Cue] = {}
    events = list(events)
    for event in events:
        if isinstance(event.body, Corrected):
            texts |= {text.event_id: text for text in event.body.texts}
            cues |= {(event.track, cue.index): cue for cue in event.body.cues}
    return [_corrected(event, texts, cues) for event in events]


def _corrected(
    event: SessionEvent, texts: dict[int, CorrectedText], cues: dict[tuple[str, int], Cue]
) -> SessionEvent:
    match event.body:
        case CommittedText() if event.event_id in texts:
            words = tuple(map(_unspoken, texts[event.event_id].words))
            return replace(event, body=replace(event.body, words=words))
        case CueReady(cue) if (event.track, cue.index) in cues:
            return replace(event, body=CueReady(cues[event.track, cue.index]))
        case _:
            return event


def _for_the_audience(text: CorrectedText, since: Ticks) -> CorrectedText:
    return replace(text, words=tuple(_unspoken(w) for w in text.words if w.start >= since))


def _unspoken(word: Word) -> Word:
    """``spoken`` holds the word that was corrected: it is not for the audience."""
    return replace(word, spoken="") if word.spoken else word


def _remember(known: dict[K, Ticks], key: K, since: Ticks) -> None:
    known[key] = since
    if len(known) > _REMEMBERED:
        del known[next(iter(known))]
