"""The live picture of a session in a terminal, and its plain form for a pipe."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from streaming.events import Pace
from streaming.session import (
    Cleared,
    CommittedText,
    CueReady,
    FeedChanged,
    PaceChanged,
    SessionEvent,
    SessionState,
    TentativeText,
)

if TYPE_CHECKING:
    from dauys.client import CueEvent

_KEPT_WORDS = 60


@dataclass
class LiveView:
    """Committed words bright, tentative ones dim, lag and load in the status line.

    On a console that is no terminal it prints each finished cue as a line instead.
    """

    title: str
    console: Console = field(default_factory=Console)

    def __post_init__(self) -> None:
        self._committed: deque[str] = deque(maxlen=_KEPT_WORDS)
        self._tentative = ""
        self._state = SessionState.WAITING
        self._detail = ""
        self._pace = ""
        self._language = ""
        self._status = ""
        self._live: Live | None = None

    def __enter__(self) -> LiveView:
        if self.console.is_terminal:
            self._live = Live(self.picture(), console=self.console, refresh_per_second=12)
            self._live.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._live is not None:
            self._live.update(self.picture(), refresh=True)
            self._live.stop()

    def set_status(self, wall: float, lag: float, load: float | None = None) -> None:
        """``wall`` and ``lag`` in seconds, ``load`` 0 to 1."""
        self._status = f"{wall:6.1f} s   lag {lag:4.1f} s"
        if load is not None:
            self._status += f"   load {load:4.0%}"
        self._refresh()

    def show(self, event: SessionEvent) -> None:
        """Take an event in."""
        match event.body:
            case CommittedText(words, language):
                self._committed.extend(word.text for word in words)
                self._language = language
            case TentativeText(words, _):
                self._tentative = " ".join(word.text for word in words)
            case Cleared():
                self._committed.clear()
                self._tentative = ""
            case PaceChanged(pace, lag, _):
                self._pace = "" if pace is Pace.FULL else f"{pace.value}, {lag:.1f} s behind"
                if self._live is None:
                    self.console.print(f"[{pace.value}] lag {lag:.1f} s", markup=False)
            case FeedChanged(state, detail):
                self._state, self._detail = state, detail
                if self._live is None and detail:
                    self.console.print(f"[{state.value}] {detail}", markup=False)
            case CueReady(cue) if self._live is None:
                self.console.print(f"{event.wall:7.1f}  {cue.text}", markup=False, highlight=False)
        self._refresh()

    def show_remote(self, event: CueEvent) -> None:
        """Take an event of a session on a server in."""
        from dauys import client

        match event:
            case client.CommittedText():
                self._committed.extend(word.text for word in event.words)
                self._language = event.language
            case client.TentativeText():
                self._tentative = event.text
            case client.Cleared():
                self._committed.clear()
                self._tentative = ""
            case client.PaceChanged():
                full = event.pace is client.Pace.FULL
                self._pace = "" if full else f"{event.pace.value}, {event.lag:.1f} s behind"
            case client.FeedChanged():
                self._state = SessionState[event.state.name]
                self._detail = event.detail
            case client.CueFinished(cue=cue) if self._live is None:
                text = " ".join(cue.lines)
                self.console.print(f"{event.wall:7.1f}  {text}", markup=False, highlight=False)
        self._status = f"{event.wall:6.1f} s"
        self._refresh()

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.update(self.picture())

    def picture(self) -> RenderableType:
        """What the terminal shows now."""
        text = Text(" ".join(self._committed), style="bold")
        if self._tentative:
            text.append((" " if text else "") + self._tentative, style="dim")
        status = Text(f"{self._state.value:>9}  {self._language:2}  {self._status}", style="cyan")
        if self._detail:
            status.append(f"  {self._detail}", style="yellow")
        if self._pace:
            status.append(f"  {self._pace}", style="yellow")
        return Group(Panel(text, title=self.title, height=8), status)
