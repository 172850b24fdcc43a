"""Files that commands write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foundation.errors import InvalidArgument
from services.command_line.output_files import (
    check_writable,
    named_after,
    numbered,
    write_whole,
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_name_is_the_texts_first_words(here: Path) -> None:
    assert named_after("Қошқар мүйіз, көк!", ".png", otherwise="x") == Path("қошқар-мүйіз-көк.png")
    assert named_after(" … ", ".png", otherwise="picture") == Path("picture.png")
    assert named_after("../../etc/passwd", ".png", otherwise="x") == Path("etc-passwd.png")
    assert len(named_after("ү" * 500, ".png", otherwise="x").name.encode()) < 255


def test_a_name_that_is_taken_gets_a_number(here: Path) -> None:
    (here / "үй.png").touch()
    (here / "үй-2.png").touch()
    assert named_after("үй", ".png", otherwise="x") == Path("үй-3.png")


def test_of_several_parts_none_is_taken(here: Path) -> None:
    assert numbered(Path("a/үй.png"), 2) == [Path("a/үй-1.png"), Path("a/үй-2.png")]
    (here / "үй-2.png").touch()
    base = named_after("үй", ".png", otherwise="x", parts=2)
    assert numbered(base, 2) == [Path("үй-2-1.png"), Path("үй-2-2.png")]


def test_files_are_written_all_or_none(here: Path) -> None:
    good, folder = here / "sub" / "a.png", here / "b.png"
    folder.mkdir()
    good.parent.mkdir()
    good.write_bytes(b"before")
    with pytest.raises(InvalidArgument, match=r"--out: cannot write .*b\.png"):
        write_whole({folder: b"2", good: b"1"})
    assert good.read_bytes() == b"before"
    assert sorted(here.rglob(".*")) == []
    write_whole({good: b"1", here / "new" / "c.png": b"3"})
    assert good.read_bytes() == b"1"
    assert (here / "new" / "c.png").read_bytes() == b"3"
    assert sorted(here.rglob(".*")) == []


def test_what_cannot_be_written_is_known_before(here: Path) -> None:
    (here / "file").touch()
    (here / "folder").mkdir()
    check_writable(here / "new" / "deep" / "a.png")
    check_writable(Path("a.png"))
    for path in ("folder", "file/a.png", "file/new/a.png"):
        with pytest.raises(InvalidArgument, match="--out"):
            check_writable(Path(path))
    assert sorted(os.listdir(here)) == ["file", "folder"]
