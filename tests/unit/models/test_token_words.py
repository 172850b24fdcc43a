from __future__ import annotations

from foundation.speech import Word
from models.engines.token_words import Token, TokenText

PIECES = ("▁са", "лем", "▁", ".", ",", "дос", "▁дос", "▁?", "'s", "<unk>")
FRAME = 0.08
SECOND = 90_000


def text_of(ids: list[int]) -> str:
    return "".join(PIECES[number] for number in ids).replace("▁", " ").strip()


TEXT = TokenText(PIECES, text_of, FRAME)


def tokens(*found: tuple[str, int]) -> list[Token]:
    return [
        Token(PIECES.index(piece), frame, 1, 1 - place / 100)
        for place, (piece, frame) in enumerate(found)
    ]


def words(*found: tuple[str, int], longest: float = 100) -> list[Word]:
    return list(TEXT.words(tokens(*found), round(longest * SECOND)))


def seconds(word: Word) -> tuple[float, float]:
    return round(word.start / SECOND, 2), round(word.end / SECOND, 2)


def test_pieces_become_words_with_times() -> None:
    first, second = words(("▁са", 10), ("лем", 12), ("▁дос", 20))
    assert (first.text, seconds(first)) == ("салем", (0.8, 1.04))
    assert (second.text, seconds(second)) == ("дос", (1.6, 1.68))


def test_a_short_pause_belongs_to_the_word_before() -> None:
    assert seconds(words(("▁са", 10), ("▁дос", 14))[0]) == (0.8, 1.12)
    assert seconds(words(("▁са", 10), ("▁дос", 15))[0]) == (0.8, 0.88)


def test_marks_go_with_the_word_before_and_do_not_make_it_longer() -> None:
    found = words(("▁са", 10), ("лем", 12), (",", 40), ("▁дос", 60), (".", 90), ("▁?", 91))
    assert [word.text for word in found] == ["салем,", "дос.?"]
    assert seconds(found[0]) == (0.8, 1.04)
    assert seconds(found[1]) == (4.8, 4.88)


def test_a_lone_word_start_is_followed_by_its_piece() -> None:
    assert [word.text for word in words(("▁", 1), ("дос", 2), ("▁", 5))] == ["дос"]


def test_letters_and_spaces_are_words_too() -> None:
    letters = TokenText(("a", "b", " "), lambda ids: "".join("ab "[n] for n in ids), FRAME)
    found = letters.words([Token(n, place, 1, 1.0) for place, n in enumerate((0, 1, 2, 1))], SECOND)
    assert [word.text for word in found] == ["ab", "b"]


def test_confidence_is_that_of_the_weakest_token() -> None:
    assert words(("▁са", 1), ("лем", 2))[0].confidence == 0.99


def test_a_duration_told_is_used() -> None:
    token = Token(PIECES.index("▁са"), 10, 4, 1.0)
    assert seconds(TEXT.words([token], 100 * SECOND)[0]) == (0.8, 1.12)


def test_no_time_lies_after_the_audio_or_before_the_word_before() -> None:
    first, second = words(("▁са", 10), ("▁дос", 10), longest=0.85)
    assert seconds(first) == (0.8, 0.85)
    assert seconds(second) == (0.85, 0.85)


def test_what_the_vocabulary_tells() -> None:
    assert TEXT.punctuates
    assert not TokenText(("▁са", ","), text_of, FRAME).punctuates
    assert [TEXT.is_punctuation(Token(n, 0, 1, 1)) for n in range(len(PIECES))] == [
        False,
        False,
        False,
        True,
        True,
        False,
        False,
        True,
        False,
        False,
    ]


def test_nothing_said_is_no_word() -> None:
    assert words() == []
