"""What a voice says for sounds that its language does not have.

Every Piper voice has an id for nearly every phoneme, also for those that it was never taught: these
sound like anything. So a word of another language is said with the nearest sounds of the voice's
own, as a speaker of that language would. The sounds of each language are those that espeak-ng
reads (400 sentences each); which is nearest is a matter of place and manner of articulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from foundation.languages import Language

# fmt: off
_NEAREST: Final[Mapping[Language, Mapping[str, str]]] = {
    "kk": {
        "i": "ɪ", "y": "ə", "ɔ": "o", "ɛ": "e", "ʌ": "ɑ", "ɐ": "ɑ", "ɚ": "ə", "ɜ": "ə", "ᵻ": "ɪ",
        "ɕ": "ʃ", "ʑ": "ʒ", "ð": "z", "θ": "s", "ɭ": "ɫ", "ɹ": "ɾ", "ʲ": "", "ː": "", "ˌ": "",
        '"': "", "^": "",
    },
    "ru": {
        "ʊ": "u", "æ": "a", "ɐ": "a", "ɚ": "ə", "ɜ": "ə", "ᵻ": "ɪ",
        "q": "k", "w": "v", "ŋ": "n", "h": "x", "ð": "z", "θ": "s", "l": "ɭ", "ɫ": "ɭ", "ɾ": "r",
        "ɹ": "r", "ʀ": "ɡ", "ʔ": "", "ː": "",
    },
    "en": {
        "y": "ɪ", "ø": "ɜ", "ɵ": "ʊ",
        "q": "k", "x": "h", "ɕ": "ʃ", "ʑ": "ʒ", "r": "ɹ", "ʀ": "ɡ", "ɫ": "l", "ɭ": "l", "ʔ": "",
        '"': "", "^": "",
    },
}
# fmt: on
"""Language of the voice → phoneme of another language → its own, or nothing."""


def accented(phonemes: str, own: Language) -> str:
    """Phonemes of another language as a speaker of ``own`` says them."""
    nearest = _NEAREST[own]
    return "".join(nearest.get(phoneme, phoneme) for phoneme in phonemes)
