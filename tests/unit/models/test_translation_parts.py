"""Settings, cleaning, guards and alignment of the translation engine; no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from foundation.errors import FailedPrecondition
from models.engines.ctranslate2_translation.alignment import align_words, words_of_pieces
from models.engines.ctranslate2_translation.cleaning import clean
from models.engines.ctranslate2_translation.guards import Run, bound_for, find_loop, longest_run
from models.engines.ctranslate2_translation.pieces import open_pieces
from models.engines.ctranslate2_translation.settings import read_settings
from tests.tiny_translation import write_model


def test_a_family_sets_the_rest() -> None:
    nllb = read_settings({"family": "nllb"})
    assert nllb.codes == {"kk": "kaz_Cyrl", "ru": "rus_Cyrl", "en": "eng_Latn"}
    assert nllb.source == ("{source}", "{sentence}", "</s>")
    assert nllb.target == ("{target}",)
    madlad = read_settings({"family": "t5", "prompt": "<2{target}> {sentence}", "max_tokens": 128})
    assert (madlad.prompt, madlad.target, madlad.max_tokens) == ("<2{target}> {sentence}", (), 128)
    marian = read_settings(
        {"family": "marian", "source": [">>{target}<<", "{sentence}", "</s>"], "codes": {"ru": "r"}}
    )
    assert marian.source[0] == ">>{target}<<"
    assert (marian.codes["ru"], marian.codes["kk"]) == ("r", "kaz")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, r"settings\.family: '' is not one of m2m100, nllb, marian, t5"),
        ({"family": "gpt"}, r"settings\.family: 'gpt'"),
        ({"family": "nllb", "prefix": "x"}, r"settings\.prefix is not one of family, codes"),
        ({"family": "nllb", "codes": {"de": "deu_Latn"}}, r"settings\.codes: 'de'"),
        ({"family": "nllb", "codes": "kaz"}, r"settings\.codes: 'kaz'"),
        ({"family": "nllb", "source": "{sentence}"}, r"settings\.source: .* a list of tokens"),
        ({"family": "nllb", "source": ["</s>"]}, r"settings\.source: .* one \{sentence\}"),
        ({"family": "nllb", "target": ["{sentence}"]}, r"settings\.target: .* no \{sentence\}"),
        ({"family": "nllb", "target": ["{language}"]}, r"settings\.target: '\{language\}'"),
        ({"family": "t5", "prompt": "<2{target}>"}, r"settings\.prompt"),
        ({"family": "t5", "placeholders": ""}, r"settings\.placeholders"),
        ({"family": "t5", "max_tokens": True}, r"settings\.max_tokens: True is not 16\.\.65536"),
        ({"family": "t5", "expansion": 0.5}, r"settings\.expansion"),
        ({"family": "t5", "patience": 5}, r"settings\.patience: 5 is not 1\.\.4"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(FailedPrecondition, match=message):
        read_settings(values)


def test_what_no_model_can_read_is_left_out() -> None:
    cleaned = clean("\u202bСәлем\u202c,\x00 \u200b дү\u00adние\ud800!\tбұл \x1f сынақ")
    assert cleaned.words == ("Сәлем,", "дүние!", "бұл", "сынақ")
    assert cleaned.places == (0, 2, 3, 4)
    assert cleaned.text == "Сәлем, дүние! бұл сынақ"


@pytest.mark.parametrize(
    ("text", "speaks"), [("", False), (" \u200b\n", False), ("… — !", False), ("№ 5", True)]
)
def test_text_without_letters_and_digits_says_nothing(text: str, speaks: bool) -> None:
    assert clean(text).speaks is speaks


def test_loops_are_found_where_they_begin() -> None:
    assert longest_run(list("abcd")) == Run(0, 1, 1)
    assert longest_run(list("abcbcbcd")) == Run(1, 2, 3)
    assert find_loop(list("xabababab"), ["y"]) == Run(1, 2, 4)
    assert find_loop(list("xababab"), ["y"]) is None
    assert find_loop(list("aaaaa"), list("bbb")) is None, "the sentence repeats as well"
    assert find_loop([], []) is None
    assert bound_for(10, 3.0) == 46


def test_words_get_the_word_with_the_most_attention(tmp_path: Path) -> None:
    pieces, _ = open_pieces(write_model(tmp_path))
    assert words_of_pieces(["▁мен", "▁нан"], ["мен", "нан"], pieces) == [0, 1]
    # Cut as the tokenizer would not: by the mark of a space.
    assert words_of_pieces(["▁", "мен", "▁на", "н"], ["мен", "нан"], pieces) == [0, 0, 1, 1]
    attention = [
        [0.9, 0.0, 0.1, 0.0],  # most on the language token, which is no word
        [0.1, 0.2, 0.3, 0.4],
        [0.0, 0.6, 0.0, 0.4],
    ]
    found = align_words(attention, ["▁о", "дин", "▁два"], 2, [0, 1, 1], first_source=1)
    assert found == (1, 0)
    assert align_words(attention, ["▁о", "дин", "▁два"], 2, [-1, 0, -1], first_source=1) == (0, 0)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FailedPrecondition, match=r"no tokenizer; wanted is one of source\.spm"):
        open_pieces(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(FailedPrecondition, match="is no tokenizer"):
        open_pieces(tmp_path)
    (tmp_path / "spiece.model").write_bytes(b"nonsense")
    with pytest.raises(FailedPrecondition, match="is no SentencePiece model"):
        open_pieces(tmp_path)
