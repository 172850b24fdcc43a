"""Word error rate as commands print it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from foundation.languages import Language

if TYPE_CHECKING:
    from text.normalisation import InverseNormaliser

_NOT_LETTERS = re.compile(r"[^\w\s']|_")


def normalise(text: str) -> str:
    """Lower case, ё as е, no punctuation, single spaces: what recognisers are compared by."""
    return " ".join(_NOT_LETTERS.sub(" ", text.casefold().replace("ё", "е")).split())


def in_digits(text: str, language: Language) -> str:
    """The text with every number in digits, ``один`` and ``два`` too: notation is no error."""
    return " ".join(each.text for each in _normaliser(language).rewrite(text.split()))


@cache
def _normaliser(language: Language) -> InverseNormaliser:
    from text.normalisation import InverseNormaliser, NormalisationOptions

    return InverseNormaliser(
        language, NormalisationOptions(least_cardinal=0, least_ordinal=0, currency_signs=False)
    )
