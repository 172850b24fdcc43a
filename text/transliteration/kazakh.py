"""Kazakh letter by letter from Cyrillic into Latin and back.

The alphabet of 2021 has one letter for и and й and one for х and һ, and none for the letters of
Russian loans. So what is read back is decided by the letters around, and by a table of stems:

- ``i`` after a vowel is й, elsewhere, and after ``u``, и;
- ``ia`` is я after a vowel and where a word begins, after a consonant иа (материал);
- ``iu`` is ю, but йу between a vowel and а (хайуан);
- ``io`` is йо after a vowel and where a word begins, after a consonant ио;
- ``tsi`` is ци (no Kazakh word has тси), other ``ts`` and ``tş`` are тс and тш (айтса, айтшы);
- ``h`` is х; ``şş`` is щ (no Kazakh word has шш).

``losses`` names the words that these rules do not give back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from text.letters import fold_look_alikes
from text.protection.patterns import MARKUP
from text.transliteration.alphabets import (
    CAPITALS,
    FROM_LATIN,
    RAW,
    SMALL,
    STEMS,
    TO_LATIN,
    VOWELS,
    LatinAlphabet,
)

_WORD: Final = re.compile(r"[^\W\d_]+")
_WORD_WITH_APOSTROPHES: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|['’ʼ])*")
_CYRILLIC: Final = re.compile(r"[\u0400-\u04ff]")
_LATIN_VOWELS: Final = frozenset("aáeioóuúyAÁEIOÓUÚYı")


@dataclass(frozen=True, slots=True)
class Loss:
    """A Cyrillic word that does not come back from Latin as it was."""

    start: int
    """Where it begins in the text, in characters (of the text in NFC)."""

    end: int
    cyrillic: str
    latin: str
    returned: str
    """What ``to_cyrillic`` makes of ``latin``."""


def to_latin(text: str, *, keep_markup: bool = True, keep_words: Collection[str] = ()) -> str:
    """Write Kazakh Cyrillic in the Latin alphabet of 2021.

    Latin words, numbers and signs stay. Latin look-alikes inside a Cyrillic word are taken for the
    Cyrillic letters. ё, ц, ч, щ, э, ю, я become io, ts, tş, şş, e, iu, ia; ъ and ь are dropped.

    Args:
        text: any; put in NFC.
        keep_markup: leave URLs, e-mail addresses, tags and placeholders as they are.
        keep_words: words that stay, whatever their case.
    """
    kept = frozenset(map(str.casefold, keep_words))

    def latin(match: re.Match[str]) -> str:
        word = match.group()
        return word if word.casefold() in kept else _word_to_latin(fold_look_alikes(word))

    return _outside_markup(text, keep_markup, lambda part: _WORD.sub(latin, part))


def to_cyrillic(
    text: str,
    *,
    alphabet: LatinAlphabet = LatinAlphabet.DIACRITIC_2021,
    keep_markup: bool = True,
    keep_words: Collection[str] = (),
) -> str:
    """Write Latin Kazakh in Cyrillic.

    Words stay that cannot be Kazakh in this alphabet: with a letter that it lacks (``Windows``),
    with a Cyrillic letter, or that touch a digit (``JAS39``). Other foreign words are read as if
    they were Kazakh, unless they are in ``keep_words``.

    Args:
        text: any; put in NFC.
        alphabet: which Latin alphabet it is in.
        keep_markup: leave URLs, e-mail addresses, tags and placeholders as they are.
        keep_words: words that stay, whatever their case.
    """
    kept = frozenset(map(str.casefold, keep_words))
    apostrophes = alphabet is LatinAlphabet.APOSTROPHE_2017
    pattern = _WORD_WITH_APOSTROPHES if apostrophes else _WORD

    def cyrillic(match: re.Match[str]) -> str:
        word, whole = match.group(), match.string
        touching = whole[max(0, match.start() - 1) : match.start()] + whole[match.end() :][:1]
        if any(map(str.isdigit, touching)) or word.casefold() in kept:
            return word
        return _word_to_cyrillic(word, alphabet) or word

    return _outside_markup(text, keep_markup, lambda part: pattern.sub(cyrillic, part))


def losses(text: str) -> tuple[Loss, ...]:
    """The Cyrillic words of a text that do not come back from the Latin alphabet of 2021."""
    return tuple(_losses(unicodedata.normalize("NFC", text)))


def _losses(text: str) -> Iterator[Loss]:
    for match in _WORD.finditer(text):
        word = match.group()
        if not _CYRILLIC.search(word):
            continue
        latin = _word_to_latin(fold_look_alikes(word))
        returned = _word_to_cyrillic(latin, LatinAlphabet.DIACRITIC_2021) or latin
        if returned != word:
            yield Loss(match.start(), match.end(), word, latin, returned)


def _outside_markup(text: str, keep_markup: bool, change: Callable[[str], str]) -> str:
    text = unicodedata.normalize("NFC", text)
    if not keep_markup:
        return change(text)
    parts, end = [], 0
    for match in MARKUP.finditer(text):
        parts += [change(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*parts, change(text[end:])])


def _word_to_latin(word: str) -> str:
    written = []
    for index, letter in enumerate(word):
        small = letter.lower()
        group = TO_LATIN.get(small)
        if group is None:
            written.append(letter)
        elif small == letter:
            written.append(group)
        else:
            neighbour = word[index + 1 : index + 2] or word[:index][-1:]
            written.append(_capital(group, whole=neighbour.isupper()))
    return "".join(written)


def _capital(group: str, *, whole: bool) -> str:
    large = [CAPITALS.get(each, each.upper()) for each in group]
    return "".join(large) if whole else "".join(large[:1]) + group[1:]


@dataclass(frozen=True, slots=True)
class _Letter:
    small: str
    large: bool

    def spelt(self, small: str) -> str:
        return small.upper() if self.large else small


def _word_to_cyrillic(word: str, alphabet: LatinAlphabet) -> str | None:
    """None where the word is not of the alphabet."""
    raw = _read(word, alphabet)
    if raw is None:
        return None
    written = list(_stem(raw))
    rest = raw[sum(used for _, used in written) :]
    return "".join(text for text, _ in written) + _resolve(
        rest, written[-1][0].lower() if written else ""
    )


def _read(word: str, alphabet: LatinAlphabet) -> list[_Letter] | None:
    """Letters one by one, with и for й and х for һ."""
    table = FROM_LATIN[alphabet]
    word = word.replace("’", "'").replace("ʼ", "'")
    small = _small(word, alphabet)
    sizes = sorted({len(group) for group in table}, reverse=True)
    letters: list[_Letter] = []
    at = 0
    while at < len(word):
        for size in sizes:
            group = small[at : at + size]
            # aB are two letters, not a group whose capital is Ab or AB.
            one = size == 1 or word[at].isupper() or not word[at + 1 : at + size].isupper()
            if len(group) == size and group in table and one:
                letters.append(_Letter(table[group], word[at].isupper()))
                at += size
                break
        else:
            return None
    return letters


def _small(word: str, alphabet: LatinAlphabet) -> str:
    capitals: Mapping[str, str] = SMALL[alphabet]
    small = []
    for index, letter in enumerate(word):
        beside = word[max(0, index - 1) : index] + word[index + 1 : index + 2]
        if alphabet is LatinAlphabet.ACUTE_2018 and letter == "I" and set(beside) & _LATIN_VOWELS:
            small.append("ı")
        else:
            small.append(capitals.get(letter, letter.lower()))
    return "".join(small)


def _raw(stem: str) -> str:
    return "".join(RAW.get(letter, letter) for letter in stem)


_STEMS_BY_BEGINNING: Final[Mapping[str, tuple[str, ...]]] = {
    beginning: tuple(sorted(stems, key=lambda stem: -len(_raw(stem))))
    for beginning, stems in groupby(
        sorted(" ".join(STEMS.values()).split(), key=lambda stem: _raw(stem)[:3]),
        key=lambda stem: _raw(stem)[:3],
    )
}


def _stem(raw: list[_Letter]) -> Iterator[tuple[str, int]]:
    """The table's stem that the word begins with: letters, and how many of ``raw`` each uses."""
    word = "".join(letter.small for letter in raw)
    for stem in _STEMS_BY_BEGINNING.get(word[:3], ()):
        if word.startswith(_raw(stem)):
            at = 0
            for letter in stem:
                size = len(RAW.get(letter, letter))
                # ъ and ь use no letter: they are as large as the one before.
                yield raw[at if size else at - 1].spelt(letter), size
                at += size
            return


def _resolve(raw: list[_Letter], before: str) -> str:
    written = []
    at = 0
    while at < len(raw):
        letter = raw[at]
        small, used = letter.small, 1
        following = [each.small for each in raw[at + 1 : at + 3]]
        if small == "т" and following == ["с", "и"] and not _split_case(raw, at):
            small, used = "ц", 2
        elif small == "и":
            small, used = _what_i_is(before, [] if _split_case(raw, at) else following)
        written.append(letter.spelt(small))
        before = small[-1]
        at += used
    return "".join(written)


def _split_case(raw: list[_Letter], at: int) -> bool:
    """``iA``: two letters, never one whose capital would be ``IA`` or ``Ia``."""
    return not raw[at].large and any(each.large for each in raw[at + 1 : at + 2])


def _what_i_is(before: str, following: list[str]) -> tuple[str, int]:
    """What ``i`` and the vowel after it are, and how many Latin letters that takes."""
    after_vowel = before in VOWELS or before == "й"
    begins = not before
    following = [*following, "", ""]
    if following[0] == "а" and (after_vowel or begins):
        return "я", 2
    if following[0] == "у" and not (after_vowel and following[1] in {"а", "ә"}):
        return "ю", 2
    if following[0] == "о" and begins:
        return "й", 1
    return ("й" if after_vowel and before != "у" and before != "" else "и"), 1
