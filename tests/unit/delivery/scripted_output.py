"""A kind of output that does as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from foundation.errors import InvalidArgument
from streaming.delivery.context import OutputContext
from streaming.delivery.kinds import OutputKind
from streaming.session_events import CommittedText, Controlled, Corrected, CueReady, SessionEvent

Behaviour = Callable[["ScriptedOutput", AsyncIterator[SessionEvent]], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class ScriptedConfig:
    """What a scripted output can be told."""

    script: str
    """Name of one of ``SCRIPTS``."""

    size: int = 1
    media: bool = False
    finish: float = 0.0

    def __post_init__(self) -> None:
        if self.size < 1:
            raise InvalidArgument("scripted.size", "must be 1 or more")


@dataclass
class ScriptedOutput:
    """What it was given, in words."""

    context: OutputContext
    behaviour: Behaviour
    told: list[str] = field(default_factory=list)
    name: str = "scripted"

    async def run(self, events: AsyncIterator[SessionEvent]) -> None:
        """As the test says."""
        await self.behaviour(self, events)

    def take(self, event: SessionEvent) -> None:
        """Note an event, and show it."""
        match event.body:
            case CommittedText(words):
                self.told.append(" ".join(word.text for word in words))
            case CueReady(cue):
                start = (cue.start - self.context.clock.first_sample) / 90_000
                self.told.append(f"cue {cue.text} {start:g}")
                self.context.report.shown(event.track, cue)
            case Corrected(_, cues):
                self.told += [f"corrected {cue.text}" for cue in cues]
            case Controlled(action):
                self.told.append(action.value)


async def all_of_it(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
    """Show everything."""
    async for event in events:
        output.take(event)


async def hang(output: ScriptedOutput, events: AsyncIterator[SessionEvent]) -> None:
    """Read nothing, and do not end when cancelled."""
    while output not in LET_GO:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


SCRIPTS: dict[str, Behaviour] = {"all": all_of_it, "hang": hang}
LET_GO: list[ScriptedOutput] = []
"""Those that hang no more."""

OPENED: list[ScriptedOutput] = []


def _open(config: ScriptedConfig, context: OutputContext) -> ScriptedOutput:
    output = ScriptedOutput(context, SCRIPTS[config.script])
    OPENED.append(output)
    return output


KIND = OutputKind(
    name="scripted",
    summary="Does as a test says.",
    config=ScriptedConfig,
    open=_open,
    target="script",
    needs_media=lambda config: config.media,
    finish_seconds=lambda config: config.finish,
)
