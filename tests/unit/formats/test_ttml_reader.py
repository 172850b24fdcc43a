"""TTML is read as the reference tools read it."""

from __future__ import annotations

import logging
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given

from foundation.errors import InvalidArgument
from foundation.media_time import TICKS_PER_SECOND
from streaming.cues.model import Cue
from streaming.formats.ttml import Profile, TtmlConfig
from streaming.formats.ttml.reader import read
from streaming.formats.ttml.writer import TtmlWriter
from tests.unit.formats.tracks import seconds, tracks

HEAD = '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'

NOT_READ = {
    "Animation003": "animation",
    "Display002": "display",
    "Display004": "display",
    "DocumentExample825": "display and animation",
    "MediaParTiming002": "display and animation",
    "MediaSeqTiming007": "display and animation",
    "MediaSeqTiming002": "implicit duration of a sequence",
    "MediaSeqTiming003": "implicit duration of a sequence",
    "nested-region-001": "text outside every region",
    "region-timing": "times of regions",
}


@pytest.mark.parametrize("profile", Profile)
@given(cues=tracks())
def test_ticks_come_back(profile: Profile, cues: list[Cue]) -> None:
    writer = TtmlWriter(TtmlConfig(profile, "ru", fraction_digits=5))
    text = writer.header() + "".join(map(writer.cue, cues)) + writer.footer()
    assert read(text, "en") == cues
    assert read(text.encode(), "en") == cues


@given(cues=tracks(tick=90))
def test_milliseconds_come_back(cues: list[Cue]) -> None:
    writer = TtmlWriter()
    text = writer.header() + "".join(map(writer.cue, cues)) + writer.footer()
    assert read(text, "en") == cues


def test_times() -> None:
    text = HEAD + (
        ' ttp:frameRate="25" ttp:tickRate="90000"><body begin="1s"><div>'
        '<p begin="00:00:01:05" dur="500ms">а</p><p begin="1.5m" end="100s">ә</p>'
        '<p begin="180000t" end="75f">б</p></div></body></tt>'
    )
    assert [(cue.start, cue.end, cue.text) for cue in read(text, "kk")] == [
        (seconds(2.2), seconds(2.7), "а"),
        (seconds(91), seconds(101), "ә"),
        (seconds(3), seconds(4), "б"),
    ]


def test_white_space_collapses_unless_it_is_preserved() -> None:
    paragraph = '<p begin="0s" end="1s"{}>\n  екі  <span> сөз</span>\n<br/>  үш </p>'
    text = HEAD + f"><body><div>{paragraph}</div></body></tt>"
    preserved = ' xml:space="preserve"'
    assert read(text.format(""), "kk")[0].lines == ("екі сөз", "үш")
    assert read(text.format(preserved), "kk")[0].lines == ("  екі   сөз", "  үш ")


def test_parts_with_times_of_their_own() -> None:
    text = HEAD + (
        '><body><div><p begin="1s" end="4s" xml:lang="ru-RU"><span>раз</span>'
        '<span begin="1s"> два</span><span begin="2s" end="9s"> три</span></p></div></body></tt>'
    )
    assert read(text, "kk") == [
        Cue(1, seconds(1), seconds(2), ("раз",), "ru"),
        Cue(2, seconds(2), seconds(3), ("раз два",), "ru"),
        Cue(3, seconds(3), seconds(4), ("раз два три",), "ru"),
    ]


def test_what_has_no_end_ends_after_1000_hours() -> None:
    (cue,) = read(HEAD + '><body><div><p begin="1s">x</p></div></body></tt>', "en")
    assert (cue.start, cue.end) == (seconds(1), seconds(3_600_000))


def test_many_timed_parts_are_refused_and_many_lines_are_not() -> None:
    spans = "".join(f'<span begin="{at}s" end="{at + 1}s">x</span>' for at in range(1200))
    with pytest.raises(InvalidArgument, match="timed parts"):
        read(HEAD + f"><body><div><p>{spans}</p></div></body></tt>", "en")
    lines = "x<br/>" * 1200
    (cue,) = read(HEAD + f'><body><div><p end="1s">{lines}</p></div></body></tt>', "en")
    assert len(cue.lines) == 1200


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT",
        "<tt/>",
        HEAD + "><body><div><p begin='soon'>x</p></div></body></tt>",
        HEAD + " ttp:frameRate='0'><body/></tt>",
        HEAD + " ttp:frameRateMultiplier='1 0'><body/></tt>",
        HEAD + " ttp:timeBase='clock'><body/></tt>",
        HEAD + "><body>" + "<div>" * 70 + "</div>" * 70 + "</body></tt>",
        f"<!DOCTYPE tt [<!ENTITY a 'b'>]>{HEAD}><body><div><p>&a;</p></div></body></tt>",
    ],
)
def test_what_is_no_ttml_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        read(text, "en")


def test_samples_of_w3c_are_read_as_ttconv_reads_them(subtitle_samples: Path) -> None:
    reader = pytest.importorskip("ttconv.imsc.reader")
    from ttconv import model
    from ttconv.isd import ISD

    def letters(parts: list[str]) -> list[str]:
        return sorted("".join("".join(parts).split()))

    files = sorted((subtitle_samples / "w3c+imsc-tests").rglob("*.ttml"))
    assert len(files) > 300
    differing = {}
    # The samples hold what ttconv warns of; here only their text matters.
    logging.disable(logging.CRITICAL)
    try:
        for file in files:
            cues = read(file.read_bytes(), "en")
            screens = ISD.generate_isd_sequence(reader.to_model(ElementTree.parse(file)))
            screens.append((screens[-1][0] + 1 if screens else Fraction(1), None))
            for (begin, screen), (end, _) in pairwise(screens):
                now = round((begin + end) / 2 * TICKS_PER_SECOND)
                theirs = [
                    element.get_text()
                    for region in (screen.iter_regions() if screen else ())
                    for element in region.dfs_iterator()
                    if isinstance(element, model.Text)
                ]
                ours = [line for cue in cues if cue.start <= now < cue.end for line in cue.lines]
                if letters(ours) != letters(theirs):
                    differing[file.stem] = (float(begin), ours, theirs)
    finally:
        logging.disable(logging.NOTSET)
    assert {name: found for name, found in differing.items() if name not in NOT_READ} == {}
    assert differing.keys() == NOT_READ.keys(), "some sample is read by now: say so"
