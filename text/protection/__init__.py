"""Spans that a translation must carry over as they are."""

from text.protection.patterns import DEFAULT_KINDS, SpanKind
from text.protection.placeholders import (
    PlaceholderStyle,
    Protected,
    ProtectedSpan,
    Replacement,
    RequiredSpan,
    Restored,
    protect,
    restore,
)

__all__ = [
    "DEFAULT_KINDS",
    "PlaceholderStyle",
    "Protected",
    "ProtectedSpan",
    "Replacement",
    "RequiredSpan",
    "Restored",
    "SpanKind",
    "protect",
    "restore",
]
