"""What a model's card may set for this engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from foundation.errors import FailedPrecondition


@dataclass(frozen=True, slots=True)
class NemoSettings:
    """``[models.settings]`` of a card whose engine is ``nemo``."""

    decoder: str = ""
    """``ctc`` or ``transducer``, for hybrid models; empty: the transducer."""

    context: tuple[int, int] | None = None
    """Left and right attention context of a cache-aware model trained for several, in encoder
    frames; the right one is the delay. None: the checkpoint's first."""

    max_streams: int = 64
    """Streams open at once; each holds the caches of its encoder layers."""


def read_settings(values: Mapping[str, Any]) -> NemoSettings:
    """Check a card's settings.

    Raises:
        FailedPrecondition: one is unknown or of a wrong value.
    """
    known = [field.name for field in fields(NemoSettings)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise FailedPrecondition(f"settings.{unknown[0]} is not one of {', '.join(known)}")
    settings = NemoSettings(
        decoder=values.get("decoder", ""),
        context=_pair(values.get("context")),
        max_streams=values.get("max_streams", 64),
    )
    if settings.decoder not in ("", "ctc", "transducer"):
        raise FailedPrecondition(f"settings.decoder: {settings.decoder!r} is not ctc or transducer")
    if not isinstance(settings.max_streams, int) or not 1 <= settings.max_streams <= 4096:
        raise FailedPrecondition(f"settings.max_streams: {settings.max_streams!r} is not 1..4096")
    return settings


def _pair(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, list | tuple) and [type(part) for part in value] == [int, int]:
        return value[0], value[1]
    raise FailedPrecondition(f"settings.context: {value!r} is not two integers")
