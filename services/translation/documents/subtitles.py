"""SubRip (srt) and WebVTT files: the texts of cues are edited, all else stays as it is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks
from services.translation.documents.cue_groups import SourceCue, group_cues
from services.translation.documents.inline import Inline, Item
from services.translation.documents.limits import DocumentLimits, refused
from services.translation.documents.places import PlacedDocument, Places
from services.translation.documents.text_encoding import decode
from services.translation.documents.xml_parsing import clean

MEDIA_TYPES: Final = {".srt": "application/x-subrip", ".vtt": "text/vtt"}
_TIME: Final = r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})(?:[,.](\d{1,3}))?"
_TIMES: Final = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?P<settings>[^\r\n]*)")
_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_MARKUP: Final = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z]\w{0,19})(?P<rest>[^<>\n]{0,400})>"
    r"|<\d[\d:.]{3,20}>"  # the time of a word
    r"|\{\\[^{}\n]{1,200}\}"  # an override of SubStation Alpha, which SubRip files hold as well
)
_VOICE: Final = re.compile(r"<v[ .\t][^<>\n]{0,400}>|\{\\an?\d{1,2}\}")

_Payload: TypeAlias = tuple[str, str]
"""Raw markup before and after what a mark holds."""


def open_subtitles(data: bytes, file_name: str, limits: DocumentLimits) -> PlacedDocument:
    """An srt or vtt file.

    Raises:
        InvalidArgument: see ``open_document``.
    """
    suffix = ".vtt" if file_name.lower().endswith(".vtt") else ".srt"
    text = decode(data)
    if suffix == ".vtt" and not text.lstrip("\ufeff").startswith("WEBVTT"):
        raise refused("the file is no WebVTT: it does not begin with WEBVTT")
    found = [(one[1], one[2]) for one in _LINE.finditer(text)]
    newline = next((end for _, end in found if end), "\n")
    pieces: list[list[str]] = []
    cues: list[SourceCue[_Payload]] = []
    at = 0
    while at < len(found):
        line, end = found[at]
        at += 1
        pieces.append([line + end])
        times = _TIMES.match(line)
        if times is None:
            continue
        first = at
        while at < len(found) and found[at][0].strip() and not _TIMES.match(found[at][0]):
            at += 1
        if at < len(found) and at > first and _TIMES.match(found[at][0]):
            at -= 1  # the number of the next cue, without an empty line before it
        if at > first:
            lines = [line for line, _ in found[first:at]]
            piece = [newline.join(lines) + found[at - 1][1]]
            pieces.append(piece)
            cues.append(_cue(times, lines, piece, found[at - 1][1], newline, suffix))
    if not cues:
        raise refused(f"the file holds no {suffix[1:]} cue with text")
    places = Places(limits)
    for group in group_cues(cues):
        places.add(group)

    def write(target: Language) -> bytes:
        return "".join(piece for (piece,) in pieces).encode("utf-8", "replace")

    return PlacedDocument(places, write, file_name, MEDIA_TYPES[suffix])


def _cue(
    times: re.Match[str],
    lines: Sequence[str],
    piece: list[str],
    end: str,
    newline: str,
    suffix: str,
) -> SourceCue[_Payload]:
    raw = "\n".join(lines)
    escaped = suffix == ".vtt"

    def write(items: Sequence[Item[_Payload]]) -> None:
        written = _write(items, escaped=escaped)
        kept = [line for line in written.split("\n") if line.strip()]  # an empty one ends a cue
        piece[0] = newline.join(kept) + end

    voice = times["settings"].strip() + "".join(_VOICE.findall(raw))
    return SourceCue(
        _read(raw, escaped=escaped),
        _ticks(times.groups()[:4]),
        _ticks(times.groups()[4:8]),
        write,
        voice,
        alone=escaped and bool(re.search(r"<\d", raw)),
    )


def _ticks(parts: Sequence[str | None]) -> Ticks:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * TICKS_PER_SECOND + int(fraction.ljust(3, "0")) * (TICKS_PER_SECOND // 1000)


def _read(raw: str, *, escaped: bool) -> Inline[_Payload]:
    inline: Inline[_Payload] = Inline()
    found = list(_MARKUP.finditer(raw))
    pairs = _pairs(found)
    at = 0

    def add(text: str) -> None:
        inline.add(clean(html.unescape(text) if escaped else text))

    for number, one in enumerate(found):
        add(raw[at : one.start()])
        at = one.end()
        if number not in pairs:
            inline.point((one[0], ""))
        elif one["end"]:
            inline.close()
        else:
            inline.open((one[0], found[pairs[number]][0]))
    add(raw[at:])
    return inline


def _pairs(found: Sequence[re.Match[str]]) -> dict[int, int]:
    """Tags that belong together and nest, by their numbers; others are points."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for number, one in enumerate(found):
        name = (one["name"] or "").lower()
        if not name:
            continue
        if not one["end"]:
            opened.append(number)
            continue
        for depth in range(len(opened) - 1, -1, -1):
            if (found[opened[depth]]["name"] or "").lower() == name:
                pairs[opened[depth]], pairs[number] = number, opened[depth]
                del opened[depth:]
                break
    return pairs


def _write(items: Iterable[Item[_Payload]], *, escaped: bool) -> str:
    written: list[str] = []
    for item in items:
        if not isinstance(item, str):
            before, after = item.payload
            written.append(before + _write(item.items, escaped=escaped) + after)
        elif escaped:
            written.append(item.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
        else:
            # The arrow would read as a line of times.
            written.append(item.replace("-->", "→"))
    return "".join(written)
