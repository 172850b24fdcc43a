"""Print becomes words to be spoken, each of which knows its place in the print."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from text.protection.patterns import ADDRESSES, URL_END
from text.spoken.abbreviations import AbbreviationReader
from text.spoken.acronyms import read_capitals
from text.spoken.addresses import read_address, sign_name, spell_letters, unread_beginning
from text.spoken.common import NumberReader
from text.spoken.context import Context, Said, Unreadable
from text.spoken.english import EnglishNumbers
from text.spoken.items import NoteKind
from text.spoken.kazakh import KazakhNumbers
from text.spoken.quantities import LETTER, Amount
from text.spoken.reading import Fixed, Piece, Reading, ReadToken, marks_joined, tokens_of
from text.spoken.russian import RussianNumbers
from text.spoken.tables import CURRENCY_SIGNS, SpokenTable, alternatives

_READERS: Final[Mapping[Language, type[NumberReader]]] = {
    "kk": KazakhNumbers,
    "ru": RussianNumbers,
    "en": EnglishNumbers,
}
_WORD: Final = re.compile(rf"{LETTER}(?:{LETTER}|[\u0300-\u036f])*")
_PLAIN_WORD: Final = re.compile(r"(?<!\w)(?<![.'’])([a-zа-яёәғқңөұүһі]{2,}),? ")
"""A word in small letters that no sign touches: nearly all of them."""

_CAPITALS: Final = re.compile(rf"({LETTER}{{2,}})(['’]s)?(?!{LETTER})")
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]{2}")
_CAPITAL: Final = "[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]"
_INITIAL: Final = re.compile(
    rf"{_CAPITAL}\.(?P<name>[ \u00a0]?(?:{_CAPITAL}\.|{_CAPITAL}[^\W\d_]))?"
)
_AFTER_INITIAL: Final = re.compile(rf"{_CAPITAL}\.[ \u00a0]?$")
_SPACE: Final = re.compile(r"\s+")
_FOREIGN: Final = re.compile(r"[^\W\d_A-Za-z\u00aa\u00ba\u00c0-\u02af\u1e00-\u1eff\u0400-\u052f]+")
_EMOJI: Final = re.compile(
    "(?:[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff\u2122\u2139\u3030\u303d]"
    "[\ufe0e\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*)+"
)
_KEPT: Final = frozenset(".,!?;:—–-\"«»„“”‘’'()…")
_SILENT: Final = frozenset("[]{}*_|\\^`•·¬\u00ad\u200b\u200c\u200d\u200e\u200f\ufeff\ufe0f")
_SIGN_BEFORE_NUMBER: Final = frozenset("+-−±~<>≤≥≈" + CURRENCY_SIGNS)
_NUMBER_SIGN: Final = re.compile(r"(?:№№?|#)[ \u00a0]?(?=\d)")
_SPACES: Final = str.maketrans("\u00a0\u2007\u2009\u202f", "    ")
_DASH_FOR_MINUS: Final = re.compile(r"(?<![^\s(…])(?<!\d\s)–(?=\d)")
"""Before a number that it touches, after a space: ночью –15°."""

_SHORT_DECADE: Final = re.compile(r"['’]\d0s(?!\w)")
_SHORT_YEAR: Final = re.compile(r"['’]\d\d(?!\w)")
_POINT: Final = re.compile(r"(?<![\w.])\.(\d{1,15})(?!\w)")
_SUBTRACTED: Final = re.compile(r"- ?\d[\d.,]{0,20}\s?=")


class Normaliser:
    """Reads numbers, dates, abbreviations and signs of one language; all else stays.

    Args:
        language: of the text.
        drop_unspeakable: leave out letters of other scripts than Latin and Cyrillic, with a note.
    """

    def __init__(self, language: Language, *, drop_unspeakable: bool = False) -> None:
        self.language = language
        self._drop_unspeakable = drop_unspeakable
        self.reader = _READERS[language]()
        self.table: SpokenTable = self.reader.table
        table = self.table
        self._abbreviations = AbbreviationReader(table)
        complex_units = [unit for unit in table.units if re.search("[/²³]", unit)]
        self._bare_unit = re.compile(rf"(?:{alternatives(complex_units)})(?!\w)")
        self._word_rules = self.reader.word_rules()
        # Words that are not simply themselves, though they are in small letters.
        self._special = {
            re.split("[^\\w]", word)[0]
            for word in (*self._abbreviations.known, *table.units, *table.scales)
        }
        if language == "en":
            self._special |= {*table.months, *(month[:3] for month in table.months)}
        self._named = {word for word in table.acronyms if not word.isalpha()}
        self._named_pattern = re.compile(rf"(?:{alternatives(self._named) or '(?!)'})(?!\w)")

    def sign_name(self, sign: str) -> str:
        """What a sign is called when text is spelt; empty: nothing."""
        return sign_name(sign, self.table)

    def spoken(self, text: str) -> str:
        """The text in words, with single spaces."""
        return self.read(text).text

    def read(
        self,
        text: str,
        fixed: Sequence[Fixed] = (),
        place: Callable[[int], int] = lambda at: at,
    ) -> Reading:
        """The text in words.

        Args:
            text: any.
            fixed: parts whose reading is given, in order, not overlapping.
            place: where in the caller's source a place of the text is, for errors.

        Raises:
            InvalidArgument: a number has more than 100 digits, or a word is in letters that nobody
                speaks (``text``).
        """
        context = Context(_plain_digits(text))
        pieces = self._pieces(context, fixed)
        try:
            tokens = tuple(
                self._joined(marks_joined(tokens_of(context.text, pieces)), context.text)
            )
        except Unreadable as error:
            where = f"{error.what} at character {place(error.at)}"
            raise InvalidArgument("text", f"{where}; {error.why}") from error
        return Reading(tokens, tuple(context.notes))

    def _joined(self, tokens: Iterator[ReadToken], text: str) -> Iterator[ReadToken]:
        held: ReadToken | None = None
        for token in tokens:
            if held is not None:
                read = text[token.start : token.end] != token.text
                word = self.reader.joined(held.text, token.text) if read else held.text
                yield held if word == held.text else replace(held, text=word)
            held = token
        if held is not None:
            yield held

    def _pieces(self, context: Context, fixed: Sequence[Fixed]) -> Iterator[Piece]:
        text, at = context.text, 0
        coming = list(reversed(fixed))
        shouted = not any(map(str.islower, text[:2000]))
        while at < len(text):
            if coming and coming[-1].start <= at:
                given = coming.pop()
                yield Piece(given.start, given.end, given.words)
                at = max(at, given.end)
                continue
            plain = _PLAIN_WORD.match(text, at)
            if plain is not None and plain[1] not in self._special and not coming:
                yield Piece(at, plain.end())
                at = plain.end()
                continue
            space = _SPACE.match(text, at)
            if space is not None:
                yield Piece(at, space.end())
                at = space.end()
                continue
            said = self._said(context, at, shouted)
            if said is not None and coming and said.end > coming[-1].start:
                # Never over what is given: what stands before it is read alone.
                said = self._said(Context(text[: coming[-1].start], context.notes), at, shouted)
            if said is None:
                end = self._as_it_stands(text, at)
                if coming:
                    end = min(end, coming[-1].start)
                yield Piece(at, end)
                at = end
            else:
                yield Piece(at, said.end, said.words)
                at = said.end

    @staticmethod
    def _as_it_stands(text: str, at: int) -> int:
        word = _WORD.match(text, at)
        return word.end() if word is not None else at + 1

    def _said(self, context: Context, at: int, shouted: bool) -> Said | None:
        letter = context.text[at]
        if letter.isalpha():
            return self._word(context, at, shouted)
        if letter.isdigit():
            return self._number(context, at)
        return self._sign(context, at)

    # Words

    def _word(self, context: Context, at: int, shouted: bool) -> Said | None:
        text = context.text
        address = self._address(context, at)
        if address is not None:
            return address
        if text.startswith("US$", at):
            said = self._signed_number(context, at)
            if said is not None:
                return said
        foreign = _FOREIGN.match(text, at)
        if foreign is not None:
            return self._foreign(context, foreign)
        if context.touches_word(at) and text[at - 1].isalpha():
            return None
        for pattern, handler in self._word_rules:
            match = pattern.match(text, at)
            said = handler(match, context) if match is not None else None
            if said is not None:
                return self._with_full_stop(context, said)
        abbreviation = self._abbreviations.read(context, at)
        if abbreviation is not None:
            return abbreviation
        if self._is_initial(text, at):
            said = Said(spell_letters(text[at], self.table, " "), at + 2)
            return self._with_full_stop(context, said)
        named = self._named_pattern.match(text, at)
        if named is not None:
            return Said(self.table.acronyms[named.group()], named.end())
        unit = self._bare_unit.match(text, at)
        if unit is not None:
            return self._unit_alone(unit)
        single = self._single_letter(context, at)
        if single is not None:
            return single
        return self._capitals(text, at, shouted)

    @staticmethod
    def _is_initial(text: str, at: int) -> bool:
        """А. С. Пушкин, Ахметов С. А., W.H.O.: a capital and a full stop, by another or a name."""
        initial = _INITIAL.match(text, at)
        if initial is None:
            return False
        return bool(initial["name"]) or _AFTER_INITIAL.search(text[max(0, at - 3) : at]) is not None

    def _capitals(self, text: str, at: int, shouted: bool) -> Said | None:
        match = _CAPITALS.match(text, at)
        if match is None:
            return None
        word, rest = match.groups(default="")
        if not rest and self.language == "en" and word[-1] == "s" and len(word) > 2:
            word, rest = word[:-1], "s"  # MPs
        if not word.isupper():
            return None
        return Said(read_capitals(word, self.table, shouted=shouted) + rest, match.end())

    def _unit_alone(self, match: re.Match[str]) -> Said:
        unit = self.table.units[match.group().replace("\u00a0", " ")]
        return Said(f"{unit.lead} {unit.forms[0]}".strip(), match.end())

    def _single_letter(self, context: Context, at: int) -> Said | None:
        """A Latin letter among Cyrillic words and digits: A4, 5G, x = y."""
        text, name = context.text, self.table.single_letters.get(context.text[at].lower())
        if not name or text[at + 1 : at + 2].isalpha() or text[at + 1 : at + 2] in ("'", "’", "."):
            return None
        if text[at + 1 : at + 2] == "-" and _LATIN.match(text, at + 2):
            return None  # e-mail
        around = (*context.before(at, 1), *context.after(at + 1, 1))
        return None if any(_LATIN.search(word) for word in around) else Said(name, at + 1)

    def _foreign(self, context: Context, match: re.Match[str]) -> Said:
        sign = self.table.signs.get(match.group())
        if sign is not None:
            return Said(sign, match.end())
        if not self._drop_unspeakable:
            letter = match.group()[0]
            raise Unreadable(
                f"{letter!r} (U+{ord(letter):04X})",
                match.start(),
                "voices speak Cyrillic and Latin letters",
            )
        context.note(NoteKind.UNSPEAKABLE, *match.span())
        return Said("", match.end())

    def _address(self, context: Context, at: int) -> Said | None:
        match = ADDRESSES.match(context.text, at)
        if match is None:
            return None
        address = match.group()
        end = URL_END.search(address)
        if end is not None:
            address = address[: end.start()]
        unread = unread_beginning(address)
        if unread:
            context.note(NoteKind.ADDRESS, at, at + unread)
        return Said(read_address(address[unread:], self.table), at + len(address))

    # Numbers and signs

    def _number(self, context: Context, at: int) -> Said | None:
        address = self._address(context, at)
        if address is not None:
            return address
        for pattern, handler in self.reader.number_rules:
            match = pattern.match(context.text, at)
            said = handler(match, context) if match is not None else None
            if said is not None:
                return self._with_full_stop(context, said)
        match = re.compile(r"\d+").match(context.text, at)
        if match is None:  # a digit that is no decimal: ², ①
            return self._odd_digit(context, at)
        return Said(self.reader.digits(match.group()), match.end())

    def _odd_digit(self, context: Context, at: int) -> Said:
        letter = context.text[at]
        words = self.table.signs.get(letter)
        value = unicodedata.numeric(letter)
        if words is None and value != int(value):  # a fraction that no rule knows
            context.note(NoteKind.UNSPEAKABLE, at, at + 1)
            return Said("", at + 1)
        if words is None:
            words = self.reader.cardinal(Amount(str(int(value))))
        return Said(words, at + 1)

    @staticmethod
    def _with_full_stop(context: Context, said: Said) -> Said:
        """A full stop that ends an abbreviation and the text is said as the text's."""
        text = context.text
        if text[said.end - 1] == "." and not text[said.end :][:80].strip(' \n»”")'):
            return Said(said.words + ".", said.end)
        return said

    def _sign(self, context: Context, at: int) -> Said | None:
        text, letter = context.text, context.text[at]
        if letter in "+([@.-":
            address = self._address(context, at) if letter != "@" else None
            if address is not None:
                return address
        before_number = letter in _SIGN_BEFORE_NUMBER or letter == "("
        if before_number and re.compile(r"[+−±~<>≤≥≈-]?[ \u00a0]?[$€£¥₸₽(]?[ \u00a0]?\d").match(
            text, at
        ):
            hyphen = letter in "+-−(" and context.touches_word(at)
            if not hyphen:
                said = self._signed_number(context, at)
                if said is not None:
                    return said
        if letter in "'’" and _SHORT_DECADE.match(text, at):
            return self._signed_number(context, at)
        if letter in "'’" and _SHORT_YEAR.match(text, at) and not context.touches_word(at):
            return Said("", at + 1)
        digits = _POINT.match(text, at) if self.language == "en" else None
        if digits is not None:
            return Said(f"point {self.reader.digits(digits[1])}", digits.end())
        if letter == "-" and _SUBTRACTED.match(text, at):
            return Said(self.reader.sign_word("-"), at + 1)
        numbered = _NUMBER_SIGN.match(text, at)
        if numbered is not None:
            return self.reader.numbered(numbered, context)
        emoji = _EMOJI.match(text, at)
        if emoji is not None and letter not in self.table.signs:
            context.note(NoteKind.EMOJI, *emoji.span())
            return Said("", emoji.end())
        unit = self._bare_unit.match(text, at)
        if unit is not None:
            return self._unit_alone(unit)
        if unicodedata.numeric(letter, None) is not None:
            return self._number(context, at)
        if letter in _KEPT:
            return None
        return self._other_sign(context, at)

    def _signed_number(self, context: Context, at: int) -> Said | None:
        for pattern, handler in self.reader.number_rules:
            match = pattern.match(context.text, at)
            said = handler(match, context) if match is not None else None
            if said is not None:
                return self._with_full_stop(context, said)
        return None

    def _other_sign(self, context: Context, at: int) -> Said:
        text, letter = context.text, context.text[at]
        if letter == "/" and text[at - 1 : at].isalpha() and text[at + 1 : at + 2].isalpha():
            return Said(" ", at + 1)  # и/или
        double = self.table.signs.get(text[at : at + 2]) if len(text[at : at + 2]) == 2 else None
        if double is not None:
            return Said(f" {double} ", at + 2)
        if letter in self.table.signs:
            words = self.table.signs[letter]
            return Said(f" {words} " if words else "", at + 1)
        if letter not in _SILENT and not unicodedata.combining(letter):
            context.note(NoteKind.UNSPEAKABLE, at, at + 1)
        return Said(" " if letter in _SILENT and letter.isascii() else "", at + 1)


def _plain_digits(text: str) -> str:
    """Digits of other scripts as ASCII ones, all spaces and minuses as such, one for one."""
    if text.isascii():
        return text
    text = _DASH_FOR_MINUS.sub("−", text.translate(_SPACES))
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() and not letter.isascii() else letter
        for letter in text
    )
