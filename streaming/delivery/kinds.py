"""The kinds of outputs. A new one is a folder with a ``kind.py`` and one line in ``KINDS``."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from foundation.errors import InvalidArgument
from streaming.delivery.context import OutputContext
from streaming.delivery.interface import Output
from streaming.ingest.media_tap import Sound

if TYPE_CHECKING:
    from streaming.interpretation.booth import Booth


@dataclass(frozen=True, slots=True)
class OutputKind:
    """What is known of a kind of output before one is opened.

    A kind's ``kind.py`` has it as ``KIND``.
    """

    name: str
    """As configurations name it: ``hls``, ``ebu-tt-live``."""

    summary: str
    """One sentence for ``dauys outputs``."""

    config: type[Any]
    """A frozen dataclass whose ``__post_init__`` raises InvalidArgument with the name of a wrong
    field. Its fields are the options of a configuration file: text, numbers, flags, paths, lists of
    them, ``Literal``, and None; with a docstring under each. It must be possible to evaluate their
    annotations in its module at run time."""

    open: Callable[[Any, OutputContext], Output]
    """Make an output of a configuration; called in a thread, it may touch the disk.

    Raises DauysError: a retryable one is tried again later, others end the output.
    """

    check: Callable[[Any, Sequence[str], Booth | None], None] = lambda config, tracks, booth: None
    """Refuse an output so configured, for these tracks (empty: those that it has by itself), if
    this machine cannot have it; called before it is begun, may read the disk.

    Raises DauysError: InvalidArgument and NotFound name the field."""

    target: str = ""
    """The field that the short form ``--output KIND=TARGET`` sets; empty: there is none."""

    needs_media: Callable[[Any], bool] = lambda config: False
    """Does an output so configured need the feed's picture and sound?"""

    sound: Sound = "aac"
    """In what form it wants the sound."""

    timed: bool = True
    """It places text by its media time. False: it shows text as it comes; then the offset delays
    its events, and cannot be negative."""

    single_track: bool = False
    """It carries one track: the spoken one unless another is named."""

    finish_seconds: Callable[[Any], float] = lambda config: 0.0
    """What an output so configured may take, once the session has ended, to hand out what it holds
    back or what waits; it gets some seconds more."""

    root: str = ""
    """The field with the folder whose files a web server shows; empty: none. A server sets it
    itself for sessions of remote callers."""

    secret: frozenset[str] = frozenset()
    """Fields that must not be shown to anybody, such as keys."""

    index: str = ""
    """The file below ``root`` that players open."""


KINDS: Final[dict[str, str]] = {
    "hls": "streaming.delivery.hls.kind",
    "dash": "streaming.delivery.dash.kind",
    "ebu-tt-live": "streaming.delivery.ebu_tt_live.kind",
    "webhook": "streaming.delivery.push.webhook_kind",
    "youtube": "streaming.delivery.push.youtube_kind",
    "zoom": "streaming.delivery.push.zoom_kind",
    "dvb": "streaming.delivery.dvb.kind",
    "burn-in": "streaming.delivery.burn_in.kind",
    "voice": "streaming.delivery.voice.kind",
}
"""Modules by the kinds' names; each is imported when it is first asked for."""


def output_kind(name: str, field: str = "kind") -> OutputKind:
    """A kind by its name.

    Raises:
        InvalidArgument: names ``field``; there is no such kind.
    """
    if name not in KINDS:
        raise InvalidArgument(field, f"{name!r} is not one of {', '.join(KINDS)}")
    kind: OutputKind = importlib.import_module(KINDS[name]).KIND
    return kind
