"""The outputs of a session: each with a subscription and a task of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound
from streaming.delivery.health import OutputHealth, OutputStatus
from streaming.delivery.kinds import output_kind
from streaming.delivery.log import DeliveryLog
from streaming.delivery.running import BACK_OFF, DeliveredSession, RunningOutput, SessionFacts
from streaming.delivery.specs import OutputSpec, check_together
from streaming.ingest.media_tap import MediaTaps
from streaming.session_events import OutputChanged

if TYPE_CHECKING:
    from streaming.interpretation.booth import Booth

_log = structlog.get_logger(__name__)

_FINISH_SECONDS: Final = 20.0
"""What outputs get to finish what is open when the session has ended; what is held back comes on
top."""


class FolderClaims:
    """Which folders are written by outputs now, those of all sessions that share this object.

    Outputs of different kinds may share a folder: their files have other names.
    """

    def __init__(self) -> None:
        self._taken: set[tuple[str, Path]] = set()

    def claim(self, spec: OutputSpec) -> None:
        """Take the folder of an output, if it has one.

        Raises:
            FailedPrecondition: another output of its kind writes it.
        """
        if spec.root is None:
            return
        files = spec.kind, spec.root.resolve()
        if files in self._taken:
            raise FailedPrecondition(
                f"output {spec.name!r}: another session's output writes its folder"
            )
        self._taken.add(files)

    def release(self, spec: OutputSpec) -> None:
        """Give the folder of an output back."""
        if spec.root is not None:
            self._taken.discard((spec.kind, spec.root.resolve()))


class OutputRunner:
    """Runs outputs; one that is slow, fails or hangs touches neither the session nor another.

    Args:
        session: Whose events they get; each change of an output is an event of it.
        facts: What outputs are told of the session.
        taps: What the feed copies its picture and sound into; None: it does not.
        claims: Folders that are taken, if other sessions have outputs, too.
        log: Makes the delivery log of an output by its name; None: there are none.
        back_off: Seconds between tries of an output that failed.
        booth: For outputs that speak; None: there can be none.
    """

    def __init__(
        self,
        session: DeliveredSession,
        facts: Callable[[], SessionFacts],
        taps: MediaTaps | None = None,
        claims: FolderClaims | None = None,
        log: Callable[[str], DeliveryLog | None] | None = None,
        back_off: Sequence[float] = BACK_OFF,
        booth: Booth | None = None,
    ) -> None:
        self._session = session
        self._facts = facts
        self._taps = taps
        self._claims = claims or FolderClaims()
        self._log = log
        self._back_off = back_off
        self._booth = booth
        self._running: dict[str, RunningOutput] = {}
        self._ended = False

    @property
    def statuses(self) -> tuple[OutputStatus, ...]:
        """How the outputs are now, in the order in which they were added."""
        return tuple(running.status for running in self._running.values())

    @property
    def specs(self) -> tuple[OutputSpec, ...]:
        """What the outputs are."""
        return tuple(running.spec for running in self._running.values())

    def check(self, specs: Sequence[OutputSpec]) -> None:
        """Can these be the session's outputs? Those that it has already are taken as they are.

        Raises:
            InvalidArgument: two have one name or folder, or one is not possible here.
            NotFound: one needs what is not here, such as a voice.
            FailedPrecondition: one needs the feed's picture, which this session does not read.
        """
        check_together(specs)
        for spec in specs:
            running = self._running.get(spec.name)
            if running is None or not _goes_on(running, spec):
                check_possible(spec, self._booth, f"output {spec.name!r}")
            if spec.needs_media and self._taps is None:
                raise FailedPrecondition(
                    f"output {spec.name!r} needs the feed's picture and sound, and this session "
                    "does not take them: only a session that is begun with such an output does, "
                    "and none to which audio is pushed"
                )

    def add(self, *specs: OutputSpec) -> None:
        """Begin outputs, all or none; they get what is said from now on.

        Raises:
            InvalidArgument: one of that name, or that writes that folder, is there.
            FailedPrecondition: a folder is another session's, one needs what is not there, or the
                session has ended.
        """
        if self._ended:
            raise FailedPrecondition("the session has ended")
        self.check([*self.specs, *specs])
        claimed: list[OutputSpec] = []
        try:
            for spec in specs:
                self._claims.claim(spec)
                claimed.append(spec)
        except FailedPrecondition:
            for spec in claimed:
                self._claims.release(spec)
            raise
        for spec in specs:
            log = self._log(spec.name) if self._log is not None else None
            health = OutputHealth(spec.name, spec.kind, self._session.clock, self._tell, log)
            running = RunningOutput(
                spec,
                self._session,
                self._facts,
                health,
                self._taps,
                self._back_off,
                self._booth,
            )
            self._running[spec.name] = running
            running.start()

    async def remove(self, name: str) -> None:
        """End an output, and let it finish what it was given.

        Raises:
            NotFound: there is none of that name.
        """
        running = self._running.get(name)
        if running is None:
            raise NotFound(f"there is no output {name!r}")
        await running.end()
        # Another remove may have been waiting for it, too.
        if self._running.get(name) is running:
            del self._running[name]
            self._release(running)

    def set_offset(self, name: str, seconds: float) -> None:
        """Move what an output gets from now on.

        Raises:
            NotFound: there is none of that name.
            InvalidArgument: no offset for it.
        """
        if name not in self._running:
            raise NotFound(f"there is no output {name!r}")
        self._running[name].set_offset(seconds)

    async def apply(self, specs: Sequence[OutputSpec]) -> None:
        """Have these outputs, and no others.

        One that stays as it is, or has only another offset, goes on without a break; one that has
        failed is begun anew.

        Raises:
            InvalidArgument: two have one name or folder.
            FailedPrecondition: as ``add`` does. What cannot be is refused before anything changes,
                except a folder of another session.
        """
        self.check(specs)
        if self._ended:
            raise FailedPrecondition("the session has ended")
        wanted = {spec.name: spec for spec in specs}
        ending = [
            name
            for name, running in self._running.items()
            if name not in wanted or not _goes_on(running, wanted[name])
        ]
        await asyncio.gather(*(self.remove(name) for name in ending))
        self.add(*(spec for spec in specs if spec.name not in self._running))
        for spec in specs:
            self._running[spec.name].set_offset(spec.offset_seconds)
        self._running = {spec.name: self._running[spec.name] for spec in specs}

    async def finish(self) -> None:
        """The session has ended: return when the outputs have, too, or were given up."""
        self._ended = True
        outputs = list(self._running.values())
        await asyncio.gather(*(self._finish(running) for running in outputs))

    async def aclose(self) -> None:
        """End all outputs at once."""
        self._ended = True
        await asyncio.gather(*(running.cancel() for running in self._running.values()))
        for running in self._running.values():
            self._release(running)

    async def _finish(self, running: RunningOutput) -> None:
        await running.end(_FINISH_SECONDS + running.finish_seconds)
        self._release(running)

    def _release(self, running: RunningOutput) -> None:
        if running.done:
            self._claims.release(running.spec)

    def _tell(self, changed: OutputChanged) -> None:
        self._session.operators.publish(self._session.track, changed)


def _goes_on(running: RunningOutput, wanted: OutputSpec) -> bool:
    known = running.spec
    same = (known.kind, known.config, known.tracks) == (wanted.kind, wanted.config, wanted.tracks)
    return same and not running.health.state.over


def check_possible(spec: OutputSpec, booth: Booth | None, field: str) -> None:
    """Refuse an output that this machine cannot have; may read the disk.

    Raises:
        InvalidArgument, NotFound, FailedPrecondition: name ``field`` and what of it.
    """
    with errors_of(field):
        output_kind(spec.kind).check(spec.config, spec.tracks, booth)


@contextmanager
def errors_of(field: str) -> Iterator[None]:
    """Errors of an output name it, too."""
    try:
        yield
    except InvalidArgument as error:
        raise InvalidArgument(f"{field}: {error.field}", error.description) from None
    except NotFound as error:
        raise NotFound(f"{field}: {error.message}") from None
    except FailedPrecondition as error:
        raise FailedPrecondition(f"{field}: {error.message}") from None
