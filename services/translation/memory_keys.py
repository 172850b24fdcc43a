"""Keys by which stored sentences are found: exact, without numbers, and alike.

They are stored. Whoever changes one writes a migration that computes it anew.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from typing import Final

import numpy as np
import numpy.typing as npt

from foundation.languages import Language

NUMBER: Final = re.compile(
    r"(?<![\w.,])"
    r"\d{1,18}(?:[.,:]\d{1,18}|[ \u00a0\u202f]\d{3}(?!\d)){0,6}(?![\w])(?![.,]\d)"
)
"""A number that stands alone, with its separators; no part of a code (A4) or an ordinal (5th)."""

_MASK: Final = "0"
_DIGEST_BYTES: Final = 16

BLOCKS: Final = 16
_ROWS: Final = 3
_PRIME: Final = np.uint64(0xFFFFFFFB)
_LARGEST_BLOCK: Final = (1 << 63) - 1


def normalised(sentence: str) -> str:
    """NFC, runs of whitespace as one space, none at the ends; case is kept."""
    return " ".join(unicodedata.normalize("NFC", sentence).split())


def masked(normal: str) -> str | None:
    """A normalised sentence with every number alike; None: it has none."""
    replaced, count = NUMBER.subn(_MASK, normal)
    return replaced if count else None


def digest(text: str) -> bytes:
    """16 bytes for any text; two texts share them by no chance that matters."""
    data = text.encode("utf-8", errors="surrogatepass")
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()


def folded(text: str) -> str:
    """As texts are compared and searched: NFC, single spaces, no case."""
    return normalised(text).casefold()


def blocks(sentence: str, source: Language, target: Language) -> tuple[int, ...]:
    """Numbers of which two sentences share one the likelier the more alike they are.

    MinHash with bands (A. Broder, *On the resemblance and containment of documents*, 1997;
    Leskovec et al., *Mining of Massive Datasets*, chapter 3) over letters by three: of two
    sentences with a Jaccard index of 0.6 98 % share one of 16 blocks of 3, with 0.4 65 %, with 0.1
    2 %.

    Returns:
        16 integers of 63 bits; none where the sentence has no letter.
    """
    text = NUMBER.sub(_MASK, folded(sentence))
    if not any(map(str.isalpha, text)):
        return ()
    data = f" {text} "
    shingles = {data[at : at + 3] for at in range(len(data) - 2)}
    hashes = np.fromiter(
        (zlib.crc32(each.encode("utf-8", errors="surrogatepass")) for each in shingles),
        dtype=np.uint64,
        count=len(shingles),
    )
    mixed = (_FACTORS[:, None] * hashes[None, :] + _ADDENDS[:, None]) % _PRIME
    signature = mixed.min(axis=1).reshape(BLOCKS, _ROWS)
    return tuple(
        int.from_bytes(
            hashlib.blake2b(
                f"{source}-{target} {number} ".encode() + row.astype("<u8").tobytes(),
                digest_size=8,
            ).digest(),
            "big",
        )
        & _LARGEST_BLOCK
        for number, row in enumerate(signature)
    )


def _constants(name: str) -> npt.NDArray[np.uint64]:
    """Fixed numbers below 2³¹, so that their products with CRC-32 fit 64 bits."""
    return np.array(
        [
            1 + zlib.crc32(f"{name} {number}".encode()) % (2**31 - 2)
            for number in range(BLOCKS * _ROWS)
        ],
        dtype=np.uint64,
    )


_FACTORS: Final = _constants("factor")
_ADDENDS: Final = _constants("addend")
