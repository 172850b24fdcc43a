"""Capitals and punctuation for engines that give none."""

from text.punctuation.interface import Punctuator, ends_sentence
from text.punctuation.rules import Pauses, RulePunctuator
from text.punctuation.tagged import TAGGED_LANGUAGES, TaggedPunctuator

__all__ = [
    "TAGGED_LANGUAGES",
    "Pauses",
    "Punctuator",
    "RulePunctuator",
    "TaggedPunctuator",
    "ends_sentence",
]
