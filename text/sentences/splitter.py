"""Rules that find where sentences end in Kazakh, Russian and English print."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from text.protection.patterns import ADDRESSES, URL_END
from text.sentences.abbreviations import ABBREVIATIONS, Abbreviations

# Marks, then the quotation marks and brackets that they stand in.
_END: Final = re.compile(
    r"(?P<marks>[.!?…]{1,16})(?P<closers>[»”“’\"')\]]{0,4})(?P<space>\s+)(?=\S)"
)
# Each begins where whitespace begins: tried at every space of a long run, it would take quadratic
# time.
_LINE: Final = re.compile(r"(?<!\s)\s*\n\s*")
_BLANK_LINE: Final = re.compile(
    r"(?<!\s)(?:\s*\n[^\S\n]*\n\s*|\s*\n\s*(?=(?:[-–—•*▪]|\d{1,3}[.)])\s))"
)
# "т. с. с" is one abbreviation; "ж. Қ" is a year and a name.
_TOKEN: Final = re.compile(
    r"(?<![^\W_])(?:[^\W\d_A-ZА-ЯӘҒҚҢӨҰҮҺІЁ]{1,2}\.[ \u00a0]){1,3}[^\W\d_A-ZА-ЯӘҒҚҢӨҰҮҺІЁ]{1,2}$"
    r"|[^\W_]+(?:[.-]+[^\W_]+)*$"
)
_OPENERS: Final = "«“„\"'([‹"
_DASHES: Final = "—–-"
_BEGINNING_SIGNS: Final = "…¿¡$€₸№#@<%{"
_FIRST_WORD: Final = re.compile(r"^\W*([^\W_]+(?:['’-][^\W_]+)*)(?![\w.])")
_NUMBER_END: Final = re.compile(r"(?:\d|\b[IVX]+)[ \u00a0]?$")
_CAPITAL: Final = "[A-ZА-ЯӘҒҚҢӨҰҮҺІЁÄÖÜŪĞŞİÑ]"
# А, Қ.-Ж, U.S; of two letters those that Russian and English give for one sound.
_INITIALS: Final = re.compile(rf"(?:(?:{_CAPITAL}|Дж|Th|Ch)[.-]+)*(?:{_CAPITAL}|Дж|Th|Ch)")
_LIST_NUMBER: Final = re.compile(r"(?:\d{1,3}|[^\W\d_]|[IVX]{1,5})(?:\.\d{1,3})*")
_BRACKETS: Final = re.compile(r"\([^()\n]{0,400}\)|\[[^\[\]\n]{0,400}\]")
_QUOTED: Final = re.compile(
    r"«[^«»\n]{0,1000}»|“[^“”\n]{0,1000}”|„[^„“”\n]{0,1000}[“”]|(?<![^\s(«—–-])\"[^\"\n]{0,1000}\""
)
_LAST: Final = '.!?…»”“"'
_LONG_QUOTATION: Final = 160  # characters: a longer one is split into its sentences
_REACH: Final = 40  # characters to the left that hold any abbreviation


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and the whitespace after it."""

    text: str
    """Without whitespace around it."""

    start: int
    """In characters of the whole text; ``text[start:end]`` is the sentence."""

    end: int
    separator: str
    """Whitespace up to the next sentence or the end of the text."""


def split(text: str, language: Language, *, line_breaks: bool = True) -> tuple[Sentence, ...]:
    """Split a text into sentences.

    Whitespace before the first sentence is the separator of an empty one, so that ``join`` gives
    the text back exactly. An empty text has no sentences.

    Args:
        text: any.
        language: whose abbreviations hold; Kazakh knows the Russian ones, too.
        line_breaks: does every line break end a sentence? Otherwise only empty lines do and lines
            that begin a list's item: for wrapped text.

    Raises:
        InvalidArgument: the language is none of the suite's.
    """
    if language not in LANGUAGES:
        raise InvalidArgument("language", f"{language!r} is not one of {', '.join(LANGUAGES)}")
    breaks = _LINE if line_breaks else _BLANK_LINE
    return tuple(_cut(text, sorted(_boundaries(text, ABBREVIATIONS[language], breaks))))


def join(sentences: Iterable[Sentence]) -> str:
    """The text that they were split from."""
    return "".join(sentence.text + sentence.separator for sentence in sentences)


def _cut(text: str, boundaries: Iterable[tuple[int, int]]) -> Iterator[Sentence]:
    """Sentences between the whitespace of ``boundaries``."""
    start = 0
    for end, following in boundaries:
        yield Sentence(text[start:end], start, end, text[end:following])
        start = following
    rest = text[start:]
    if rest:
        end = start + len(rest.rstrip())
        yield Sentence(text[start:end], start, end, text[end:])


def _boundaries(
    text: str, abbreviations: Abbreviations, breaks: re.Pattern[str]
) -> Iterator[tuple[int, int]]:
    """Where whitespace between sentences begins and ends; it never touches the end of the text."""
    leading = len(text) - len(text.lstrip())
    if 0 < leading < len(text):
        yield 0, leading
    end = len(text.rstrip())
    start = leading
    for line in breaks.finditer(text, leading, end):
        yield from _Line(text, start, line.start(), abbreviations).boundaries()
        yield line.span()
        start = line.end()
    if start < end:
        yield from _Line(text, start, end, abbreviations).boundaries()


class _Line:
    """A stretch of text without forced breaks."""

    def __init__(self, text: str, start: int, end: int, abbreviations: Abbreviations) -> None:
        self._text = text[start:end]
        self._offset = start
        self._abbreviations = abbreviations
        self._cased = any(map(str.isupper, self._text))
        self._whole = sorted(self._whole_spans())
        self._begins = 0

    def boundaries(self) -> Iterator[tuple[int, int]]:
        for match in _END.finditer(self._text):
            if self._ends(match):
                self._begins = match.end()
                yield self._offset + match.start("space"), self._offset + match.end()

    def _whole_spans(self) -> Iterator[tuple[int, int]]:
        """What no sentence ends inside of: addresses, brackets, quotations that go on."""
        for address in ADDRESSES.finditer(self._text):
            marks = URL_END.search(address.group())
            yield address.start(), address.start() + (marks.start() if marks else len(address[0]))
        for bracket in _BRACKETS.finditer(self._text):
            yield bracket.start(), bracket.end() - 1
        for quoted in _QUOTED.finditer(self._text):
            if len(quoted.group()) > _LONG_QUOTATION:
                continue
            after = self._text[quoted.end() : quoted.end() + 60]
            goes_on = after.lstrip()[:1].islower() or self._abbreviations.speech.match(after)
            last = quoted.end() if goes_on else quoted.start() + len(quoted[0].rstrip(_LAST))
            yield quoted.start(), last

    def _inside_whole(self, place: int) -> bool:
        last = bisect_right(self._whole, (place, len(self._text)))
        return any(start < place < end for start, end in self._whole[max(0, last - 4) : last])

    def _ends(self, match: re.Match[str]) -> bool:
        if self._inside_whole(match.start()) or self._inside_whole(match.start("space") - 1):
            return False
        marks, closers = match["marks"], match["closers"]
        if marks in {"!", "?"} and self._text[match.start() - 1 : match.start()] == "(":
            return False
        following = self._text[match.end() : match.end() + 60]
        if not self._may_begin(following, after_quotation=bool(closers.strip(")]"))):
            return False
        if marks == "." and not closers:
            return self._full_stop_ends(match.start(), following)
        return True

    def _may_begin(self, following: str, *, after_quotation: bool) -> bool:
        """Does what follows look like the beginning of a sentence?"""
        if following[0] in _DASHES:
            rest = following.lstrip(_DASHES)
            # «…!» — деді ол, and "word. -suffix"; a dash and a capital is the next speaker.
            return not after_quotation and rest[:1].isspace() and self._large(rest.lstrip())
        return self._large(following)

    def _large(self, following: str) -> bool:
        first = following.lstrip(_OPENERS + " \u00a0")[:1]
        if first.islower():
            return not self._cased
        return first.isalnum() or (first != "" and first in _BEGINNING_SIGNS)

    def _full_stop_ends(self, stop: int, following: str) -> bool:
        before = self._text[max(self._begins, stop - _REACH) : stop]
        token_match = _TOKEN.search(before)
        if token_match is None or before[: token_match.start()].endswith("°"):
            return not before.endswith("№")
        token = token_match.group()
        lead = before[: len(before) - len(token)]
        near = stop - self._begins <= _REACH
        if near and not lead.strip(_OPENERS + " ") and _LIST_NUMBER.fullmatch(token):
            return False
        first = _FIRST_WORD.search(following)
        starter = first is not None and first[1].lower() in self._abbreviations.starters
        number = following.lstrip(_OPENERS)[:1].isdigit()
        after_number = bool(_NUMBER_END.search(lead))
        return self._abbreviation_ends(
            token, starter=starter, number=number, after_number=after_number
        )

    def _abbreviation_ends(
        self, token: str, *, starter: bool, number: bool, after_number: bool
    ) -> bool:
        table, small = self._abbreviations, re.sub(r"\s", "", token.lower())
        if small in table.tail:
            return not number
        if small in table.after_number and (after_number or "." in small):
            return starter
        if small in table.never or (number and small in table.before_number):
            return False
        if _INITIALS.fullmatch(token):
            return starter and not number
        return True
