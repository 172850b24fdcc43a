"""LocalAgreement-n: a word is certain once n hypotheses in a row agree on it and all before it.

Liu, Spanakis, Niehues: Low-Latency Sequence-to-Sequence Speech Recognition and Translation by
Partial Hypothesis Selection (Interspeech 2020); for Whisper: Macháček, Dabre, Bojar (2023).
"""

from __future__ import annotations

from collections.abc import Sequence

from foundation.media_time import Ticks
from foundation.speech import Word
from streaming.recognition.policies.alignment import normalise
from streaming.recognition.policies.redecoding import RedecodingPolicy


class LocalAgreement(RedecodingPolicy):
    """The policy.

    Args:
        agreement: Hypotheses in a row that must agree.
    """

    def __init__(self, agreement: int = 2) -> None:
        super().__init__(remembered_hypotheses=agreement)
        self._agreement = agreement

    def _certain(self, heard_until: Ticks) -> int:
        if len(self._open) < self._agreement:
            return 0
        return _shared_head(self._open)


def _shared_head(hypotheses: Sequence[tuple[Word, ...]]) -> int:
    count = 0
    for column in zip(*hypotheses, strict=False):
        if len({normalise(word.text) for word in column}) > 1:
            break
        count += 1
    return count
