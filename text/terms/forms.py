"""Forms of words: which terms a word of a text may be a form of.

A term is told by one key a word, a word of a text by several: its own letters, and the key of each
word that it is a form of. Only what the rules or the dictionary write exactly so counts, so that no
ending is guessed: a term that is not found is translated as the model likes, one found in the wrong
place spoils the sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Protocol, get_args

from foundation.languages import Language
from text.vocabulary.common_words import russian_parses
from text.vocabulary.kazakh_endings import Chain, attach, split_endings
from text.vocabulary.russian_forms import decline

Case = Literal[
    "nominative",
    "genitive",
    "dative",
    "accusative",
    "instrumental",
    "prepositional",
    "locative",
    "ablative",
]
"""Russian and Kazakh cases under one name where they have one."""

CASES: Final[tuple[Case, ...]] = get_args(Case)
PYMORPHY_CASES: Final[dict[str, Case]] = {
    "nomn": "nominative",
    "gent": "genitive",
    "gen2": "genitive",
    "datv": "dative",
    "accs": "accusative",
    "ablt": "instrumental",
    "loct": "prepositional",
    "loc2": "prepositional",
}


@dataclass(frozen=True, slots=True)
class Form:
    """Which form of its word a word is."""

    case: Case
    plural: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a word of a text."""

    key: str
    forms: frozenset[Form] | None = None
    """What form it may be; None: the word does not tell, or does not change."""

    ends: bool = False
    """Only as the last word of a term."""

    doubtful: bool = False
    """Spelt like another word made from the same stem; not for a lone common word."""


class Grammar(Protocol):
    """Keys of one language."""

    def term_keys(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        """One key for each word (``Token.letters``) of a term, in each way it may change."""
        ...

    def readings(self, word: str) -> Collection[Reading]:
        """Every way to read a word of a text; its own letters among them."""
        ...


def grammar_of(language: Language, words: Collection[str]) -> Grammar:
    """The grammar for terms that are made of ``words``."""
    if language == "kk":
        return _Kazakh()
    return _Russian(words) if language == "ru" else _English()


# Kazakh: the last word of a phrase takes the endings.

_LEAST_STEM: Final = 3
_AFTER_THEIR: Final[dict[str, Chain]] = {
    **dict.fromkeys(("на", "не"), ("dative",)),
    "н": ("accusative",),
    **dict.fromkeys(("нда", "нде"), ("locative",)),
    **dict.fromkeys(("ндағы", "ндегі"), ("attributive",)),
}
_HARMONY: Final = str.maketrans("аығқ", "еігк")
DEVOICED: Final = {"б": "п", "г": "к", "ғ": "қ"}
"""What a stem ends in where no ending in a vowel follows: кітап, кітабы."""


def possessed_chain(heard: str) -> Chain | None:
    """The chain that ``heard`` is after a stem in -сы, -сі, -ы, -і; None: it is none."""
    return _AFTER_THEIR.get(heard)


class _Kazakh:
    def term_keys(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        return (words,)

    def readings(self, word: str) -> Collection[Reading]:
        return _kazakh_readings(word)


@lru_cache(maxsize=65_536)
def _kazakh_readings(word: str) -> tuple[Reading, ...]:
    return (Reading(word), *dict.fromkeys(_inflected_kazakh(word)))


def _inflected_kazakh(word: str) -> Iterator[Reading]:
    for stem, heard, chains in split_endings(word):
        if not heard or len(stem) < _LEAST_STEM:
            continue
        stems = [stem]
        if heard[0] in "ыі" and stem[-1] in DEVOICED:
            stems.append(stem[:-1] + DEVOICED[stem[-1]])
        for base in stems:
            for chain in chains:
                if _harmony_folded(attach(base, heard, (chain,))) == _harmony_folded(word):
                    adjective = chain == ("accusative",) and heard[0] in "дт"
                    yield Reading(base, frozenset({_kazakh_form(chain)}), True, adjective)
    for heard, chain in _AFTER_THEIR.items():
        stem = word.removesuffix(heard)
        if stem != word and len(stem) > _LEAST_STEM and stem[-1] in "ыі":
            yield Reading(stem, frozenset({_kazakh_form(chain)}), True)


def _harmony_folded(word: str) -> str:
    """Loans follow their last letter or their vowel (банкке, Вашингтонге), as people like."""
    return word.translate(_HARMONY)


def kazakh_form_of(chain: Chain) -> Form:
    """The case and number of a chain of endings."""
    return _kazakh_form(chain)


def _kazakh_form(chain: Chain) -> Form:
    last = chain[-1] if chain else None
    if last == "attributive":
        case: Case = "locative"
    else:
        case = next((each for each in CASES if each == last), "nominative")
    return Form(case, "plural" in chain)


# Russian: adjectives and the noun that they belong to change together, what follows does not.


class _Russian:
    def __init__(self, words: Collection[str]) -> None:
        self._beginnings = frozenset(word[:2] for word in words)
        self._declined: dict[str, dict[str, set[Form]]] = {}
        for word in words:
            if nominative_parse(word) is None:
                for slot, form in decline(word).items():
                    case = next(each for each in CASES if each == slot.split()[-1])
                    forms = self._declined.setdefault(form, {}).setdefault(word, set())
                    forms.add(Form(case, slot.startswith("plural")))

    def term_keys(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        # Of a word with a hyphen the last part changes.
        changing = [
            word if words[index + 1 : index + 2] == ["-"] else self._key(word)
            for index, word in enumerate(words)
        ]
        head = next(
            (at + 1 for at, key in enumerate(changing) if key.endswith(("|NOUN", "|?"))),
            len(words),
        )
        # What follows the noun depends on it (Совет безопасности) or changes with it (Иван Петров).
        dependent = [*changing[:head], *words[head:]]
        return (dependent, changing) if dependent != changing else (dependent,)

    def _key(self, word: str) -> str:
        parse = nominative_parse(word)
        if parse is not None:
            return f"{parse.normal_form}|{parse.tag.POS}"
        return f"{word}|?" if word.isalpha() else word

    def readings(self, word: str) -> Collection[Reading]:
        found = [Reading(word)]
        for base, forms in self._declined.get(word, {}).items():
            found.append(Reading(f"{base}|?", frozenset(forms)))
        if word[:2] in self._beginnings:
            found += _russian_readings(word)
        return found


@lru_cache(maxsize=65_536)
def _russian_readings(word: str) -> tuple[Reading, ...]:
    forms: dict[str, set[Form]] = {}
    for parse in russian_parses(word):
        case = PYMORPHY_CASES.get(parse.tag.case)
        if parse.is_known and parse.tag.POS in ("NOUN", "ADJF", "PRTF") and case is not None:
            key = f"{parse.normal_form}|{parse.tag.POS}"
            forms.setdefault(key, set()).add(Form(case, parse.tag.number == "plur"))
    return tuple(Reading(key, frozenset(each)) for key, each in forms.items())


class Parse(Protocol):
    """What is used of pymorphy3's ``Parse``."""

    normal_form: str
    tag: PymorphyTag
    word: str

    def inflect(self, required: set[str]) -> Parse | None:
        """In another form; None: there is none."""
        ...


class PymorphyTag(Protocol):
    """What is used of pymorphy3's tags."""

    POS: str | None
    case: str | None
    number: str | None

    def __contains__(self, grammeme: str) -> bool: ...


@lru_cache(maxsize=16_384)
def nominative_parse(word: str) -> Parse | None:
    """The likeliest reading as a noun or an adjective in the nominative; None: it has none."""
    parses: list[Parse] = [
        parse
        for parse in russian_parses(word)
        if parse.is_known and parse.tag.case == "nomn" and parse.tag.POS in ("NOUN", "ADJF", "PRTF")
    ]
    return parses[0] if parses else None


# English: the last word takes the plural; the possessive is a mark and a word of its own.


class _English:
    def term_keys(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        return (words,)

    def readings(self, word: str) -> Collection[Reading]:
        plural = frozenset({Form("nominative", plural=True)})
        bases = [word[:-1], word[:-2], word[:-3] + "y"] if word.endswith("s") else []
        return [
            Reading(word),
            *(
                Reading(base, plural, ends=True)
                for base in bases
                if len(base) > 1 and english_plural(base) == word
            ),
        ]


def english_plural(word: str) -> str:
    """The regular plural of a word in lower case."""
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + "s"
