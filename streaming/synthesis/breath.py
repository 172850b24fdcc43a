"""Where a long sentence may be parted, so that its beginning is heard soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from streaming.synthesis.planning import Utterance, speech_spans
from text.spoken import SpokenSpan

_LONG: Final = 140
"""Characters, some 9.5 s. A voice reads the whole of an utterance before it makes its first sample:
up to here that takes a Piper voice no more than a tenth of a second."""

_LEAST: Final = 40
"""Of each part, some 3 s: what follows is made while the first is heard, also on a full machine."""

_MOST: Final = 110
"""Of the first part."""

_PAUSES: Final = (",", ";", ":", "—", "–")
_CLOSERS: Final = "»”’\"')]"


def parted(utterance: Utterance) -> tuple[Utterance, ...]:
    """A long utterance as two, where its text has a pause; others as they are.

    The two are spoken apart, so the voice reads the first without knowing how the second goes on,
    and its pause is that between two phrases.
    """
    length = len(utterance.request.text)
    if length <= _LONG:
        return (utterance,)
    cuts = [
        (number, token, size)
        for number, token, size in _pauses(utterance.spans)
        if _LEAST <= size <= min(_MOST, length - _LEAST)
    ]
    if not cuts:
        return (utterance,)
    number, token, _ = cuts[-1]
    head, tail = _cut(utterance.spans[number], token)
    return (
        _of(utterance, (*utterance.spans[:number], head), ends=False),
        _of(utterance, (*tail, *utterance.spans[number + 1 :]), ends=True),
    )


def _pauses(spans: Sequence[SpokenSpan]) -> list[tuple[int, int, int]]:
    """Span, tokens of it up to the pause, and characters up to it, for each pause."""
    found = []
    before = 0
    for number, span in enumerate(spans):
        for count, token in enumerate(span.tokens, start=1):
            # A pronunciation that was given belongs to a span as a whole.
            whole = count == len(span.tokens)
            text = span.text[token.start : token.end].rstrip(_CLOSERS)
            if text.endswith(_PAUSES) and (whole or not span.ipa):
                found.append((number, count, before + token.end))
        before += len(span.text) + 1
    return found


def _cut(span: SpokenSpan, count: int) -> tuple[SpokenSpan, tuple[SpokenSpan, ...]]:
    """The first tokens of a span, and the others if there are any."""
    if count == len(span.tokens):
        return span, ()
    first, others = span.tokens[:count], span.tokens[count:]
    begin = others[0].start
    moved = tuple(
        replace(token, start=token.start - begin, end=token.end - begin) for token in others
    )
    head = replace(span, text=span.text[: first[-1].end], tokens=first)
    return head, (replace(span, text=span.text[begin:], tokens=moved),)


def _of(utterance: Utterance, spans: tuple[SpokenSpan, ...], *, ends: bool) -> Utterance:
    """What one of two parts says."""
    request = replace(utterance.request, spans=speech_spans(spans, utterance.cast))
    return replace(
        utterance,
        request=request,
        spans=spans,
        first=utterance.first and not ends,
        last=utterance.last and ends,
        joins_before=utterance.joins_before and not ends,
        joins_after=utterance.joins_after and ends,
    )
