from __future__ import annotations

import io
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from foundation.errors import DauysError, InvalidArgument
from foundation.languages import LANGUAGES
from services.command_line.memory_commands import app
from services.translation.memory import MemoryEntry
from services.translation.tmx import TmxCounts, TmxWriter, read_tmx

# As OmegaT writes it, with the markup of level 2.
SAMPLE = """<?xml version="1.0" encoding="{encoding}"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
  <header creationtool="OmegaT" o-tmf="OmegaT TMX" adminlang="EN-US" datatype="plaintext"
          creationtoolversion="5.7" segtype="sentence" srclang="KK-KZ"/>
  <body>
    <tu creationid="aigerim">
      <note>жаңалық</note>
      <tuv xml:lang="KK-KZ"><seg>Жаңа  <bpt i="1">&lt;b&gt;</bpt>мектеп<ept i="1">&lt;/b&gt;</ept>
        ашылды &amp; <hi>бітті</hi>.</seg></tuv>
      <tuv xml:lang="RU-RU" changeid="x"><seg>Открыта новая школа.</seg></tuv>
      <tuv lang="en"><seg>A new school.</seg></tuv>
    </tu>
    <tu><tuv xml:lang="kk-Latn"><seg>Sälem</seg></tuv>
      <tuv xml:lang="ru"><seg>Привет</seg></tuv></tu>
    <tu><tuv xml:lang="kk"><seg> </seg></tuv><tuv xml:lang="ru"><seg>Пусто</seg></tuv></tu>
    <tu><tuv xml:lang="kk"><seg>{long}</seg></tuv><tuv xml:lang="ru"><seg>x</seg></tuv></tu>
    <tu srclang="*all*"><tuv xml:lang="ru"><seg>Да</seg></tuv>
      <tuv xml:lang="en"><seg>Yes</seg></tuv></tu>
  </body>
</tmx>
"""


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_what_other_tools_write_is_read(encoding: str) -> None:
    counts = TmxCounts()
    data = SAMPLE.format(encoding=encoding, long="ұ" * 4001).encode(encoding)
    assert list(read_tmx(io.BytesIO(data), counts)) == [
        MemoryEntry("kk", "ru", "Жаңа мектеп ашылды & бітті.", "Открыта новая школа.", "aigerim"),
        MemoryEntry("kk", "en", "Жаңа мектеп ашылды & бітті.", "A new school.", "aigerim"),
        MemoryEntry("ru", "en", "Да", "Yes"),
        MemoryEntry("en", "ru", "Yes", "Да"),
    ]
    assert (counts.units, counts.skipped) == (5, 3)


BOMB = """<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<tmx version="1.4"><body><tu><tuv xml:lang="kk"><seg>&b;</seg></tuv></tu></body></tmx>"""
FILE = """<?xml version="1.0"?><!DOCTYPE tmx [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<tmx version="1.4"><body><tu><tuv xml:lang="kk"><seg>&a;</seg></tuv></tu></body></tmx>"""


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        (BOMB, "line 1", "entities are refused"),
        (FILE, "line 1", "entities are refused"),
        ("<html/>", "line 1", "not tmx"),
        ("", "line 1", "no element found"),
        ("<tmx>\n<body>", "line 2", "no element found"),
        ("<tmx>" + "<hi>" * 100, "line 1", "nested deeper than 32"),
        ("<tmx>\n\x00", "line 2", "not XML"),
    ],
)
def test_bad_files_are_refused_by_line(text: str, field: str, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message) as error:
        list(read_tmx(io.BytesIO(text.encode())))
    assert error.value.field == field


def test_a_large_file_is_read_as_it_comes() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            texts = (("kk", "а"), ("ru", "б"))
            variants = [f"<tuv xml:lang='{code}'><seg>{each}</seg></tuv>" for code, each in texts]
            unit = f"<tu>{''.join(variants)}</tu>"
            first = b"<tmx version='1.4'><header srclang='kk'/><body>" if not self.taken else b""
            self.taken += 1
            return first + unit.encode() * 100

    file = Endless()
    assert len(list(islice(read_tmx(file), 1000))) == 1000  # type: ignore[arg-type]
    assert file.taken == 10


_TEXTS = st.text(min_size=1, max_size=30).filter(str.strip)


@given(st.lists(st.tuples(st.sampled_from(LANGUAGES), st.sampled_from(LANGUAGES), _TEXTS, _TEXTS)))
def test_what_is_written_is_read_again(rows: list[tuple[str, str, str, str]]) -> None:
    entries = [
        MemoryEntry(source, target, text, translation, 'а<б"&')  # type: ignore[arg-type]
        for source, target, text, translation in rows
        if source != target
    ]
    file = io.BytesIO()
    with TmxWriter(file.write) as writer:
        writer.add(entries)
    file.seek(0)
    found = list(read_tmx(file))

    def storable(text: str) -> str:
        kept = (
            letter
            for letter in text
            if letter in "\t\n\r" or (letter >= " " and not "\ud800" <= letter <= "\udfff")
        )
        return " ".join("".join(each for each in kept if each not in "\ufffe\uffff").split())

    expected = [
        MemoryEntry(
            each.source_language,
            each.target_language,
            storable(each.source),
            storable(each.target),
            each.origin,
        )
        for each in entries
    ]
    assert found == [each for each in expected if each.source and each.target]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_memory_goes_in_and_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dauys.sqlite3'}"
    given_file, written, again = (tmp_path / name for name in ("in.tmx", "out.tmx", "ru.tmx"))
    given_file.write_text(SAMPLE.format(encoding="UTF-8", long="x"), encoding="utf-8")
    assert "5 entries added, 2 units skipped" in run("import", str(given_file), "--database", url)
    assert "5 entries written" in run("export", str(written), "--database", url)
    with given_file.open("rb") as before, written.open("rb") as after:
        assert set(read_tmx(before)) == set(read_tmx(after))
    assert "2 entries written" in run("export", str(again), "--database", url, "--pair", "kk-ru")
    assert "0 entries added" in run("import", str(again), "--database", url, "--pair", "ru-kk")
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dauys.sqlite3'}"
    (tmp_path / "x.tmx").write_text("<tmx>")
    for name, words in (("none.tmx", "No such file"), ("x.tmx", "x.tmx, line 1")):
        with pytest.raises(DauysError, match=words):
            run("import", str(tmp_path / name), "--database", url)
