"""How much of a translation that may still change is worth showing."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.speech import Word
from streaming.live_translation.agreement import agreed


class Mask:
    """Shows of open words what two translations of a growing source agree on.

    What the last source words do to a translation is seen in the next one: words that survive it
    seldom change later (dynamic masking: Yao and Haddow, *Dynamic Masking for Improved Stability in
    Online Spoken Language Translation*, AMTA 2020). What is shown stays, for ``rounds`` more,
    where the next translation only lacks it: most of it comes back in the one after. It goes at
    once where two translations agree on something else.

    Args:
        rounds: Translations for which shown words stay that are not confirmed again.
    """

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._source: tuple[str, ...] = ()
        self._believed: tuple[str, ...] = ()
        """The last translation of all open words."""
        self._shown: tuple[Word, ...] = ()
        self._unconfirmed = 0

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
        before, kept = self._believed[committed:], self._shown[committed:]
        if not texts:
            self._show((), confirmed=True)
        elif heard == self._source[-len(heard) :]:
            self._show(kept, confirmed=False)  # nothing new was heard that would confirm it
        else:
            self._compare(tuple(words[: agreed(before, texts)]), kept)
        self._source, self._believed = heard, texts
        return self._shown

    def _compare(self, confirmed: tuple[Word, ...], kept: tuple[Word, ...]) -> None:
        common = agreed([word.text for word in kept], [word.text for word in confirmed])
        refuted = common < min(len(kept), len(confirmed))
        if refuted or len(confirmed) >= len(kept) or self._unconfirmed >= self._rounds:
            self._show(confirmed, confirmed=True)
        else:
            self._show((*confirmed, *kept[common:]), confirmed=False)
            self._unconfirmed += 1

    def _show(self, words: tuple[Word, ...], *, confirmed: bool) -> None:
        self._shown = words
        if confirmed:
            self._unconfirmed = 0
