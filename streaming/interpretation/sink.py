"""What takes the voice."""

from __future__ import annotations

from typing import Protocol

from foundation.synthesis import Waveform


class VoiceSink(Protocol):
    """Takes the voice track, which has no gaps, as it comes."""

    @property
    def works(self) -> bool:
        """What is written reaches its target, as far as that is known."""
        ...

    async def write(self, samples: Waveform) -> None:
        """float32 [n] in [-1, 1], mono, at the track's rate.

        Raises:
            DauysError: it cannot be written.
        """
        ...

    async def close(self) -> None:
        """Write what is held back, and free everything; may be called more than once.

        Raises:
            DauysError: it cannot be written.
        """
        ...

    async def abort(self) -> None:
        """Free everything and wait for nobody; what is closed already stays as it is."""
        ...
