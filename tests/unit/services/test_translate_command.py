"""``dauys translate`` over a model made by hand (``tests.tiny_translation``)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import structlog

from services.command_line import translate
from services.translation.texts import TextResult
from streaming.translation import Fault, Origin, TranslatedSentence
from tests.command_line import Run, runner
from tests.tiny_translation import FILES, write_model

_CATALOGUE: Final = """
[[models]]
id = "tiny"
task = "translation"
languages = ["kk", "ru", "en"]
pairs = ["kk-ru", "ru-en", "kk-en", "en-ru", "en-kk"]
engine = "ctranslate2-translation"
license = "CC0-1.0"
commercial_use = true
starter = true
size_bytes = 1048576
[models.settings]
family = "m2m100"
placeholders = "percent"
[models.files]
"""
_ONE_WAY: Final = """
[[models]]
id = "one-way"
task = "translation"
languages = ["kk", "ru"]
pairs = ["kk-ru"]
engine = "ctranslate2-translation"
license = "CC0-1.0"
commercial_use = true
size_bytes = 1
[models.files]
"model.bin" = {}
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("command")
    write_model(folder / "mirror" / "tiny")
    own = folder / "own.toml"
    files = "".join(f'"{name}" = {{}}\n' for name in FILES)
    own.write_text(_CATALOGUE + files + _ONE_WAY)
    return {
        "DAUYS_CATALOGUE": str(own),
        "DAUYS_MODELS_DIR": str(folder / "models"),
        "DAUYS_MODELS_MIRROR": str(folder / "mirror"),
        "DAUYS_DEFAULT_TRANSLATION_MODEL": "tiny",
        "DAUYS_DATABASE_URL": f"sqlite:///{folder / 'none.sqlite3'}",
    }


@pytest.fixture
def dauys(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    """Runs ``dauys translate`` here, in a folder of its own."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    yield runner(monkeypatch, capsys, "translate")
    structlog.reset_defaults()


def test_a_text_into_two_languages_in_the_order_given(dauys: Run) -> None:
    ended = dauys("мен үй көремін", "--to", "en,ru", "--from", "kk")
    assert (ended.code, ended.out) == (0, "i house see\nя дом вижу\n")


def test_standard_input(dauys: Run) -> None:
    ended = dauys("-", "--to", "ru", given="мен нан көремін\nкітап\n".encode())
    assert (ended.code, ended.out) == (0, "я хлеб вижу\nкнига\n")


def test_kazakh_in_latin_letters_beside_another_language(dauys: Run) -> None:
    ended = dauys("i see", "--to", "kk,ru", "--from", "en", "--script", "latin")
    assert (ended.code, ended.out) == (0, "men köremın\nя вижу\n")


def test_what_is_to_be_read_again_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(translate._FAULTS) == set(Fault)
    sentences = (
        TranslatedSentence("Бір.", "Бір.", " ", Origin.MODEL, faults=frozenset({Fault.EMPTY})),
        TranslatedSentence("Екі.", "Two.", " ", Origin.MODEL),
        TranslatedSentence("Үш.", "Three.", "", Origin.MODEL),
    )
    translate._print(TextResult("Бір. Two. Three.", "kk", sentences, (False, False, True)))
    told = capsys.readouterr()
    assert told.out == "Бір. Two. Three.\n"
    assert told.err.splitlines() == [
        "dauys: not translated, the model had no answer: Бір.",
        "dauys: a required term is missing: Үш.",
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["мен"], "--to"),
        (["мен", "--to", ""], "--to: "),
        (["мен", "--to", "de"], "--to: 'de'"),
        (["мен", "--to", "ru,"], "--to: ''"),
        (["мен", "--to", "ru,en,ru"], "--to: a language stands twice"),
        (["мен", "--to", "ru", "--from", "fr"], "--from: 'fr'"),
        (["мен", "--to", "kk", "--from", "kk"], "--to: the text is in 'kk' already"),
        (["мен", "--to", "ru,kk", "--from", "kk"], "--to: the text is in 'kk' already"),
        (
            ["мой дом", "--to", "kk", "--from", "ru", "--model", "one-way"],
            "--to: no model translates ru-kk",
        ),
        (
            ["мой большой дом", "--to", "kk", "--model", "one-way"],
            "--to: no model translates ru-kk",
        ),
        (["мен", "--to", "ru", "--model", "whisper-base"], "--model: 'whisper-base'"),
        (["мен", "--to", "ru", "--script", "arabic"], "--script: 'arabic'"),
        (["мен", "--to", "ru", "--script", "latin"], "--script: only Kazakh"),
        (["мен", "--to", "ru", "--terms", "none.tsv"], "--terms: cannot read none.tsv"),
        (["мен", "--to", "ru", "--workers", "-1"], "--workers"),
        (["", "--to", "ru"], "text: is empty"),
        ([" \n", "--to", "ru"], "text: is empty"),
        (["м\udcffн", "--to", "ru"], "text: is not Unicode"),
    ],
)
def test_wrong_use_is_refused_with_the_option_named(
    dauys: Run, arguments: list[str], reason: str
) -> None:
    ended = dauys(*arguments)
    assert ended.code == 2
    assert reason in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    ("given", "reason"),
    [(b"", "is empty"), (b"\xff\xfe\x00", "is not utf-8"), (b" \n", "is empty")],
)
def test_standard_input_that_is_no_text(dauys: Run, given: bytes, reason: str) -> None:
    ended = dauys("-", "--to", "ru", given=given)
    assert (ended.code, ended.out) == (2, "")
    assert f"text: {reason}" in ended.err


def test_an_unknown_model_is_not_found(dauys: Run) -> None:
    ended = dauys("мен", "--to", "ru", "--model", "none")
    assert ended.code == 1
    assert "no model 'none'" in ended.err


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["none.docx"], "none.docx"),
        (["here.txt", "none.txt"], "none.txt"),
        (["none.txt", "here.txt"], "none.txt"),
        (["here.txt", "-"], "-"),
        (["here.txt", "м" * 5000 + ".txt"], "м" * 5000 + ".txt"),
        (["big", "house"], "big"),
    ],
)
def test_a_missing_file_is_the_one_that_is_named(
    dauys: Run, arguments: list[str], missing: str
) -> None:
    Path("here.txt").write_text("үй", encoding="utf-8")
    ended = dauys(*arguments, "--to", "ru")
    assert (ended.code, ended.out) == (1, "")
    assert f"no file {missing!r}" in ended.err


def test_documents_beside_their_sources_and_a_broken_one_is_told(dauys: Run) -> None:
    Path("бір.txt").write_text("мен үй көремін\n\nкітап\n", encoding="utf-8")
    Path("broken.docx").write_bytes(b"no zip")
    Path("subs.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nүлкен үй\n", encoding="utf-8")
    ended = dauys("бір.txt", "broken.docx", "subs.srt", "--to", "ru,en", "--from", "kk")
    assert ended.code == 1
    assert Path("бір.ru.txt").read_text(encoding="utf-8") == "я дом вижу\n\nкнига\n"
    assert Path("бір.en.txt").read_text(encoding="utf-8") == "i house see\n\nbook\n"
    assert "большой дом" in Path("subs.ru.srt").read_text(encoding="utf-8")
    assert ended.out.splitlines() == ["бір.ru.txt", "бір.en.txt", "subs.ru.srt", "subs.en.srt"]
    assert ended.err.count("dauys: broken.docx: file: ") == 2
    assert not list(Path().glob(".*.part"))


def test_an_earlier_translation_is_replaced_and_a_source_never(dauys: Run) -> None:
    Path("a.txt").write_text("үй", encoding="utf-8")
    Path("a.ru.txt").write_text("from an earlier call", encoding="utf-8")
    assert dauys("a.txt", "--to", "ru", "--from", "kk").code == 0
    assert Path("a.ru.txt").read_text(encoding="utf-8") == "дом"
    Path("a.ru.txt").write_text("мен", encoding="utf-8")
    ended = dauys("a.txt", "a.ru.txt", "--to", "ru", "--from", "kk")
    assert ended.code == 1
    assert "a.ru.txt is another document of this call" in ended.err
    assert Path("a.ru.txt").read_text(encoding="utf-8") == "мен"
    assert Path("a.ru.ru.txt").read_text(encoding="utf-8") == "я"


def test_two_documents_of_one_name_do_not_replace_each_other(dauys: Run) -> None:
    for folder, text in (("one", "үй"), ("two", "су")):
        Path(folder).mkdir()
        (Path(folder) / "a.txt").write_text(text, encoding="utf-8")
    ended = dauys("one/a.txt", "two/a.txt", "--to", "ru", "--from", "kk", "--out", "out")
    assert ended.code == 1
    assert "two/a.txt: --out: out/a.ru.txt is another document of this call" in ended.err
    assert Path("out/a.ru.txt").read_text(encoding="utf-8") == "дом"


def test_a_folder_that_cannot_be_written_is_told_before_the_work(dauys: Run) -> None:
    Path("a.txt").write_text("үй", encoding="utf-8")
    Path("taken").write_text("a file", encoding="utf-8")
    for out in ("taken", "taken/below"):
        ended = dauys("a.txt", "--to", "ru", "--from", "kk", "--out", out)
        assert ended.code == 2
        assert f"--out: cannot make {out}" in ended.err


def test_a_target_that_cannot_be_written_leaves_nothing_behind(dauys: Run) -> None:
    Path("a.txt").write_text("үй", encoding="utf-8")
    Path("a.ru.txt").mkdir()
    ended = dauys("a.txt", "--to", "ru,en", "--from", "kk")
    assert ended.code == 1
    assert "a.txt: --out: cannot write a.ru.txt: " in ended.err
    assert Path("a.en.txt").read_text(encoding="utf-8") == "house"
    assert not list(Path().glob(".*.part"))


def command(environment: dict[str, str], *arguments: str | bytes) -> list[str | bytes]:
    return [sys.executable, "-m", "services.command_line.main", "translate", *arguments]


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_a_name_that_is_not_utf8(environment: dict[str, str], tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xcc\xe5\xed.txt"
    Path(os.fsdecode(name)).write_text("үй", encoding="utf-8")
    ended = subprocess.run(
        command(environment, name, "--to", "ru", "--from", "kk"),
        env=os.environ | environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert Path(os.fsdecode(name.replace(b".txt", b".ru.txt"))).read_text() == "дом"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupt_half_way_leaves_no_file(environment: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "long.txt"
    source.write_text("".join(f"мен үй көремін {n}\n" for n in range(40_000)), encoding="utf-8")
    with subprocess.Popen(
        command(environment, str(source), "--to", "ru", "--from", "kk", "--verbose"),
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        # Where these tests run behind a shell that does not heed it, the command must.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stderr is not None
        told = iter(running.stderr)
        assert any(b"model_loaded" in line for line in told)
        running.send_signal(signal.SIGINT)
        rest = b"".join(told)
        assert running.wait(60) == 130, rest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.txt"]


def test_a_model_that_is_not_here_is_told_before_the_work(dauys: Run) -> None:
    ended = dauys("мен", "--to", "ru", "--from", "kk", "--model", "one-way")
    assert ended.code == 1
    assert "dauys models pull one-way" in ended.err
