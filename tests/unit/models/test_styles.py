"""The style library: what ships is whole, and a faulty one is refused with its entry named."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from foundation.errors import InvalidArgument
from models.recipes.starter_ornament.motifs import MOTIFS
from models.styles import KINDS, LANGUAGES, StyleError, load_styles, styled_prompt

ENTRY = """
[sources]
book = "A book, 1990"
[styles.yurt]
kind = "architecture"
source = "book"
name = {kk = "киіз үй", ru = "юрта", en = "yurt"}
meaning = {kk = "үй", ru = "дом", en = "a home"}
prompt = {kk = "ақ киіз үй", ru = "белая юрта", en = "white yurt"}
"""


def test_the_library_covers_every_kind_in_three_languages() -> None:
    styles = load_styles()
    assert len(styles) >= 40
    assert set(Counter(style.kind for style in styles.values())) == set(KINDS)
    # A Kazakh text has letters of its own, a Russian none of them, an English no Cyrillic.
    for style in styles.values():
        for texts in (style.name, style.meaning, style.prompt):
            assert not re.search(r"[\u0400-\u04ff]", texts.en), texts
            assert not re.search(r"[әғқңөұүһі]", texts.ru.lower()), texts
            assert not re.search(r"[a-z]", texts.kk + texts.ru), texts
    kazakh = [style.meaning.kk + style.prompt.kk for style in styles.values()]
    assert all(re.search(r"[әғқңөұүһі]", text.lower()) for text in kazakh)


def test_names_are_told_apart() -> None:
    for language in LANGUAGES:
        names = Counter(style.name.in_language(language) for style in load_styles().values())
        assert names.most_common(1)[0][1] == 1


def test_motifs_that_can_be_drawn_keep_their_identifiers() -> None:
    motifs = {name for name, style in load_styles().items() if style.kind == "motif"}
    assert len(motifs & set(MOTIFS)) >= 12


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"architecture"', '"building"', "kind 'building' is none of"),
        ('source = "book"', 'source = "hearsay"', "not in \\[sources\\]"),
        ('en = "yurt"', 'en = " "', "name.en: must be a text"),
        (', ru = "дом"', "", "meaning: must have kk, ru, en"),
        ('en = "white yurt"', f'en = "{"y" * 301}"', "longer than 300"),
        ('"white yurt"', '"white\\u0007yurt"', "cannot be printed"),
        ("[styles.yurt]", "[styles.Yurt]", "styles.Yurt: an identifier"),
        ('kind = "architecture"', 'kynd = "architecture"', "kind, kynd"),
        ("[sources]", "[source]", "unknown tables source"),
        ("[sources]", "[sources", "Expected"),
    ],
)
def test_a_faulty_entry_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "library.toml"
    assert old in ENTRY
    file.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(StyleError, match=said):
        load_styles(file)


def test_a_missing_library_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(StyleError, match=r"none\.toml"):
        load_styles(tmp_path / "none.toml")


def test_a_style_adds_its_words_in_the_language_asked(tmp_path: Path) -> None:
    file = tmp_path / "library.toml"
    file.write_text(ENTRY, encoding="utf-8")
    style = load_styles(file)["yurt"]
    assert styled_prompt("таң, ", style, "kk") == "таң, ақ киіз үй"
    assert styled_prompt("  ", style, "ru") == "белая юрта"
    with pytest.raises(InvalidArgument, match="language"):
        styled_prompt("dawn", style, "de")
