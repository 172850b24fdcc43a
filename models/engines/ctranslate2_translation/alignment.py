"""From attention between pieces to the words that words came from."""

from __future__ import annotations

from collections.abc import Sequence

from models.engines.ctranslate2_translation.pieces import SPACE, Pieces


def words_of_pieces(pieces: Sequence[str], words: Sequence[str], tokenizer: Pieces) -> list[int]:
    """For each piece of a text the word that it is of.

    A word's pieces do not depend on its neighbours in nearly all tokenizers. Where they do, words
    are told apart by the mark of a space.
    """
    apart = [(place, piece) for place, word in enumerate(words) for piece in tokenizer.encode(word)]
    if [piece for _, piece in apart] == list(pieces):
        return [place for place, _ in apart]
    return [max(0, min(word, len(words) - 1)) for word in _begun(pieces)]


def _begun(pieces: Sequence[str]) -> list[int]:
    """For each piece how many words have begun before its end, less one; -1: none yet."""
    begun, inside, places = -1, False, []
    for piece in pieces:
        for character in piece.replace(SPACE, " "):
            if character.isspace():
                inside = False
            elif not inside:
                inside = True
                begun += 1
        places.append(begun)
    return places


def align_words(
    attention: Sequence[Sequence[float]],
    target: Sequence[str],
    target_words: int,
    source_words: Sequence[int],
    first_source: int,
) -> tuple[int, ...]:
    """For each word of a translation the word of the sentence that got the most attention.

    Args:
        attention: [len(target), source tokens], of each piece of the translation.
        target: The translation's pieces.
        target_words: How many words it has.
        source_words: For each piece of the sentence its word.
        first_source: Where the sentence's pieces begin among the source tokens.
    """
    weights = [[0.0] * (max(source_words) + 1) for _ in range(target_words)]
    for row, place in zip(attention, _begun(target), strict=True):
        if not 0 <= place < target_words:
            continue
        for number, word in enumerate(source_words):
            weights[place][word] += row[first_source + number]
    return tuple(max(range(len(row)), key=row.__getitem__) for row in weights)
