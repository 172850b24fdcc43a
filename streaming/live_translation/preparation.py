"""What is done to a stretch of text before a model reads it, and undone in its translation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from foundation.languages import Language
from streaming.translation import Protector
from streaming.translation.checks import REFUSED, faults_of
from streaming.translation.pieces import for_model
from text.letters import fold_look_alikes
from text.protection import PlaceholderStyle, Protected, restore

Protectors: TypeAlias = Callable[[Language, Language], Protector]
"""For a pair: what must not be translated, or only in one way.

A sentence that goes on must be protected as its beginning was, as far as that reaches: what is
committed of its translation stays.
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Text as a model reads it, and the way back."""

    text: str
    protected: Protected | None
    """None: nothing is, or the model copies no placeholders and sees the text as it is."""

    source: str
    """As it was heard."""

    target: Language

    def shown(self, translated: str) -> str:
        """What is shown of a stretch of the model's translation, whole words of it."""
        text = translated
        if self.protected is not None:
            text = restore(text, self.protected).text
        return text if self.target == "en" else fold_look_alikes(text)

    def shown_after(self, told: str, translated: str) -> str:
        """What is shown of a stretch that follows what was told, both as the model wrote them.

        What comes before may decide how a span is written: with a capital, in another case.
        """
        if self.protected is None or not told:
            return self.shown(translated)
        head, whole = self.shown(told), self.shown(f"{told} {translated}")
        return whole[len(head) :].strip() if whole.startswith(head) else self.shown(translated)

    def loses_spans(self, translated: str) -> bool:
        """Is a protected span missing in the model's translation, all of it, or in it twice?"""
        if self.protected is None:
            return False
        restored = restore(translated, self.protected)
        return bool(restored.lost or restored.repeated)

    def refused(self, translated: str) -> bool:
        """Must the model's translation, all of it, not be shown: other letters, a loop?"""
        return bool(REFUSED & faults_of(self.source, self.shown(translated), self.target))


def prepare(
    text: str, source: Language, target: Language, style: str | None, protector: Protector
) -> Prepared:
    """Make a stretch of text ready.

    Args:
        text: A sentence or its beginning.
        source: Its language.
        target: The language to translate into.
        style: Of placeholders that all models of the route copy; None: there is none.
        protector: For this pair.
    """
    readable = for_model(text, source)
    if style is None:
        return Prepared(readable, None, text, target)
    protected = protector(readable, PlaceholderStyle(style))
    return Prepared(protected.text, protected if protected.spans else None, text, target)
