"""Writes documents of EBU-TT Live (EBU Tech 3370): each says all that is on the screen.

The period of a document begins when it is there and its earliest ``begin`` has come, and ends with
the beginning of a later one or after the ``dur`` of its body (Tech 3370, "Document resolved begin
and end times"). So a document has ``begin`` and ``dur`` on its body and no ``end``: what comes late
is shown for its whole duration, and a period over midnight is one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from foundation.errors import InvalidArgument
from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.formats.text_lines import text_lines
from streaming.formats.ttml.config import TtmlConfig
from streaming.formats.ttml.times import media_time, rounded
from streaming.formats.ttml.writer import NAMESPACES, layout, metadata, spans, styling, written

EBU_TT_LIVE: Final = "urn:ebu:tt:live:2017-05"
PARAMETERS: Final = "urn:ebu:tt:parameters"

TimeBase: TypeAlias = Literal["clock", "media"]
"""What times of a document count from: midnight UTC, or the beginning of the media."""


@dataclass(frozen=True, slots=True)
class LiveSequence:
    """A sequence of documents, of which one at most is shown at any time.

    Raises:
        InvalidArgument: a name or a token is none.
    """

    identifier: str

    language: str
    """Of the documents, BCP 47; cues in another say theirs."""

    time_base: TimeBase = "clock"

    authors_group: str = ""
    """Among whose sequences a handover manager selects; empty: none does."""

    control_token: int = 1
    """Whoever has the greatest is selected; at least 1."""

    looks: TtmlConfig = field(default_factory=TtmlConfig)

    def __post_init__(self) -> None:
        for name, value in (("sequence", self.identifier), ("authors_group", self.authors_group)):
            if not value.isprintable() or len(value) > 200:
                raise InvalidArgument(name, "must be at most 200 printable characters")
        if not self.identifier:
            raise InvalidArgument("sequence", "is empty")
        token = self.control_token
        if isinstance(token, bool) or not isinstance(token, int) or not 1 <= token < 10**18:
            raise InvalidArgument("control_token", "must be a whole number of 1 to 10^18")

    def document(
        self,
        number: int,
        cue: Cue | None,
        *,
        begin: str | None = None,
        duration: Ticks | None = None,
        authoring_delay: float | None = None,
    ) -> str:
        """A document.

        Args:
            number: Greater than that of all before; at least 1.
            cue: What is shown; None or without a letter: nothing, from now on.
            begin: A time of ``time_base``; None: as soon as the document is there.
            duration: How long it is shown unless another replaces it.
            authoring_delay: Seconds that passed since the words were spoken.
        """
        attributes = NAMESPACES | {
            "xmlns:ebuttp": PARAMETERS,
            "xml:lang": self.language,
            "xml:space": "preserve",
            "ttp:timeBase": self.time_base,
        }
        if self.time_base == "clock":
            attributes["ttp:clockMode"] = "utc"
        attributes |= {
            "ttp:cellResolution": "32 15",
            "ebuttp:sequenceIdentifier": self.identifier,
            "ebuttp:sequenceNumber": str(number),
        }
        if self.authors_group:
            attributes |= {
                "ebuttp:authorsGroupIdentifier": self.authors_group,
                "ebuttp:authorsGroupControlToken": str(self.control_token),
            }
        if authoring_delay is not None:
            attributes["ebuttm:authoringDelay"] = f"{authoring_delay:.3f}s"
        looks = self.looks
        head = f"{metadata(looks, EBU_TT_LIVE)}{styling(looks)}{layout(looks)}"
        lines = text_lines(cue) if cue is not None else []
        body = ""
        if cue is not None and lines:
            body = self._body(cue, lines, begin, duration)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<tt {written(attributes)}>\n  <head>\n{head}  </head>\n{body}</tt>\n"
        )

    def _body(self, cue: Cue, lines: list[str], begin: str | None, duration: Ticks | None) -> str:
        period = {}
        if begin is not None:
            period["begin"] = begin
        if duration is not None:
            period["dur"] = f"{max(1, rounded(duration, 3)) / 1000:.3f}s"
        paragraph = {"xml:id": f"c{cue.index}", "region": self.looks.place.value}
        if cue.language != self.language:
            paragraph["xml:lang"] = cue.language
        return (
            f"  <body{' ' * bool(period)}{written(period)}>\n"
            '    <div style="paragraph">\n'
            f"      <p {written(paragraph)}>{spans(lines)}</p>\n"
            "    </div>\n"
            "  </body>\n"
        )


def clock_time(instant: datetime) -> str:
    """``HH:MM:SS.mmm`` of an instant's day in UTC, the nearest millisecond."""
    rounded_up = instant.astimezone(UTC) + timedelta(microseconds=500)
    return rounded_up.strftime("%H:%M:%S.") + f"{rounded_up.microsecond // 1000:03}"


def media_begin(time: Ticks) -> str:
    """``HH:MM:SS.mmm`` of a media time, not before its zero."""
    return media_time(max(0, time), 3)
