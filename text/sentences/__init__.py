"""Text split into sentences, nothing lost."""

from text.sentences.splitter import Sentence, join, split

__all__ = ["Sentence", "join", "split"]
