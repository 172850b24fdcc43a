"""Obscene words masked or removed, where a broadcaster asks for it."""

from text.profanity.filter import (
    PROFANITY_TREATMENTS,
    ProfanityFilter,
    ProfanityTreatment,
    is_profane,
    masked,
)

__all__ = [
    "PROFANITY_TREATMENTS",
    "ProfanityFilter",
    "ProfanityTreatment",
    "is_profane",
    "masked",
]
