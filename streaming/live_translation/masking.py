"""How much of a translation that may still change is worth showing."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.speech import Word
from streaming.live_translation.agreement import agreed


class Mask:
    """Shows of open words what two translations of a growing source agree on.

    What the last source words do to a translation is seen in the next one: words that survive it
    seldom change later (dynamic masking: Yao and Haddow, *Dynamic Masking for Improved Stability in
    Online Spoken Language Translation*, AMTA 2020). The first translation of a stretch has none
    before it and loses a fixed number of words (mask-k: Arivazhagan et al., 2020).

    Args:
        words: That the first translation loses.
    """

    def __init__(self, words: int) -> None:
        self._masked = words
        self._source: tuple[str, ...] = ()
        self._believed: tuple[str, ...] = ()
        """The last translation of all open words."""
        self._count = 0
        """How many of them were shown."""

    def shown(
        self, words: Sequence[Word], source: Sequence[Word], committed: int
    ) -> tuple[Word, ...]:
        """The head of a translation that can be shown.

        Args:
            words: The translation of all open words.
            source: These words.
            committed: So many words at the head of the last translation are committed since.
        """
        texts = tuple(word.text for word in words)
        heard = tuple(word.text for word in source)
        before = self._believed[committed:]
        kept = max(0, self._count - committed)
        same = bool(heard) and heard == self._source[-len(heard) :]
        if same:
            count = min(kept, agreed(before, texts))  # nothing new was heard that would confirm it
        elif before:
            count = agreed(before, texts)
        else:
            count = max(0, len(texts) - self._masked)
        self._source, self._believed, self._count = heard, texts, count
        return tuple(words[:count])
