"""Zoom's closed captions: "Using a third-party closed captioning service".

The rules are Zoom's (support.zoom.us, article 115002212983): the host copies a caption URL ("API
token") from the meeting; text/plain in UTF-8, ``seq`` that rises by one with each request of new
text and not when one is tried again, ``lang``; 400 while the meeting has not begun, 403 for a URL
that is not (or no longer) right; ``<url>/seq`` tells the number taken last. All codes should be
tried again: those that others end with at once end here after a few times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, quote

from foundation.errors import InvalidArgument
from foundation.languages import Language
from streaming.delivery.context import OutputContext
from streaming.delivery.push.attempts import Judgement, Outcome, Verdict, judge_status
from streaming.delivery.push.config import Endpoint, parse_endpoint
from streaming.delivery.push.lines import Piece, TextUnit
from streaming.delivery.push.live_captions import LiveCaptionsConfig, LiveCaptionsOutput

_LOCALES: Final[dict[Language, str]] = {"kk": "kk-KZ", "ru": "ru-RU", "en": "en-US"}
_TRIES: Final = 4
_NOT_RIGHT: Final = frozenset({401, 403, 404, 405, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoomConfig(LiveCaptionsConfig):
    """Where and how captions go to a Zoom meeting.

    Raises:
        InvalidArgument: a figure out of its bounds, or a URL that is not a caption URL.
    """

    url: str = field(repr=False)
    """The caption URL ("API token") of the meeting or breakout room; it holds for this meeting."""

    unit: TextUnit = "cues"
    """Whole captions by default: Zoom does not say how it joins pieces."""

    stale_seconds: float = 10.0
    """Zoom shows text when it comes: what is late is left out sooner."""

    def __post_init__(self) -> None:
        LiveCaptionsConfig.__post_init__(self)
        self.endpoint()

    def endpoint(self) -> Endpoint:
        """Where requests go.

        Raises:
            InvalidArgument: the URL is not one for captions.
        """
        endpoint = parse_endpoint("url", self.url, self)
        query = parse_qs(endpoint.query, keep_blank_values=True)
        missing = [name for name in ("id", "signature") if not query.get(name, [""])[0]]
        if missing:
            raise InvalidArgument(
                "url", f"has no {missing[0]}: copy the API token from the meeting again"
            )
        if {"seq", "lang"} & query.keys():
            raise InvalidArgument("url", "must not hold seq or lang: they are added here")
        return endpoint


class ZoomOutput(LiveCaptionsOutput):
    """Captions of one track in a Zoom meeting.

    Args:
        config: See ``ZoomConfig``.
        context: The session.

    Raises:
        InvalidArgument: there is no such track, or the server may not be reached.
    """

    name = "zoom"

    def __init__(self, config: ZoomConfig, context: OutputContext) -> None:
        super().__init__(config.endpoint(), config, context)
        self._zoom = config
        self._sent_any = False

    async def _begin(self) -> bool:
        """Go on after the number that Zoom took last: it may be ours of before a restart."""
        outcome, reply = await self._attempts.send(
            lambda: self._client.get(path_end="/seq"), self._judge_number, self._waits
        )
        if outcome is Outcome.TAKEN and reply is not None:
            text = reply.text
            if text.isascii() and text.isdigit() and len(text) < 18:
                self._sequence = int(text) + 1
        return outcome in (Outcome.TAKEN, Outcome.REFUSED)

    def _waits(self) -> bool:
        return bool(self._waiting) and self._fresh(self._waiting[0])

    def _judge_number(self, status: int) -> Judgement:
        if status in (404, 405):  # this server cannot tell
            return Judgement(Verdict.REFUSED, "does not tell the last number")
        return self._judge(status)

    def _judge(self, status: int) -> Judgement:
        if status == 400:
            return Judgement(Verdict.AGAIN, "says that the meeting has not started (400)")
        if status in _NOT_RIGHT:
            reason = "refuses the caption URL: it has expired or is not whole; copy it again"
            return Judgement(Verdict.OVER, f"{reason} ({status})", _TRIES)
        return judge_status(status)

    def _batch(self) -> list[Piece]:
        """One language a request."""
        batch = super()._batch()
        other = (n for n, piece in enumerate(batch) if piece.language != batch[0].language)
        return batch[: next(other, len(batch))]

    def _query(self, pieces: Sequence[Piece]) -> str:
        language = f"&lang={quote(_LOCALES[pieces[0].language])}" if pieces else ""
        return f"seq={self._sequence}{language}"

    def _body(self, pieces: Sequence[Piece]) -> bytes:
        whole = self._zoom.unit == "cues"
        text = ""
        for piece in pieces:
            if text or (self._sent_any and not whole):
                text += "\n" if piece.new_line else " "
            text += piece.text
        self._sent_any = True
        return (text + "\n" * whole).encode()
