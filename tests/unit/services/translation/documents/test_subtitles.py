"""srt, vtt and ttml: times, settings and styles stay; sentences are whole, lines are set anew."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from foundation.errors import InvalidArgument
from services.translation.documents import Segment, TranslatedSegment, open_document
from services.translation.documents.text_encoding import decode
from tests.unit.services.translation.documents.helpers import (
    reversed_words,
    save,
    texts,
    through,
)
from tests.unit.services.translation.documents.other_samples import SRT, TTML, VTT

TIMES = re.compile(r".*-->.*")


def test_srt() -> None:
    written = through(SRT, "a.srt").decode()
    assert TIMES.findall(written) == TIMES.findall(SRT.decode())
    assert "X1:10 X2:20\n<i>ol ekı subtitrge</i> bölıngen.\n" in written
    assert "\n{\\an8}- Sälem!\n- Qalaisyñ?\n\n4\n" in written
    assert written.endswith("00:00:09,000 --> 00:00:10,000\n♪\n\n")


WHOLE = """1
00:00:01,000 --> 00:00:03,000
<i>Бұл сөйлем бірінші субтитрде</i>

2
00:00:03,000 --> 00:00:05,000
<i>басталып, екіншісінде</i>

3
00:00:05,000 --> 00:00:07,000
<i>аяқталады. Міне.</i>
"""


def test_a_sentence_over_cues_is_translated_whole_and_spread_again() -> None:
    assert texts(WHOLE.encode(), "a.srt") == [
        "Бұл сөйлем бірінші субтитрде басталып, екіншісінде аяқталады. Міне."
    ]
    written = through(WHOLE.encode(), "a.srt").decode()
    cues = [block.split("\n")[2:] for block in written.strip().split("\n\n")]
    assert cues == [
        ["<i>Būl söilem bırınşı subtitrde</i>"],
        ["<i>bastalyp, ekınşısınde</i>"],
        ["<i>aiaqtalady. Mıne.</i>"],
    ]


def test_a_long_translation_is_set_in_lines() -> None:
    document = open_document(WHOLE.encode(), "a.srt")
    long = TranslatedSegment("это предложение намного длиннее исходного и " * 4)
    written = document.save([long], "ru").data.decode()
    lines = [x for x in written.split("\n") if "-->" not in x and not x.isdecimal() and x]
    assert len(lines) > 3
    assert all(len(re.sub("<[^>]*>", "", line)) <= 37 for line in lines)
    assert " ".join(re.sub("<[^>]*>", "", line) for line in lines).split() == long.text.split()


def test_srt_without_empty_lines_and_with_windows_ends() -> None:
    text = (
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nБір.\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nЕкі."
    )
    assert texts(text.encode("utf-8-sig"), "a.srt") == ["Бір.", "Екі."]
    written = through(text.encode("utf-8-sig"), "a.srt").decode()
    assert written == text.replace("Бір.", "Bır.").replace("Екі.", "Ekı.")


def test_vtt() -> None:
    written = through(VTT, "a.vtt").decode()
    before, after = VTT.decode().split("\n"), written.split("\n")
    changed = [line for line, now in zip(before, after, strict=True) if line != now]
    assert changed == [
        "<v Асқар>Сәлем, <c.yellow>достар</c> &amp; бәрі!",
        "Бір <00:00:04.500>екі <00:00:05.000>үш",
    ]
    assert "<v Асқар>Sälem, <c.yellow>dostar</c> &amp; bärı!" in written
    assert "Bır <00:00:04.500>ekı <00:00:05.000>üş" in written


def test_ttml() -> None:
    written = through(TTML, "a.ttml").decode()
    assert 'xml:lang="en"' in written
    assert '<style xml:id="s1" tts:color="white"/>' in written
    assert re.search(
        r'end="00:00:03.000"><span style="s1">Bırınşı jol ekınşı jol,</span></p>', written
    )
    assert (
        '<span style="s1">söilemnıñ <span tts:fontStyle="italic">soñy</span>.</span></p>' in written
    )
    assert '<p begin="10s" end="12s">Jeke söilem.</p>' in written
    assert texts(TTML, "a.xml")[0].startswith("Бірінші жол екінші жол, сөйлемнің")


def test_a_file_of_another_format() -> None:
    for data, name in ((b"text", "a.vtt"), (b"text", "a.srt"), (b"<html/>", "a.ttml")):
        with pytest.raises(InvalidArgument):
            open_document(data, name)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["Бір екі", "үш.", "<i>төрт</i> бес,", "- А\n- Б", "{\\an8}алты", "жеті?"]
            ),
            st.integers(1, 3000),
            st.integers(0, 2500),
        ),
        min_size=1,
        max_size=10,
    ),
    st.lists(st.sampled_from(["сөз", "ұзағырақ,", "сөйлем.", "a-->b"]), max_size=40),
)
def test_times_and_tags_survive_any_translation(
    cues: list[tuple[str, int, int]], words: list[str]
) -> None:
    at, blocks = 0, []
    for number, (text, length, pause) in enumerate(cues, 1):
        times = f"{_clock(at)} --> {_clock(at + length)}"
        blocks.append(f"{number}\n{times}\n{text}\n")
        at += length + pause
    source = "\n".join(blocks)
    document = open_document(source.encode(), "a.srt")
    given_words = TranslatedSegment(" ".join(words))
    written = document.save([given_words] * len(document.segments), "ru").data.decode()
    clocks = re.compile(r"\d+:\d\d:\d\d,\d+ --> \d+:\d\d:\d\d,\d+")
    assert clocks.findall(written) == clocks.findall(source)
    assert written.count("{\\an8}") == source.count("{\\an8}")
    assert written.count("<i>") == written.count("</i>") >= source.count("<i>") * bool(words)
    plain = Counter(re.sub(r"<[^<>]*>|\{[^}]*\}", "", written).split())
    for word, count in Counter(words).items():
        assert plain[word.replace("-->", "→")] >= count * len(document.segments)


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"00:{seconds // 60:02}:{seconds % 60:02},{rest:03}"


FOLDER = Path(__file__).parents[5].parent / "shared" / "data" / "subtitles"


def _samples(*suffixes: str) -> list[Path]:
    if not FOLDER.is_dir():
        pytest.skip("no shared subtitles beside the checkout")
    return sorted(path for path in FOLDER.rglob("*") if path.suffix in suffixes)


def test_conformance_samples_of_lines() -> None:
    """The samples of SubRip and WebVTT: times stay, and an identical translation changes little."""
    opened = 0
    for path in _samples(".srt", ".vtt"):
        data = path.read_bytes()
        try:
            document = open_document(data, path.name)
        except InvalidArgument:
            continue
        opened += 1
        before = document.segments
        again = document.save([_same(segment) for segment in before], "en").data
        assert _times(again) == _times(data), path
        assert _words(open_document(again, path.name).segments) == _words(before), path
        save(document, "kk", reversed_words)
    assert opened > 50


def test_conformance_samples_of_ttml() -> None:
    opened = 0
    for path in _samples(".ttml", ".xml", ".dfxp"):
        data = path.read_bytes()
        try:
            document = open_document(data, path.name)
        except InvalidArgument:
            continue
        opened += 1
        before = document.segments
        again = document.save([_same(segment) for segment in before], "en").data
        for name in ("begin", "end", "dur", "region"):
            assert _attributes(again, name) == _attributes(data, name), path
        assert _words(open_document(again, path.name).segments) == _words(before), path
        save(document, "kk", reversed_words)
    assert opened > 50


def _same(segment: Segment) -> TranslatedSegment:
    return TranslatedSegment(segment.text, tuple(range(len(segment.text.split()))))


def _words(segments: object) -> list[str]:
    return [w for s in segments for w in s.text.split()]  # type: ignore[attr-defined]


def _times(data: bytes) -> list[str]:
    return re.findall(r"[^\r\n]*-->[^\r\n]*", decode(data))


def _attributes(data: bytes, name: str) -> Counter[str]:
    return Counter(
        value for e in etree.fromstring(data).iter("*") if (value := e.get(name)) is not None
    )
