"""Word error rate as commands print it."""

from __future__ import annotations

import re

_NOT_LETTERS = re.compile(r"[^\w\s']|_")


def normalise(text: str) -> str:
    """Lower case, ё as е, no punctuation, single spaces: what recognisers are compared by."""
    return " ".join(_NOT_LETTERS.sub(" ", text.casefold().replace("ё", "е")).split())
