"""YouTube's live captions: "Closed Captions over HTTP for YouTube Live Streams".

The rules are Google's (support.google.com/youtube/answer/6077032): text/plain, a line with the UTC
time, a line with text, ``<br>`` for a line break, ``seq`` that rises by one with each request of
new text and not when one is tried again. The answer is the server's time. What the page does not
say is known of others' programs: the body ends with a line break, times lie within a minute of the
server's, an empty body is a heartbeat that takes no number.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, quote

import structlog

from foundation.errors import InvalidArgument
from streaming.delivery.context import OutputContext
from streaming.delivery.push.attempts import Judgement, Verdict, judge_status
from streaming.delivery.push.config import Endpoint, check_seconds, parse_endpoint
from streaming.delivery.push.http import Reply
from streaming.delivery.push.lines import Piece
from streaming.delivery.push.live_captions import LiveCaptionsConfig, LiveCaptionsOutput

_log = structlog.get_logger(__name__)

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?Z?")
_MARKUP: Final = str.maketrans({"<": "‹", ">": "›"})
"""``<br>`` is the only mark-up that is described; text must not make any."""

_LARGEST_CLOCK_ERROR: Final = 86_400.0
"""Seconds: an answer that differs by more is no time of now."""

_WORTH_A_WARNING: Final = 1.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class YoutubeConfig(LiveCaptionsConfig):
    """Where and how captions go to YouTube.

    Raises:
        InvalidArgument: a figure out of its bounds, or a URL that is not a captions URL.
    """

    url: str = field(repr=False)
    """The captions ingestion URL of the stream's settings; whoever knows it can write captions."""

    language: str = ""
    """Sent as ``lang``, BCP 47; empty: not sent."""

    region: str = ""
    """Written after each time, with ``cue``, as ``region:<region>#<cue>``; empty: not written."""

    cue: str = "cue1"
    """See ``region``."""

    heartbeat_seconds: float = 10.0
    """Empty requests while nobody speaks: 1 to 300 s; 0: none, and the server's clock is known only
    once text was sent."""

    sequence_file: Path | None = None
    """Keeps the number of the next request, so that a restart on air goes on with it; YouTube
    ignores numbers that it has seen."""

    def __post_init__(self) -> None:
        LiveCaptionsConfig.__post_init__(self)
        self.endpoint()
        if self.language and not _LANGUAGE.fullmatch(self.language):
            raise InvalidArgument("language", "is no language tag")
        for name, value in (("region", self.region), ("cue", self.cue)):
            if value and not _NAME.fullmatch(value):
                raise InvalidArgument(name, "must be letters, digits, - and _")
        if self.heartbeat_seconds != 0:
            check_seconds("heartbeat_seconds", self.heartbeat_seconds, 1, 300)
        if self.sequence_file is not None and not self.sequence_file.parent.is_dir():
            raise InvalidArgument("sequence_file", "its folder does not exist")

    def endpoint(self) -> Endpoint:
        """Where requests go.

        Raises:
            InvalidArgument: the URL is not one for captions.
        """
        endpoint = parse_endpoint("url", self.url, self)
        query = parse_qs(endpoint.query, keep_blank_values=True)
        if not query.get("cid", [""])[0] and not {"id", "signature"} <= query.keys():
            raise InvalidArgument(
                "url", "has no cid: copy the captions URL from the stream's settings"
            )
        if {"seq", "lang"} & query.keys():
            raise InvalidArgument("url", "must not hold seq or lang: they are added here")
        return endpoint


class ServerClock:
    """How far another's clock is ahead of ours, from the times in its answers.

    An answer's time is taken to be that of the middle of its round trip; of the last eight, the
    quickest is the surest (the clock filter of NTP, RFC 5905 §10).
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=8)
        self._told = 0.0

    @property
    def offset(self) -> float:
        """Seconds to add to our time; 0 while nothing is known."""
        return min(self._samples)[1] if self._samples else 0.0

    def learn(self, reply: Reply) -> None:
        """Take note of an answer; one that holds no time of now is passed over."""
        found = _TIME.fullmatch(reply.text)
        if found is None:
            return
        try:
            date = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        except ValueError:
            return
        time = (date - _EPOCH).total_seconds() + float(found[2] or 0)
        offset = time - (reply.sent_at + reply.took / 2)
        if abs(offset) > _LARGEST_CLOCK_ERROR:
            _log.warning("youtube.clock_ignored", hours=round(offset / 3600))
            return
        self._samples.append((reply.took, offset))
        if abs(self.offset - self._told) > _WORTH_A_WARNING:
            self._told = self.offset
            _log.warning("youtube.clock_offset", seconds=round(self._told, 3))


class YoutubeOutput(LiveCaptionsOutput):
    """Live captions of one track on YouTube.

    Args:
        config: See ``YoutubeConfig``.
        context: The session.

    Raises:
        InvalidArgument: there is no such track, or the server may not be reached.
    """

    name = "youtube"

    def __init__(self, config: YoutubeConfig, context: OutputContext) -> None:
        super().__init__(config.endpoint(), config, context)
        self._youtube = config
        self._server = ServerClock()
        self._last_time = 0.0
        self._place = f" region:{config.region}#{config.cue}" if config.region else ""
        if config.sequence_file is not None:
            self._sequence = _read_number(config.sequence_file)

    @property
    def clock_offset(self) -> float:
        """Seconds that YouTube's clock is ahead of ours, as far as is known."""
        return self._server.offset

    @property
    def _heartbeat_seconds(self) -> float:
        return self._youtube.heartbeat_seconds

    def _query(self, pieces: Sequence[Piece]) -> str:
        language = self._youtube.language
        return f"seq={self._sequence}" + (f"&lang={quote(language)}" if language else "")

    def _body(self, pieces: Sequence[Piece]) -> bytes:
        lines = []
        for piece in pieces:
            heard = self._clock.heard_at(piece.onset)
            time = (heard or datetime.now(UTC)).timestamp() + self._server.offset
            # The estimates move by milliseconds; times of captions must not go back for it.
            self._last_time = time = max(time, self._last_time)
            # Texts are put together as they come. The space also keeps a text from being a time.
            before = "<br>" if piece.new_line else " "
            lines.append(f"{timestamp(time)}{self._place}\n{before}{_plain(piece.text)}\n")
        return "".join(lines).encode()

    def _judge(self, status: int) -> Judgement:
        if status == 400:  # "unable to parse post body": the same body never gets better
            return Judgement(Verdict.REFUSED, "refused a request (400)")
        return judge_status(status)

    def _taken(self, reply: Reply) -> None:
        self._server.learn(reply)

    async def _numbered(self) -> None:
        path = self._youtube.sequence_file
        if path is not None:
            await asyncio.to_thread(_write_number, path, self._sequence)


def timestamp(unix: float) -> str:
    """``YYYY-MM-DDTHH:MM:SS.mmm``, UTC, the nearest millisecond."""
    date = _EPOCH + timedelta(milliseconds=round(unix * 1000))
    return date.strftime("%Y-%m-%dT%H:%M:%S.") + f"{date.microsecond // 1000:03}"


def _plain(text: str) -> str:
    return text.translate(_MARKUP)


def _read_number(path: Path) -> int:
    """Of the next request; 1 where there was none.

    Raises:
        InvalidArgument: the file holds something else.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 1
    except (OSError, UnicodeError) as error:
        raise InvalidArgument("sequence_file", "cannot be read") from error
    if not text.isdigit() or not 0 < len(text) < 18:
        raise InvalidArgument("sequence_file", "holds no number")
    return int(text)


def _write_number(path: Path, number: int) -> None:
    """A disk that is full is told of, not a reason to stop."""
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_text(f"{number}\n", encoding="ascii")
        temporary.replace(path)
    except OSError as error:
        _log.warning("youtube.sequence_not_kept", file=str(path), reason=error.strerror)
