"""Spans replaced by placeholders before translation, and put back after it.

No form of placeholder is sure to survive a model that was not trained on it (marian-nmt issue 123,
translateLocally issue 127; Post et al., *An Exploration of Placeholding in Neural Machine
Translation*, MT Summit 2019). ``%1`` is the default: it is made of signs that every SentencePiece
vocabulary has, no case can change in it, and programs' translations, which are in the training data
of OPUS models and in ours, hold it by the thousand, copied in 99.9 % of Kazakh-English pairs
(docs/TEXT.md). Models that were taught another form get another style.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Final, Protocol

from foundation.errors import InvalidArgument
from text.protection.patterns import (
    DEFAULT_KINDS,
    PATTERNS,
    URL_END,
    SpanKind,
    number_with_unit,
)

MAX_SPANS: Final = 999
_LOOK_BACK: Final = 8
"""Restored parts that a replacement sees before it."""


class PlaceholderStyle(StrEnum):
    """The form of placeholders."""

    PERCENT = "percent"
    """``%1``, as KDE's and Qt's messages have it."""

    DOLLAR = "dollar"
    """``$1``, as MediaWiki's have it."""

    BRACES = "braces"
    """``{1}``, as .NET's and Python's have it."""

    TAG = "tag"
    """``<x1/>``, as XLIFF has it."""

    def placeholder(self, number: int) -> str:
        """The placeholder of a number."""
        return _FORMS[self].template.format(number)


@dataclass(frozen=True, slots=True)
class _Form:
    template: str
    found: tuple[re.Pattern[str], ...]
    """How a model may have written it; later ones are looked for only if earlier find nothing."""


# Cyrillic х and full-width signs are what models and normalisers make of the originals.
_FORMS: Final[Mapping[PlaceholderStyle, _Form]] = MappingProxyType(
    {
        PlaceholderStyle.PERCENT: _Form(
            "%{}",
            (
                re.compile(r"[%％٪]\s{0,2}(\d{1,3})(?!\d)"),
                re.compile(r"(?<!\d)(?<!\d[.,])(\d{1,3})\s?[%％٪]"),  # as a percentage is written
            ),
        ),
        PlaceholderStyle.DOLLAR: _Form(
            "${}",
            (
                re.compile(r"[$＄]\s{0,2}(\d{1,3})(?!\d|[.,]\d)"),
                re.compile(r"(?<!\d)(?<!\d[.,])(\d{1,3})\s?[$＄]"),
            ),
        ),
        PlaceholderStyle.BRACES: _Form(
            "{{{}}}",
            (
                re.compile(r"[{｛]\s{0,2}(\d{1,3})\s{0,2}[}｝]"),
                re.compile(r"[\[(]\s{0,2}(\d{1,3})\s{0,2}[\])]"),
            ),
        ),
        PlaceholderStyle.TAG: _Form(
            "<x{}/>",
            (
                re.compile(r"<\s{0,2}[xXхХ]\s{0,2}(\d{1,3})\s{0,2}/?\s{0,2}>"),
                re.compile(r"(?<!\w)[xXхХ]\s?(\d{1,3})\s?/(?!\w)"),
            ),
        ),
    }
)


class Replacement(Protocol):
    """What a translation has where the source has a span."""

    def fit(self, before: str, after: str) -> tuple[str, int]:
        """What to write for the placeholder.

        Args:
            before: the translation before it, restored.
            after: the translation after it, up to the next placeholder.

        Returns:
            The text, and how many characters of ``after`` it takes the place of.
        """
        ...


@dataclass(frozen=True, slots=True)
class RequiredSpan:
    """A span of the source and what must stand for it in the translation."""

    start: int
    """In characters."""

    end: int
    replacement: Replacement


@dataclass(frozen=True, slots=True)
class ProtectedSpan:
    """One span and its placeholder."""

    text: str
    kind: SpanKind
    number: int
    """Of the placeholder, from 1; numbers that the text itself would be taken for are left out."""

    start: int
    """Where the span was in the source, in characters."""

    space_before: bool
    """A space was put before the placeholder, since it touched a letter, a digit or another."""

    space_after: bool

    replacement: Replacement | None = None
    """What ``restore`` puts in; None: ``text``."""


@dataclass(frozen=True, slots=True)
class Protected:
    """A text to translate."""

    text: str
    spans: tuple[ProtectedSpan, ...]
    style: PlaceholderStyle


@dataclass(frozen=True, slots=True)
class Restored:
    """A translation with its spans back."""

    text: str
    lost: tuple[ProtectedSpan, ...]
    """Spans whose placeholder the translation has not."""

    repeated: tuple[ProtectedSpan, ...]
    """Spans that stand in it more than once."""


def protect(
    text: str,
    *,
    terms: Collection[str] = (),
    kinds: Collection[SpanKind] = DEFAULT_KINDS,
    cyrillic_units: bool = False,
    style: PlaceholderStyle = PlaceholderStyle.PERCENT,
    required: Sequence[RequiredSpan] = (),
) -> Protected:
    """Replace what must not be translated by numbered placeholders.

    Args:
        text: a sentence or more.
        terms: words and phrases that stay as they are; found as whole words in the given case, and
            before endings that follow a hyphen (``NASA-ның``).
        kinds: which spans are protected.
        cyrillic_units: numbers with units in Cyrillic letters too (``12 км``), which Kazakh and
            Russian write alike; without it their numbers are left to the model.
        style: the form of placeholders.
        required: spans with required translations, in order, none touching another
            (``text.terms.required_spans``). One inside an address or a tag is left out, other spans
            inside one are part of it.

    Raises:
        InvalidArgument: more than 999 spans.
    """
    spelt = list(_spans(text, terms, frozenset(kinds), cyrillic_units))
    found = _merged(spelt, required)
    if len(found) > MAX_SPANS:
        raise InvalidArgument("text", f"{len(found)} protected spans; {MAX_SPANS} are allowed")
    outside = [
        text[end:start]
        for end, start in zip(
            [0, *(each.end for each in found)],
            [*(each.start for each in found), len(text)],
            strict=True,
        )
    ]
    numbers = _free_numbers(outside, style, len(found))
    parts: list[str] = []
    spans: list[ProtectedSpan] = []
    for each, before, after in zip(found, outside[:-1], outside[1:], strict=True):
        space_before = before[-1:].isalnum() or (not before and bool(spans))
        space_after = after[:1].isalnum()
        number = numbers[len(spans)]
        spans.append(
            ProtectedSpan(
                text[each.start : each.end],
                each.kind,
                number,
                each.start,
                space_before,
                space_after,
                each.replacement,
            )
        )
        placeholder = style.placeholder(number)
        parts += [before, " " * space_before, placeholder, " " * space_after]
    return Protected("".join([*parts, outside[-1]]), tuple(spans), style)


def restore(translated: str, protected: Protected) -> Restored:
    """Put the spans back into a translation.

    Placeholders are found also with spaces or capitals changed, brackets of another kind, or sign
    and number swapped. Without translation the source comes back exactly.
    """
    by_number = {span.number: span for span in protected.spans}
    places: list[tuple[int, int, ProtectedSpan]] = []
    missing = set(by_number)
    for pattern in _FORMS[protected.style].found:
        hits = [
            (match.start(), match.end(), by_number[int(match[1])])
            for match in pattern.finditer(translated)
            if int(match[1]) in missing
        ]
        fresh = [hit for hit in hits if all(hit[1] <= a or hit[0] >= b for a, b, _ in places)]
        places += fresh
        missing -= {span.number for _, _, span in fresh}
    places.sort(key=lambda place: place[0])

    parts: list[str] = []
    end = 0
    limits = [*(start for start, _, _ in places), len(translated)][1:]
    for (start, stop, span), limit in zip(places, limits, strict=True):
        between = translated[end:start]
        if span.space_before and between.endswith(" "):
            between = between[:-1]
        end = stop + (span.space_after and translated[stop : stop + 1] == " ")
        written = span.text
        if span.replacement is not None:
            before = "".join([*parts[-_LOOK_BACK:], between])
            written, used = span.replacement.fit(before, translated[end:limit])
            end += used
        parts += [between, written]
    counted = [span.number for _, _, span in places]
    return Restored(
        "".join([*parts, translated[end:]]),
        tuple(span for span in protected.spans if span.number in missing),
        tuple(span for span in protected.spans if counted.count(span.number) > 1),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    kind: SpanKind
    replacement: Replacement | None = None


def _merged(
    spelt: Sequence[tuple[int, int, SpanKind]], required: Sequence[RequiredSpan]
) -> list[_Place]:
    """Spans of both kinds in order; where two meet the longer one, of two alike the required."""
    places = [_Place(*each) for each in spelt]
    if not required:
        return places
    kept: list[_Place] = []
    places.reverse()
    for span in required:
        place = _Place(span.start, span.end, SpanKind.TERM, span.replacement)
        while places and places[-1].end <= place.start:
            kept.append(places.pop())
        met = []
        while places and places[-1].start < place.end:
            met.append(places.pop())
        longest = max((each.end - each.start for each in met), default=0)
        if longest > place.end - place.start:
            places += reversed(met)  # the next required span may meet them too
        else:
            kept.append(place)
    return kept + places[::-1]


def _spans(
    text: str, terms: Collection[str], kinds: frozenset[SpanKind], cyrillic_units: bool
) -> Iterator[tuple[int, int, SpanKind]]:
    union = _union(frozenset(terms), kinds, cyrillic_units)
    if union is None:
        return
    for match in union.finditer(text):
        kind = SpanKind[str(match.lastgroup)]
        start, end = match.span()
        if kind is SpanKind.URL:
            end = start + len(_without_marks(match.group()))
        yield start, end, kind


@lru_cache(maxsize=64)
def _union(
    terms: frozenset[str], kinds: frozenset[SpanKind], cyrillic_units: bool
) -> re.Pattern[str] | None:
    patterns: dict[SpanKind, str] = {}
    if terms and SpanKind.TERM in kinds:
        longest_first = sorted(filter(None, terms), key=lambda term: (-len(term), term))
        patterns[SpanKind.TERM] = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"
    patterns |= dict(PATTERNS) | {SpanKind.NUMBER: number_with_unit(cyrillic_units=cyrillic_units)}
    wanted = [(kind, pattern) for kind, pattern in patterns.items() if kind in kinds]
    if not wanted:
        return None
    return re.compile("|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in wanted))


def _without_marks(url: str) -> str:
    """A URL without the sentence's marks after it; closing brackets stay if it opens them."""
    while (tail := URL_END.search(url)) and not (
        url[-1] == ")" and url.count("(") >= url.count(")")
    ):
        url = url[:-1] if ")" in tail.group() else url[: tail.start()]
    return url


def _free_numbers(outside: Collection[str], style: PlaceholderStyle, count: int) -> list[int]:
    if not count:
        return []
    taken = {
        int(number)
        for part in outside
        for pattern in _FORMS[style].found
        for number in pattern.findall(part)
    }
    return list(islice((n for n in itertools.count(1) if n not in taken), count))
