"""The live picture of a session in a terminal, and its plain form for a pipe."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

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
    TrackFailed,
)
from streaming.session_events import HandedOver, OutputChanged, OutputState

if TYPE_CHECKING:
    from dauys.client import CueEvent

    from streaming.delivery.health import OutputStatus

_KEPT_WORDS: Final = 60
_HEIGHT: Final = 8
_HEIGHT_OF_SEVERAL: Final = 5


class _TrackPicture:
    """What one track shows."""

    def __init__(self) -> None:
        self._committed: deque[str] = deque(maxlen=_KEPT_WORDS)
        self.tentative = ""
        self.language = ""
        self.failure = ""

    def add(self, words: Iterable[str], language: str) -> None:
        self._committed.extend(words)
        self.language = language

    def clear(self) -> None:
        self._committed.clear()
        self.tentative = ""

    def text(self) -> Text:
        text = Text(" ".join(self._committed), style="bold")
        if self.tentative:
            text.append((" " if text else "") + self.tentative, style="dim")
        if self.failure:
            text.append((" " if text else "") + f"[{self.failure}]", style="yellow")
        return text


@dataclass
class LiveView:
    """Committed words bright, tentative ones dim, lag and load in the status line.

    On a console that is no terminal it prints each finished cue as a line instead.
    """

    title: str
    console: Console = field(default_factory=Console)
    translations: Sequence[str] = ()
    """Names of further tracks, shown below the spoken one."""

    def __post_init__(self) -> None:
        self._spoken = _TrackPicture()
        self._translated = {name: _TrackPicture() for name in self.translations}
        self._state = SessionState.WAITING
        self._detail = ""
        self._pace = ""
        self._status = ""
        self._bad_outputs: dict[str, str] = {}
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
        track = self._track(event.track)
        match event.body:
            case CommittedText(words, language):
                track.add((word.text for word in words), language)
            case TentativeText(words, _):
                track.tentative = " ".join(word.text for word in words)
            case Cleared():
                self._clear()
            case PaceChanged(pace, lag, _):
                self._pace = "" if pace is Pace.FULL else f"{pace.value}, {lag:.1f} s behind"
                if self._live is None:
                    self.console.print(f"[{pace.value}] lag {lag:.1f} s", markup=False)
            case FeedChanged(state, detail):
                self._state, self._detail = state, detail
                if self._live is None and detail:
                    self.console.print(f"[{state.value}] {detail}", markup=False)
            case HandedOver(engine, _, reason):
                self._detail = f"{engine} is on air: {reason}"
                if self._live is None:
                    self.console.print(f"[{engine} is on air] {reason}", markup=False)
            case TrackFailed(detail):
                track.failure = detail
                if self._live is None:
                    self.console.print(f"[{event.track} failed] {detail}", markup=False)
            case OutputChanged(output, _, output_state, detail):
                self._note_output(output, output_state, detail)
            case CueReady(cue) if self._live is None:
                self._print_cue(event.wall, event.track, cue.text)
        self._refresh()

    def show_remote(self, event: CueEvent) -> None:
        """Take an event of a session on a server in."""
        from dauys import client

        track = self._track(event.track)
        match event:
            case client.CommittedText():
                track.add((word.text for word in event.words), event.language)
            case client.TentativeText():
                track.tentative = event.text
            case client.Cleared():
                self._clear()
            case client.PaceChanged():
                full = event.pace is client.Pace.FULL
                self._pace = "" if full else f"{event.pace.value}, {event.lag:.1f} s behind"
            case client.FeedChanged():
                self._state = SessionState[event.state.name]
                self._detail = event.detail
            case client.HandedOver():
                self._detail = f"{event.engine} is on air: {event.reason}"
            case client.TrackFailed():
                track.failure = event.detail
            case client.OutputChanged():
                state = OutputState[event.state.name]
                self._note_output(event.output, state, event.detail)
            case client.CueFinished(cue=cue) if self._live is None:
                self._print_cue(event.wall, event.track, " ".join(cue.lines))
        self._status = f"{event.wall:6.1f} s"
        self._refresh()

    def _note_output(self, name: str, state: OutputState, detail: str) -> None:
        bad = state in (OutputState.FAILING, OutputState.FAILED)
        was_bad = name in self._bad_outputs
        self._bad_outputs.pop(name, None)
        if bad:
            self._bad_outputs[name] = f"{name} {state.value}: {detail}"
        if self._live is None and (bad or was_bad):
            self.console.print(f"[{name} {state.value}] {detail}".rstrip(), markup=False)

    def show_end_of(self, output: OutputStatus) -> None:
        """Tell what became of an output once the session has ended."""
        if output.state is OutputState.FAILED or output.lost:
            text = f"[{output.name} {output.state.value}] {output.cues} cues out"
            text += f", {output.lost} lost" if output.lost else ""
            self.console.print(f"{text}  {output.detail}".rstrip(), markup=False)

    def _track(self, name: str) -> _TrackPicture:
        return self._translated.get(name, self._spoken)

    def _clear(self) -> None:
        for track in (self._spoken, *self._translated.values()):
            track.clear()

    def _print_cue(self, wall: float, track: str, text: str) -> None:
        name = f"{track:8}" if self._translated else ""
        self.console.print(f"{wall:7.1f}  {name}{text}", markup=False, highlight=False)

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.update(self.picture())

    def picture(self) -> RenderableType:
        """What the terminal shows now."""
        height = _HEIGHT_OF_SEVERAL if self._translated else _HEIGHT
        panels = [Panel(self._spoken.text(), title=self.title, height=height)]
        panels += [
            Panel(track.text(), title=name, title_align="left", height=height)
            for name, track in self._translated.items()
        ]
        language = self._spoken.language
        status = Text(f"{self._state.value:>9}  {language:2}  {self._status}", style="cyan")
        if self._detail:
            status.append(f"  {self._detail}", style="yellow")
        if self._pace:
            status.append(f"  {self._pace}", style="yellow")
        for bad in self._bad_outputs.values():
            status.append(f"  {bad}", style="red")
        return Group(*panels, status)
