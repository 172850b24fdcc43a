from __future__ import annotations

import csv
from pathlib import Path

import pytest

from foundation.languages import LANGUAGES, Language
from models.engines.written_language import written_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("үкімет маңызды шешім қабылдады", "kk"),
        ("ауа райы бүгін жылы", "kk"),
        ("правительство приняло важное решение", "ru"),
        ("the weather will be fine", "en"),
        ("Алматыда IT хабы ашылды, бұл өте жақсы", "kk"),
    ],
)
def test_the_letters_tell(text: str, language: Language) -> None:
    found, probability = written_language(text, LANGUAGES)
    assert found == language
    assert probability > 0.9


def test_a_single_word_without_kazakh_letters_is_doubtful() -> None:
    assert written_language("бала", ("kk", "ru"))[1] < 0.8
    assert written_language("бала", ("kk", "ru"), (0.9, 0.1))[0] == "kk"


def test_one_language_is_certain_and_no_text_leaves_the_weights() -> None:
    assert written_language("what ever", ("ru",)) == ("ru", 1.0)
    language, probability = written_language("", ("kk", "ru"), (0.2, 0.6))
    assert (language, round(probability, 3)) == ("ru", 0.75)
    assert written_language("42 — 17!", ("kk", "ru")) == ("kk", 0.5)


def test_transcripts_of_real_speech(shared_speech: Path) -> None:
    """One language each (those that mix two are left out)."""
    wrong = []
    with (shared_speech / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        rows = [row for row in csv.DictReader(manifest, delimiter="\t") if row["transcript"]]
    plain = [row for row in rows if row["language"] in LANGUAGES]
    assert len(plain) > 50
    for row in plain:
        found, _ = written_language(row["transcript"], LANGUAGES)
        if found != row["language"]:
            wrong.append(row["file"])
    assert len(wrong) <= len(plain) // 50, wrong
