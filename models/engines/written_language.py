"""Which of the suite's languages a text is written in, for models that do not say.

Kazakh has nine letters beyond Russian's (ә ғ қ ң ө ұ ү һ і); most Kazakh words have one and no
Russian word has. So a word with one is Kazakh; a run of Cyrillic words without any is Russian,
the surer the longer it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from foundation.languages import Language

_WORD: Final = re.compile(r"[^\W\d_]+")
_CYRILLIC: Final = re.compile(r"[\u0400-\u04ff]")
_KAZAKH: Final = re.compile(r"[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")

_LIKELIHOODS: Final[dict[str, dict[Language, float]]] = {
    "kazakh": {"kk": 0.6, "ru": 0.002, "en": 0.0005},
    "cyrillic": {"kk": 0.38, "ru": 0.988, "en": 0.0045},
    "latin": {"kk": 0.02, "ru": 0.01, "en": 0.995},
}
"""How often a word of each language is spelt so; round figures."""


def written_language(
    text: str, languages: Sequence[Language], weights: Sequence[float] = ()
) -> tuple[Language, float]:
    """The likeliest of ``languages`` and its probability among them, by Bayes' rule over words.

    Args:
        text: What was recognised.
        languages: At least one.
        weights: How likely each is beforehand; empty: all alike.
    """
    shares = list(weights or [1.0] * len(languages))
    for word in _WORD.findall(text):
        likelihood = _LIKELIHOODS[_kind(word)]
        shares = [
            share * likelihood[language] for share, language in zip(shares, languages, strict=True)
        ]
        total = sum(shares)
        shares = [share / total for share in shares]
    best = max(range(len(shares)), key=shares.__getitem__)
    return languages[best], shares[best] / sum(shares)


def _kind(word: str) -> str:
    if _KAZAKH.search(word):
        return "kazakh"
    return "cyrillic" if _CYRILLIC.search(word) else "latin"
