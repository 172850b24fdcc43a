"""What an operator's filters find, and what they do when they are wrong themselves."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from foundation.errors import InvalidArgument
from services.image_generation.output_filter import OutputFilter, Verdict, parse_command
from services.image_generation.prompt_filter import MOST_BYTES, parse_filter, read_filter

FILTER = """
# Not for our viewers.
kk: қару
kk: соғыс алаңы
ru: поле боя
en: battle field
*: Имя Фамилия
* /ak-?47/
"""


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("қару ұстаған адам", 3),
        ("ҚАРУДЫ көрсет", 3),
        ("екі қарумен", 3),
        ("соғыс алаңында түтін", 4),
        ("сoғыс алаңы", 4),  # with a Latin o
        ("вид с поля боя", 5),
        ("на полях боя", 5),
        ("two battle fields", 6),
        ("BATTLE  FIELD", 6),
        ("Ｂattle field", 6),
        ("портрет Имени Фамилии", 7),
        ("AK47 on a table", 8),
    ],
)
def test_what_is_found(prompt: str, line: int) -> None:
    assert parse_filter(FILTER).found("a yurt", prompt) == line


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "қошқар мүйіз, көк және алтын",
        "қара ат",
        "a battlefield",  # another word
        "поле и бой",
        "field of battle",
        "12345",
    ],
)
def test_what_is_not(prompt: str) -> None:
    assert parse_filter(FILTER).found(prompt) is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("words alone", "line 1 is neither"),
        ("de: Waffe", "line 1 is neither"),
        ("kk: ", "line 1 is neither"),
        ("kk: !!!", "line 1 has no word"),
        ("* /(/", "line 1 is no regular expression"),
        ("en: " + "x" * 300, "line 1 has 304 characters"),
    ],
)
def test_wrong_lines_are_named(line: str, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said) as caught:
        parse_filter(line)
    assert caught.value.field == "DAUYS_IMAGE_PROMPT_FILTER"


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeffen: gun\n", encoding="utf-8")
    assert read_filter(path).found("Guns") == 1
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidArgument, match="cannot read"):
        read_filter(path)
    with pytest.raises(InvalidArgument, match="cannot read"):
        read_filter(tmp_path / "none")
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 10)
    with pytest.raises(InvalidArgument, match="has more than"):
        read_filter(path)


def command(script: str, seconds: float = 20.0) -> OutputFilter:
    return OutputFilter((sys.executable, "-c", script), seconds)


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("import sys; sys.exit(0 if sys.stdin.buffer.read() == b'png' else 3)", Verdict.PASSED),
        ("import sys; sys.exit(3)", Verdict.REFUSED),
        ("raise ValueError", Verdict.FAILED),
        ("import os; os.abort()", Verdict.FAILED),
    ],
)
async def test_verdicts(script: str, verdict: Verdict) -> None:
    assert await command(script).judge(b"png") is verdict


async def test_it_need_not_read_the_picture() -> None:
    assert await command("import sys; sys.stdin.close()").judge(bytes(1 << 20)) is Verdict.PASSED


async def test_a_command_that_is_slow_or_not_there_lets_nothing_through() -> None:
    begun = time.monotonic()
    # What it started is killed with it, and would hold its pipes open.
    assert await OutputFilter(("sh", "-c", "sleep 60 & sleep 60"), 0.3).judge(b"") is Verdict.FAILED
    assert time.monotonic() - begun < 30
    assert await OutputFilter(("/no/such/program",)).judge(b"") is Verdict.FAILED


async def test_it_ends_with_its_caller(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    judging = asyncio.create_task(
        OutputFilter(("sh", "-c", f"echo $$ > {pipe}; sleep 60"), 60.0).judge(b"")
    )
    process = int(await asyncio.to_thread(pipe.read_text))
    judging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await judging
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_setting() -> None:
    assert parse_command("  ", 1.0) is None
    assert parse_command("sh -c 'exit 0'", 2.0) == OutputFilter(("sh", "-c", "exit 0"), 2.0)
    with pytest.raises(InvalidArgument, match="no program 'nothing-of-that-name'"):
        parse_command("nothing-of-that-name --x", 1.0)
    with pytest.raises(InvalidArgument, match="cannot be split"):
        parse_command("sh 'x", 1.0)
