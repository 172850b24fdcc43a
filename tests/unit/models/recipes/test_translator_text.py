"""What the starter translator's recipe keeps of a parallel corpus."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from models.recipes.starter_translator.corpus import Gatherer, gather
from models.recipes.starter_translator.filtering import (
    comparison_key,
    fault,
    is_sentence_like,
    pair_fault,
    tidy,
)


@pytest.mark.parametrize(
    ("raw", "tidied"),
    [
        ("_Файл", "Файл"),
        ("Бас~тау", "Бастау"),
        ("Файл (_Ф)", "Файл"),
        ("snake_case and _more", "snake_case and _more"),
        ("  Күте  тұрыңыз... ", "Күте тұрыңыз…"),
        ("и\u0306", "й"),
        ("Ол &quot;Нұр&quot; деді.</seg>", 'Ол "Нұр" деді.'),
    ],
)
def test_tidying(raw: str, tidied: str) -> None:
    assert tidy(raw) == tidied


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        ("Қайда жұмыс істейсіз?", "kk", None),
        ("Өсім 5% болды, деді Л.Гумилев", "kk", None),
        ("Copied 50 %s of it", "en", "markup"),
        ("Где вы работаете?", "ru", None),
        ("Where do you work? It is 5.30 now.", "en", None),
        ("Бұл оқиға 12.12.2014 күні болған еді", "kk", None),
        ("MIDI панелін ашу", "kk", None),
        ("42", "en", "empty"),
        ("The file %s is gone", "en", "markup"),
        ("See example.org for more", "en", "markup"),
        ("<b>Жаңа</b>", "kk", "markup"),
        ("{$name} қосылды", "kk", "markup"),
        ("aa 1 2 3 4 5 6 7", "en", "symbols"),
        ("Where does Толя work?", "en", "script"),
        ("Open MIDI panel", "ru", "script"),
        ("Бұл жерде қазақша", "ru", "language"),
        ("Это предложение написано по русски", "kk", "language"),
        ("слово " * 41, "ru", "long"),
    ],
)
def test_one_side(text: str, language: str, reason: str | None) -> None:
    assert fault(text, language) == reason


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ("2 бет", "Страница 2", None),
        ("2 бет", "Страница 3", "numbers"),
        ("Албания", "албания", "copy"),
        ("ОК", "Жарайды", None),
        ("Иә, солай болады деп ойлаймын, бірақ білмеймін.", "Да.", "length"),
    ],
)
def test_two_sides(left: str, right: str, reason: str | None) -> None:
    assert pair_fault(left, right) == reason


def test_names_are_compared_where_a_program_aligned() -> None:
    kazakh = "Кеше Қазақстан мен Моңғолия келісімге қол қойды."
    right = "Вчера Казахстан и Монголия подписали соглашение."
    wrong = "Вчера Петров и Сидоров подписали соглашение."
    # Kazakh begins with "Кеше", which is no name: the first word of a sentence does not count.
    assert pair_fault(kazakh, right, aligned_by_machine=True) is None
    assert pair_fault(kazakh, wrong, aligned_by_machine=True) == "names"
    assert pair_fault(kazakh, wrong) is None


def test_labels_are_told_from_sentences() -> None:
    assert is_sentence_like("Бұл не екен?")
    assert is_sentence_like("Открыть файл в новом окне")
    assert not is_sentence_like("Новый файл")


def take(gatherer: Gatherer, source: str = "debian-l10n", **texts: str) -> None:
    gatherer.take(texts, source, None, aligned_by_machine=False)


def test_a_text_is_translated_into_a_language_once() -> None:
    gatherer = Gatherer()
    take(gatherer, kk="Жаңа файл", ru="Новый файл", en="New file")
    take(gatherer, kk="Жаңа файл…", ru="Новый файл", en="New File!")
    take(gatherer, ru="Новая папка", en="New folder")
    # Only Kazakh and Russian are new together here: English "new folder" has its Russian already.
    take(gatherer, kk="Жаңа бума", ru="Создать папку", en="New folder")
    assert [row.texts for row in gatherer.corpus.rows] == [
        {"kk": "Жаңа файл", "ru": "Новый файл", "en": "New file"},
        {"ru": "Новая папка", "en": "New folder"},
        {"kk": "Жаңа бума", "ru": "Создать папку"},
    ]
    assert gatherer.corpus.dropped == {("debian-l10n", "near-duplicate"): 1}


def test_a_faulty_side_leaves_the_other_two() -> None:
    gatherer = Gatherer()
    take(gatherer, kk="Файлды %s ашу", ru="Открыть файл", en="Open file")
    assert [row.texts for row in gatherer.corpus.rows] == [
        {"ru": "Открыть файл", "en": "Open file"}
    ]


def test_what_is_measured_on_is_not_trained_on() -> None:
    gatherer = Gatherer(["Where do you work?"])
    take(gatherer, "tatoeba", ru="Где вы работаете?", en="where do you work")
    assert gatherer.corpus.rows == []
    assert gatherer.corpus.dropped == {("tatoeba", "measured on"): 1}


def test_near_duplicates_differ_in_case_numbers_and_marks_only() -> None:
    assert comparison_key("Page 12, of 30!") == comparison_key("page 7 of 1")
    assert comparison_key("Page") != comparison_key("Pages")


@pytest.mark.slow
def test_the_shared_corpus(tmp_path: Path) -> None:
    folder = Path(__file__).parents[4].parent / "shared" / "data" / "parallel"
    if not folder.is_dir():
        pytest.skip("no shared parallel text beside the checkout")
    # A quarter of it, to be done in seconds; files that go together keep their lines together.
    for path in (each for each in folder.rglob("*") if each.is_file()):
        part = tmp_path / path.relative_to(folder)
        part.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as whole, part.open("wb") as quarter:
            quarter.writelines(itertools.islice(whole, 0, None, 4))
    corpus = gather(tmp_path)
    held_out = {text for row in corpus.held_out for text in row.texts.values()}
    assert len(corpus.rows) > 25_000
    assert 75 < len(corpus.held_out) < 250
    trained_english = {row.texts["en"] for row in corpus.rows if "en" in row.texts}
    assert not trained_english & held_out
    for source in corpus.read:
        dropped = sum(count for (name, _), count in corpus.dropped.items() if name == source)
        kept = sum(row.source == source for row in [*corpus.rows, *corpus.held_out])
        assert kept + dropped == corpus.read[source]
