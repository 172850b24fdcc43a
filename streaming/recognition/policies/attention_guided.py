"""A word is certain once the decoder looked at audio well before the end of what was heard.

After AlignAtt: Papi, Turchi, Negri: AlignAtt: Using Attention-based Audio-Translation Alignments as
a Guide for Simultaneous Speech Translation (Interspeech 2023). There, decoding stops at the first
token whose cross-attention points at the last frames; here the whole hypothesis is decoded, since
the rest is shown as tentative text, and the word times that the engine reads from the same
cross-attention tell where it would have stopped.
"""

from __future__ import annotations

from foundation.media_time import Ticks, from_seconds
from streaming.recognition.policies.redecoding import RedecodingPolicy, words_before


class AttentionGuided(RedecodingPolicy):
    """The policy.

    Args:
        margin_seconds: Words that end in the last so many seconds of audio stay open.
    """

    def __init__(self, margin_seconds: float = 0.8) -> None:
        super().__init__(remembered_hypotheses=1)
        self._margin = from_seconds(margin_seconds)

    def _certain(self, heard_until: Ticks) -> int:
        return words_before(self._open[-1], heard_until - self._margin)
