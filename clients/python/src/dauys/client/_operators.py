"""The operators' half of the asynchronous client."""

from __future__ import annotations

from collections.abc import Sequence

from dauys.client import _operator_calls
from dauys.client._transport import Transport
from dauys.client._types import CaptionState, Corrected, GlossaryEntry, SessionEngine


class OperatorCalls:
    """What operators do to a session on air; part of ``AsyncClient``."""

    _transport: Transport

    async def correct_text(
        self,
        name: str,
        track: str,
        *,
        event_id: int = 0,
        last_event_id: int = 0,
        cue_index: int = 0,
        expected_text: str,
        text: str,
        glossary: Sequence[GlossaryEntry] = (),
        operator: str = "",
    ) -> Corrected | None:
        """Correct text that was committed; watchers get a ``Corrected`` event.

        Args:
            name: The session.
            track: "source", or the language of a translation.
            event_id: The committed event that is corrected, or the first of several.
            last_event_id: The last of several.
            cue_index: Instead: the finished cue that is corrected.
            expected_text: What it says now as the caller knows it, corrections included.
            text: What it should say; empty: nothing was said.
            glossary: Names that the session learns.
            operator: Who corrects, for other operators.

        Returns:
            The correction; None where the text said so already.

        Raises:
            AbortedError: the text was changed meanwhile; ``current_text`` tells it.
        """
        target = _operator_calls.Target(event_id, last_event_id, cue_index)
        return await self._transport.unary(
            _operator_calls.correct_text(
                name, track, target, expected_text, text, glossary, operator
            )
        )

    async def hold_captions(
        self, name: str, hold: bool = True, *, operator: str = ""
    ) -> CaptionState:
        """Hold back what is new on all outputs, or release it."""
        return await self._transport.unary(_operator_calls.hold_captions(name, hold, operator))

    async def clear_captions(self, name: str, *, operator: str = "") -> CaptionState:
        """Empty the screen of all outputs."""
        return await self._transport.unary(_operator_calls.clear_captions(name, operator))

    async def kill_captions(
        self, name: str, kill: bool = True, *, operator: str = ""
    ) -> CaptionState:
        """Take subtitles off the air, or restore them."""
        return await self._transport.unary(_operator_calls.kill_captions(name, kill, operator))

    async def label_captions(
        self, name: str, label: bool = True, *, operator: str = ""
    ) -> CaptionState:
        """Have outputs mark the subtitles as automatic, or not."""
        return await self._transport.unary(_operator_calls.label_captions(name, label, operator))

    async def hand_over(
        self, name: str, engine: str, *, operator: str = ""
    ) -> tuple[SessionEngine, ...]:
        """Put another of a session's engines on air; returns all of them as they are then.

        Raises:
            FailedPreconditionError: that engine does not run, or the session has one engine only.
            NotFoundError: no engine of the session has that name.
        """
        return await self._transport.unary(_operator_calls.hand_over(name, engine, operator))
