"""Kazakh between its Cyrillic and its Latin alphabet."""

from text.transliteration.alphabets import LatinAlphabet
from text.transliteration.kazakh import Loss, losses, to_cyrillic, to_latin

__all__ = ["LatinAlphabet", "Loss", "losses", "to_cyrillic", "to_latin"]
