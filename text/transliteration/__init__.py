"""Kazakh between its Cyrillic and its Latin alphabet; Russian into Latin letters."""

from text.transliteration.alphabets import LatinAlphabet
from text.transliteration.kazakh import Loss, losses, to_cyrillic, to_latin
from text.transliteration.russian import russian_to_latin

__all__ = ["LatinAlphabet", "Loss", "losses", "russian_to_latin", "to_cyrillic", "to_latin"]
