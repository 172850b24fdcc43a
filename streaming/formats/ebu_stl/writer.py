"""Writes EBU STL files (EBU Tech 3264-E, 1991): a GSI block of 1024 bytes, then TTI blocks of 128.

Twenty-five frames a second. A time is written as the nearest frame, halves later, and the out time
is the first frame without the subtitle and at least one after the in time. A subtitle whose text
is longer than a block's 112 bytes goes on in extension blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND, Ticks
from streaming.cues.model import Cue
from streaming.formats.carrying import CarriedText, NotCarried, Repertoire, carry, latinised
from streaming.formats.ebu_stl.character_codes import CYRILLIC, LATIN, CodeTable
from streaming.formats.ebu_stl.config import Display, StlConfig
from streaming.formats.interface import EncodedTrack, TrackOptions
from streaming.formats.losses import Loss, LossKind, LossReport
from streaming.formats.rows import fit

FRAME_RATE: Final = 25
MEDIA_TYPE: Final = "application/octet-stream"
_LANGUAGE_CODES: Final[dict[Language, bytes]] = {"kk": b"67", "ru": b"56", "en": b"09"}
"""Tech 3264, appendix 3 (the table of RDS)."""

_TEXT_BYTES: Final = 112
_UNUSED: Final = b"\x8f"
_NEW_LINE: Final = b"\x8a"
_DOUBLE_HEIGHT, _START_BOX, _END_BOX = b"\x0d", b"\x0b", b"\x0a"
_ROWS: Final = 23
_LAST_ROW: Final = 22
_MAX_LINES: Final = 5
_TELETEXT_COLUMNS: Final = 35
_MAX_SUBTITLES: Final = 0xFFFF
_CENTRED: Final = 2
_LAST_BLOCK: Final = 0xFF
_DAY: Final = 24 * 3600 * FRAME_RATE
_LABEL: Final = b"Automatic subtitles, not checked by a person."


def encode(cues: Sequence[Cue], options: TrackOptions) -> EncodedTrack:
    """The file with the default declarations."""
    return write_stl(
        cues,
        StlConfig(
            title=options.title, automatic=options.automatic, transliterate=options.transliterate
        ),
    )


def write_stl(cues: Sequence[Cue], config: StlConfig) -> EncodedTrack:
    """The file, and what it lost.

    The code table is the Latin one where it has every letter of the track, else the
    Latin/Cyrillic one; where that lacks letters too (every Kazakh one but і) and transliteration is
    asked for, all Cyrillic is written in Latin letters.

    Args:
        cues: of one track, in order.
        config: what the file declares.

    Raises:
        NotCarried: no code table has all letters; the message names them and their cues.
        InvalidArgument: a cue has too many rows or lies beyond 24 hours, or there are too many.
    """
    if len(cues) > _MAX_SUBTITLES:
        raise InvalidArgument("cues", f"{len(cues)} cues; EBU STL counts to {_MAX_SUBTITLES}")
    table, texts = _carried(cues, config.transliterate)
    columns = config.columns
    if config.display is Display.TELETEXT:
        columns = min(columns, _TELETEXT_COLUMNS)
    losses: list[Loss] = []
    blocks: list[bytes] = []
    first_in = b"00000000"
    for number, text in enumerate(texts, start=1):
        lines, layout = fit(text.cue.index, text.lines, columns, _MAX_LINES)
        losses += [*text.losses, *layout]
        start, end = _frames(text.cue, config.programme_start)
        if number == 1:
            first_in = _digits(start)
        blocks += _text_blocks(number, start, end, lines, table, config.display)
    title, title_losses = _latin_field(config.title, cues[0].language if cues else "en")
    header = _header(
        config,
        table=table,
        language=_LANGUAGE_CODES[cues[0].language] if cues else b"00",
        title=title,
        columns=columns,
        blocks=len(blocks),
        subtitles=len(texts),
        first_in=first_in,
    )
    return EncodedTrack(
        header + b"".join(blocks), MEDIA_TYPE, ".stl", LossReport((*title_losses, *losses))
    )


def _carried(cues: Sequence[Cue], transliterate: bool) -> tuple[CodeTable, list[CarriedText]]:
    """The code table and the texts in it."""
    latin, cyrillic = (Repertoire(table.name, table.has) for table in (LATIN, CYRILLIC))
    try:
        return LATIN, carry(cues, latin, False)
    except NotCarried as error:
        # Without a Cyrillic letter the other table would not help.
        if not any("\u0400" <= letter <= "\u04ff" for letter in error.letters):
            if transliterate:
                return LATIN, carry(cues, latin, True)
            raise
    try:
        return CYRILLIC, carry(cues, cyrillic, False)
    except NotCarried:
        if not transliterate:
            raise
    return LATIN, carry(cues, latin, True)


def _frames(cue: Cue, programme_start: int) -> tuple[int, int]:
    """In and out frame, the programme's start added."""
    offset = programme_start * FRAME_RATE
    start = offset + max(0, nearest_frame(cue.start))
    end = max(offset + nearest_frame(cue.end), start + 1)
    if end >= _DAY:
        raise InvalidArgument("cues", f"cue {cue.index} ends after 24 hours of timecode")
    return start, end


def nearest_frame(ticks: Ticks) -> int:
    """The frame nearest to a media time, halves later."""
    ticks_per_frame = TICKS_PER_SECOND // FRAME_RATE
    return (2 * ticks + ticks_per_frame) // (2 * ticks_per_frame)


def _timecode(frames: int) -> tuple[int, int, int, int]:
    seconds, frame = divmod(frames, FRAME_RATE)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return hour, minute, second, frame


def _digits(frames: int) -> bytes:
    return b"%02d%02d%02d%02d" % _timecode(frames)


def _text_blocks(
    number: int,
    start: int,
    end: int,
    lines: Sequence[str],
    table: CodeTable,
    display: Display,
) -> list[bytes]:
    if display is Display.TELETEXT:
        # Boxed twice over, as teletext wants it; a row of double height takes two.
        before, after = _DOUBLE_HEIGHT + _START_BOX * 2, _END_BOX * 2
        rows = [before + table.encode(line) + after for line in lines]
        codes = (_NEW_LINE * 2).join(rows)
        vertical = _LAST_ROW - 2 * (len(lines) - 1)
    else:
        codes = _NEW_LINE.join(table.encode(line) for line in lines)
        vertical = _LAST_ROW - (len(lines) - 1)
    texts = [codes[at : at + _TEXT_BYTES] for at in range(0, len(codes), _TEXT_BYTES)]
    blocks = []
    for at, text in enumerate(texts):
        block_number = _LAST_BLOCK if at == len(texts) - 1 else at
        block = bytes([0, *number.to_bytes(2, "little"), block_number, 0])
        block += bytes([*_timecode(start), *_timecode(end), vertical, _CENTRED, 0])
        blocks.append(block + text.ljust(_TEXT_BYTES, _UNUSED))
    return blocks


def _latin_field(title: str, language: Language) -> tuple[bytes, tuple[Loss, ...]]:
    """A title in code page 850, at most 32 bytes, and what that lost."""
    if not title:
        return b"", ()
    one_line = " ".join(title.split())
    written = one_line.encode("cp850", "ignore")
    if written.decode("cp850") != one_line:
        written = latinised(one_line, language).encode("cp850", "replace")
    written = written[:32]
    if written.decode("cp850") == title:
        return written, ()
    return written, (Loss(0, LossKind.TRANSLITERATED, title, written.decode("cp850")),)


def _header(
    config: StlConfig,
    *,
    table: CodeTable,
    language: bytes,
    title: bytes,
    columns: int,
    blocks: int,
    subtitles: int,
    first_in: bytes,
) -> bytes:
    """The general subtitle information block, field by field (Tech 3264, table 1)."""
    created = (config.created or date.today()).strftime("%y%m%d").encode()
    publisher = config.publisher.encode("cp850", "replace")[:32]
    fields = (
        (3, b"850"),  # CPN: code page of the texts in this block
        (8, b"STL25.01"),  # DFC
        (1, config.display.value),  # DSC
        (2, table.number),  # CCT
        (2, language),  # LC
        (32, title),  # OPT: original programme title
        (32, b""),  # OET: original episode title
        (32, b""),  # TPT: translated programme title
        (32, b""),  # TET: translated episode title
        (32, b""),  # TN: translator's name
        (32, b""),  # TCD: translator's contact details
        (16, b""),  # SLR: subtitle list reference code
        (6, created),  # CD: creation date
        (6, created),  # RD: revision date
        (2, b"00"),  # RN: revision number
        (5, b"%05d" % blocks),  # TNB
        (5, b"%05d" % subtitles),  # TNS
        (3, b"001"),  # TNG: subtitle groups
        (2, b"%02d" % columns),  # MNC
        (2, b"%02d" % _ROWS),  # MNR
        (1, b"1"),  # TCS: the timecodes are meant
        (8, _digits(config.programme_start * FRAME_RATE)),  # TCP: start of programme
        (8, first_in),  # TCF: first in-cue
        (1, b"1"),  # TND: disks
        (1, b"1"),  # DSN: number of this disk
        (3, config.country.encode()),  # CO
        (32, publisher),  # PUB
        (32, b""),  # EN: editor's name
        (32, b""),  # ECD: editor's contact details
        (75, b""),  # spare
        (576, _LABEL if config.automatic else b""),  # UDA: user-defined area
    )
    if blocks > 99_999:
        raise InvalidArgument("cues", f"{blocks} text blocks; EBU STL counts to 99999")
    return b"".join(value.ljust(length) for length, value in fields)
