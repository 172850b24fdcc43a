"""What the cards of voices say, ``[models.settings]`` of every synthesis engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from foundation.errors import FailedPrecondition
from foundation.synthesis import Gender, Speaker

_KNOWN: Final = ("sample_rate", "speakers")


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """A voice as its card describes it, so that it can be offered before it is pulled."""

    speakers: tuple[Speaker, ...] = ()
    """In the order of the table ``speakers``: id → display name and gender."""

    sample_rate: int | None = None
    """Hz."""

    def described(self, ids: Sequence[str]) -> tuple[Speaker, ...]:
        """The speakers that a model has, with what the card says of them.

        Raises:
            FailedPrecondition: the card names one that the model does not have.
        """
        known = {speaker.id: speaker for speaker in self.speakers}
        if strange := sorted(set(known) - set(ids)):
            raise FailedPrecondition(
                f"settings.speakers: the model has no {strange[0]!r}; it has {', '.join(ids)}"
            )
        return tuple(known.get(name, Speaker(name, name)) for name in ids)

    def check_rate(self, sample_rate: int) -> None:
        """Check what the card says against the model.

        Raises:
            FailedPrecondition: they differ.
        """
        if self.sample_rate not in (None, sample_rate):
            raise FailedPrecondition(
                f"settings.sample_rate is {self.sample_rate}, the model's is {sample_rate}"
            )


def read_voice_settings(values: Mapping[str, Any], more: Sequence[str] = ()) -> VoiceSettings:
    """Read a card's settings; ``more``: what else the engine knows.

    Raises:
        FailedPrecondition: a setting is unknown or wrong.
    """
    for name in values:
        if name not in (*_KNOWN, *more):
            raise FailedPrecondition(f"settings.{name} is not one of {', '.join((*_KNOWN, *more))}")
    rate = values.get("sample_rate")
    if rate is not None and not (isinstance(rate, int) and 4_000 <= rate <= 192_000):
        raise FailedPrecondition(f"settings.sample_rate {rate!r} is no rate in Hz")
    speakers = values.get("speakers", {})
    if not isinstance(speakers, Mapping):
        raise FailedPrecondition("settings.speakers is not a table")
    return VoiceSettings(tuple(_speaker(name, row) for name, row in speakers.items()), rate)


def _speaker(name: str, row: Any) -> Speaker:
    where = f"settings.speakers.{name}"
    if not isinstance(row, Mapping) or set(row) - {"display_name", "gender"}:
        raise FailedPrecondition(f"{where} is not a table of display_name and gender")
    gender = row.get("gender")
    if gender not in (None, *get_args(Gender)):
        raise FailedPrecondition(
            f"{where}.gender {gender!r} is not {' or '.join(get_args(Gender))}"
        )
    return Speaker(name, str(row.get("display_name", name)), gender)
