"""A sentence as the ids of a voice's phonemes, and which word each belongs to."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rapidfuzz.distance import Levenshtein

from foundation.errors import InvalidArgument
from foundation.languages import Language
from foundation.synthesis import SpeechSpan
from models.engines.base import CallContext
from models.engines.espeak.process import VOICES, Clause, EspeakProcess
from models.engines.piper.accents import accented
from models.engines.piper.config import BEGIN, END, PAD, PiperConfig

MAX_PHONEMES: Final = 1_500
"""Attention over a sentence costs the square of its length; a line of digits reads long."""

_OTHER_LANGUAGE = re.compile(r"(\([^)]*\))")
"""espeak-ng's note that what follows is read by another language's rules, ``(en)``."""

_PAUSES: Final = (",", ":", ";")
_MARKS: Final = frozenset(".?!,:;")
_NO_WORD: Final = -1

_ALIKE: Final[Mapping[str, str]] = {
    "g": "ɡ", "ɡ": "g", "ɚ": "ə", "ɝ": "ɜ", "ʦ": "ts", "ʧ": "tʃ", "ʣ": "dz", "ʤ": "dʒ", "ɫ": "l",
    "ɭ": "l", "ɕ": "ʃ", "ʑ": "ʒ", "ɵ": "o", "ɾ": "r", "ɹ": "r", "ᵻ": "ɪ", "ʀ": "ʁ", "ʁ": "ɡ",
    "χ": "x", "ʉ": "u", "ɐ": "a", "ʌ": "a", "ɒ": "ɔ", "æ": "a", "θ": "s", "ð": "z", "ŋ": "n",
}  # fmt: skip
"""What a phoneme without an id is replaced by, where the voice has that."""


@dataclass(slots=True)
class Reading:
    """What the model is given."""

    ids: list[int]
    words: list[int]
    """For each id the number of its word in the request, or -1 for none."""

    passed_over: dict[str, None] = field(default_factory=dict)
    """Phonemes without an id, in order."""


@dataclass(slots=True)
class _SpokenWords:
    """Phonemes of one span, each with the number of its word in the span."""

    phonemes: list[str] = field(default_factory=list)
    words: list[int] = field(default_factory=list)

    def add(self, phonemes: Sequence[str], word: int, apart: bool = True) -> None:
        """Another word, a space before it unless it is not ``apart``."""
        if self.phonemes and apart:
            self.phonemes.append(" ")
            self.words.append(_NO_WORD)
        self.phonemes.extend(phonemes)
        self.words.extend([word] * len(phonemes))


def read(
    spans: Sequence[SpeechSpan],
    own: Sequence[Language],
    config: PiperConfig,
    espeak: EspeakProcess | None,
    context: CallContext,
) -> Reading:
    """Read a request's spans.

    Args:
        spans: The request's.
        own: Languages that the voice speaks itself.
        config: The voice's.
        espeak: Gives phonemes; None: the voice reads letters.
        context: The call's.

    Raises:
        InvalidArgument: nothing in them has a sound of the voice's, or too much.
    """
    everything = _SpokenWords()
    before = 0
    for span in spans:
        words = span.text.split()
        spoken = _read_span(span, words, own, config, espeak, context)
        numbers = [before + word if word != _NO_WORD else word for word in spoken.words]
        if everything.phonemes and spoken.phonemes:
            everything.add((), _NO_WORD)
        everything.phonemes += spoken.phonemes
        everything.words += numbers
        before += len(words)
    if len(everything.phonemes) > MAX_PHONEMES:
        raise InvalidArgument(
            "spans", f"read out it has {len(everything.phonemes)} phonemes, limit {MAX_PHONEMES}"
        )
    return _with_ids(everything, config)


def _read_span(
    span: SpeechSpan,
    words: list[str],
    own: Sequence[Language],
    config: PiperConfig,
    espeak: EspeakProcess | None,
    context: CallContext,
) -> _SpokenWords:
    spoken = _SpokenWords()
    if espeak is None:
        for number, word in enumerate(words):
            spoken.add(list(unicodedata.normalize("NFD", word)), number)
        return spoken
    sounding = [number for number, word in enumerate(words) if any(map(str.isalnum, word))]
    foreign = span.language not in own
    voice = VOICES[span.language] if foreign else config.espeak_voice
    if span.phonemes:
        given = unicodedata.normalize("NFD", span.phonemes)
        groups = _groups(accented(given, own[0]) if foreign else given)
    else:
        clauses = espeak.phonemes(voice, [span.text], context)[0]
        groups = _groups(_joined(clauses, span.language, own))
    if len(groups) != len(sounding):
        lone = [words[number] for number in sounding]
        if not span.phonemes:
            alone = espeak.phonemes(voice, lone, context)
            lone = [_joined(clauses, span.language, own).replace(" ", "") for clauses in alone]
        groups = _regrouped(groups, lone)
        apart = [
            place == 0 or " " in groups[place - 1][-1:] + groups[place][:1]
            for place in range(len(groups))
        ]
    else:
        apart = [True] * len(groups)
    for group, number, space in zip(groups, sounding, apart, strict=True):
        spoken.add(_clustered(group.strip(" "), config.vowel_clusters), number, space)
    return spoken


def _joined(clauses: Sequence[Clause], language: Language, own: Sequence[Language]) -> str:
    """The phonemes of a text, with the marks between its clauses.

    Args:
        clauses: As espeak-ng read them.
        language: That it was asked to read; it reads some words by other languages' rules.
        own: The voice's: what is read by another's is said with an accent.
    """
    parts = []
    reading: str = language
    for place, clause in enumerate(clauses):
        for piece in _OTHER_LANGUAGE.split(unicodedata.normalize("NFD", clause.phonemes)):
            if piece.startswith("("):
                reading = piece[1:3]
            else:
                parts.append(piece if reading in own else accented(piece, own[0]))
        parts.append(clause.mark)
        if clause.mark in _PAUSES or place < len(clauses) - 1:
            parts.append(" ")
    return "".join(parts).strip()


def _groups(phonemes: str) -> list[str]:
    """Phonemes of words, a mark with the word before it."""
    groups: list[str] = []
    for group in phonemes.split():
        if groups and set(group) <= _MARKS:
            groups[-1] += group
        else:
            groups.append(group)
    return groups


def _regrouped(groups: Sequence[str], lone: Sequence[str]) -> list[str]:
    """Phonemes told apart into as many words as were written.

    espeak-ng reads some words as one ("of the") and one as several ("2026"). What a word sounds
    like alone is found again in the sentence by the fewest edits.

    Args:
        groups: What was read, told apart as espeak-ng did.
        lone: Each written word alone.

    Returns:
        One text of phonemes for each written word, spaces inside where one is read as several.
    """
    full = " ".join(groups)
    borders = []
    position = 0
    operations = [tuple(one) for one in Levenshtein.opcodes("".join(lone), full)]
    for word in lone[:-1]:
        position += len(word)
        borders.append(_image(position, operations))
    edges = [0, *borders, len(full)] if lone else []
    return [full[start:end] for start, end in itertools.pairwise(edges)]


def _image(position: int, operations: Sequence[tuple[Any, ...]]) -> int:
    """Where a border in the source of edits lies in their target."""
    for _, source, source_end, target, target_end in operations:
        if position <= source_end and source_end > source:
            share = (position - source) / (source_end - source)
            return int(target + round(share * (target_end - target)))
    return int(operations[-1][4]) if operations else 0


def _clustered(phonemes: str, clusters: frozenset[tuple[str, ...]]) -> list[str]:
    """Single phonemes, the voice's vowel clusters as one (longest first)."""
    longest = max(map(len, clusters), default=1)
    result = []
    place = 0
    while place < len(phonemes):
        size = next(
            (n for n in range(longest, 1, -1) if tuple(phonemes[place : place + n]) in clusters), 1
        )
        result.append(phonemes[place : place + size])
        place += size
    return result


def _with_ids(spoken: _SpokenWords, config: PiperConfig) -> Reading:
    pad = config.ids[PAD]
    reading = Reading([], [])

    def add(ids: Sequence[int], word: int) -> None:
        reading.ids += ids
        reading.words += [word] * len(ids)

    add((*config.ids[BEGIN], *pad), _NO_WORD)
    heard = False
    for phoneme, word in zip(spoken.phonemes, spoken.words, strict=True):
        known = list(_known(phoneme, config.ids))
        if not known and phoneme != " ":
            reading.passed_over[phoneme] = None
        for one in known:
            add((*config.ids[one], *pad), word)
            heard = heard or one.isalnum()
    if not heard:
        raise InvalidArgument("spans", "nothing in it has a sound in this voice")
    add(config.ids[END], _NO_WORD)
    return reading


def _known(phoneme: str, ids: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    """A phoneme, or what stands for it, as far as the voice has ids."""
    if phoneme in ids:
        yield phoneme
    elif phoneme.lower() in ids:
        yield phoneme.lower()
    elif phoneme in _ALIKE and all(one in ids for one in _ALIKE[phoneme]):
        yield from _ALIKE[phoneme]
    elif len(phoneme) > 1:
        for one in phoneme:
            yield from _known(one, ids)
