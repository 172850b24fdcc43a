"""Both at once: hypotheses agree on a word, and the decoder looked well before the end of audio.

Agreement alone commits the last word of a window too soon where two windows cut it in the same
way; attention alone commits a first guess. A word that lies long before the end is certain without
agreement: it will not be heard better.
"""

from __future__ import annotations

from foundation.media_time import Ticks, from_seconds
from streaming.recognition.policies.local_agreement import LocalAgreement
from streaming.recognition.policies.redecoding import words_before


class AttendedAgreement(LocalAgreement):
    """The policy.

    Args:
        agreement: Hypotheses in a row that must agree.
        margin_seconds: Words that end in the last so many seconds stay open even if agreed.
        certain_seconds: Words that end so many seconds before the end need no agreement.
    """

    def __init__(
        self, agreement: int = 2, margin_seconds: float = 0.3, certain_seconds: float = 2.0
    ) -> None:
        super().__init__(agreement)
        self._margin = from_seconds(margin_seconds)
        self._certain_after = from_seconds(max(certain_seconds, margin_seconds))

    def _certain(self, heard_until: Ticks) -> int:
        latest = self._open[-1]
        agreed = min(
            super()._certain(heard_until), words_before(latest, heard_until - self._margin)
        )
        return max(agreed, words_before(latest, heard_until - self._certain_after))
