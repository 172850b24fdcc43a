"""Selects one sequence of a group of authors: EBU Tech 3370, "Handover Manager algorithm".

A primary and a backup engine publish their sequences with tokens; whoever claimed control last is
selected: a document of another sequence takes over when its token is greater than that of the
document emitted last. Beyond the specification, which leaves room for it, a sequence whose
publisher has left, or that is silent while another speaks, gives up control; it takes it back with
its greater token. A document that repeats what another engine's was shown a moment ago is passed
over then, so that no line is seen twice.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from lxml import etree

from foundation.errors import InvalidArgument
from streaming.delivery.ebu_tt_live.server import MOST_BYTES

_log = structlog.get_logger(__name__)

_TT: Final = "{http://www.w3.org/ns/ttml}"
_TTP: Final = "{http://www.w3.org/ns/ttml#parameter}"
_EBUTTP: Final = "{urn:ebu:tt:parameters}"
_EBUTTM: Final = "{urn:ebu:tt:metadata}"
_REMEMBERED: Final = 1000
"""Documents whose numbers are known, so that the same one is not taken twice."""

_MOST_LETTERS: Final = 2000
"""Of a document that are compared with others; a screen holds some hundred."""

_REPEATED_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Received:
    """A document of EBU-TT Live, as far as a handover manager looks at it."""

    root: Any
    sequence: str
    number: int
    group: str
    token: int | None

    @property
    def letters(self) -> str:
        """The first of its text, folded; empty: it shows nothing."""
        body = self.root.find(f"{_TT}body")
        if body is None:
            return ""
        # Of paragraphs in one another, which TTML does not know, each would have the inner ones'
        # text again: a document of 1 MB would come to 200.
        name = f"{_TT}p"
        outer = (p for p in body.iter(name) if next(p.iterancestors(name), None) is None)
        found: list[str] = []
        length = 0
        for text in (text for p in outer for text in p.itertext()):
            found.append(text[: _MOST_LETTERS - length])
            length += len(found[-1])
            if length >= _MOST_LETTERS:
                break
        return "".join(c for c in "".join(found).casefold() if c.isalnum())


def parse_document(text: str) -> Received:
    """Read a document; entities, DTDs and the network are not.

    Raises:
        InvalidArgument: it is no document of EBU-TT Live.
    """
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MOST_BYTES:
        raise InvalidArgument("document", f"has more than {MOST_BYTES} bytes")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidArgument("document", "is no XML") from error
    if root.getroottree().docinfo.doctype:
        raise InvalidArgument("document", "must have no document type")
    if root.tag != f"{_TT}tt":
        raise InvalidArgument("document", "is no TTML")
    if root.get(f"{_TTP}timeBase") not in ("media", "clock"):
        raise InvalidArgument("document", "ttp:timeBase must be media or clock")
    sequence = root.get(f"{_EBUTTP}sequenceIdentifier")
    number = _positive(root.get(f"{_EBUTTP}sequenceNumber"))
    if not sequence or number is None:
        raise InvalidArgument("document", "has no sequence identifier or number")
    written = root.get(f"{_EBUTTP}authorsGroupControlToken")
    token = _positive(written)
    if written is not None and token is None:
        raise InvalidArgument("document", "its control token is no positive number")
    group = root.get(f"{_EBUTTP}authorsGroupIdentifier", "")
    return Received(root, sequence, number, group, token)


def _positive(text: str | None) -> int | None:
    """``xs:positiveInteger`` of at most 18 digits."""
    digits = (text or "").strip().removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return None
    return int(digits) or None


class HandoverManager:
    """Makes one sequence of those of a group.

    Args:
        group: The authors' group that it listens to.
        output: Identifier of the sequence that it makes.
        silence_seconds: The selected sequence gives up control when it had no document for so long
            and another shows text; 0: never.
        now: Unix seconds.

    Raises:
        InvalidArgument: a name is empty.
    """

    def __init__(
        self,
        group: str,
        output: str,
        silence_seconds: float = 10.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not group:
            raise InvalidArgument("group", "is empty")
        if not output:
            raise InvalidArgument("output", "is empty")
        self._group = group
        self._output = output
        self._silence = silence_seconds
        self._now = now
        self._token: int | None = None
        self.selected: str | None = None
        """The sequence that is emitted."""
        self._heard_at = 0.0
        self._number = int(now() * 1000)
        self._seen: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._shown: deque[tuple[float, str, str]] = deque(maxlen=20)
        """When, by whom, and which letters."""

    def receive(self, text: str, published_as: str = "") -> str | None:
        """What is emitted for a document; None: nothing.

        Args:
            text: XML.
            published_as: The sequence that it came as; empty: not known.

        Raises:
            InvalidArgument: it is no document of EBU-TT Live, or of another sequence.
        """
        document = parse_document(text)
        if published_as and document.sequence != published_as:
            raise InvalidArgument("document", "is of another sequence than its path says")
        if document.sequence == self._output:
            raise InvalidArgument("document", "is of the sequence that is made here")
        if not self._is_new(document) or document.group != self._group or document.token is None:
            return None
        letters = document.letters
        self._hear_silence(document.sequence, bool(letters))
        if self._token is None or document.token > self._token:
            if self.selected != document.sequence:
                _log.info("handover.selected", sequence=document.sequence, token=document.token)
            self.selected = document.sequence
        if document.sequence != self.selected:
            return None
        # A lower token than before is taken over, too: control is then easier to take.
        self._token = document.token
        self._heard_at = self._now()
        if letters and self._was_shown(document.sequence, letters):
            _log.info("handover.repeated", sequence=document.sequence)
            return None
        self._shown.append((self._heard_at, document.sequence, letters))
        return self._emit(document)

    def lose(self, sequence: str) -> None:
        """The publisher of a sequence has left: whoever speaks next is selected."""
        if sequence == self.selected:
            _log.warning("handover.lost", sequence=sequence)
            self._token = self.selected = None

    def _is_new(self, document: Received) -> bool:
        key = document.sequence, document.number
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _hear_silence(self, sequence: str, speaks: bool) -> None:
        other = self.selected is not None and sequence != self.selected
        silent = self._now() - self._heard_at
        if other and speaks and self._silence and silent >= self._silence:
            _log.warning("handover.silent", sequence=self.selected, seconds=round(silent, 1))
            self._token = self.selected = None

    def _was_shown(self, sequence: str, letters: str) -> bool:
        """By another engine, a moment ago, with the same words."""
        since = self._now() - _REPEATED_SECONDS
        return any(
            at >= since and by != sequence and letters in shown for at, by, shown in self._shown
        )

    def _emit(self, document: Received) -> str:
        root = document.root
        self._number += 1
        root.set(f"{_EBUTTP}sequenceIdentifier", self._output)
        root.set(f"{_EBUTTP}sequenceNumber", str(self._number))
        root.set(f"{_EBUTTM}authorsGroupSelectedSequenceIdentifier", document.sequence)
        text: str = etree.tostring(root, encoding="unicode")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + text
