"""TTML documents are valid and show what they should, by the judgement of others' code."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from streaming.cues.model import Cue
from streaming.formats.ttml import Place, Profile, TtmlConfig
from streaming.formats.ttml.writer import TtmlWriter
from tests.unit.formats.ebu_schemas import load_schema
from tests.unit.formats.tracks import KAZAKH, WHOLE_ALPHABET, seconds, tracks

pytest.importorskip("xmlschema")
ttconv_reader = pytest.importorskip("ttconv.imsc.reader")

MARKED = Cue(3, seconds(4), seconds(5) + 30, ('<b> & "x" {', "  екі  "), "ru")


def document(config: TtmlConfig, cues: list[Cue]) -> str:
    writer = TtmlWriter(config)
    return writer.header() + "".join(map(writer.cue, cues)) + writer.footer()


@pytest.fixture(scope="session")
def ebu_tt_d(ebu_tt_schemas: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The EBU's schema, mended so that it loads (informative XSD of 2016)."""
    return load_schema(ebu_tt_schemas, "ebutt_d.xsd", tmp_path_factory.mktemp("ebu-tt"))


def test_exact_document() -> None:
    config = TtmlConfig(Profile.EBU_TT_D, "kk", title="Жаңалықтар & ауа райы", automatic=False)
    assert document(config, [WHOLE_ALPHABET[0], MARKED]) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
        ' xmlns:tts="http://www.w3.org/ns/ttml#styling"'
        ' xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xmlns:ebuttm="urn:ebu:tt:metadata"'
        ' xmlns:ebutts="urn:ebu:tt:style" xml:lang="kk" xml:space="preserve"'
        ' ttp:timeBase="media" ttp:cellResolution="32 15">\n'
        "  <head>\n"
        "    <metadata>\n"
        "      <ttm:title>Жаңалықтар &amp; ауа райы</ttm:title>\n"
        "      <ebuttm:documentMetadata>\n"
        "        <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2018-04"
        "</ebuttm:conformsToStandard>\n"
        "        <ebuttm:documentOriginatingSystem>Dauys</ebuttm:documentOriginatingSystem>\n"
        "      </ebuttm:documentMetadata>\n"
        "    </metadata>\n"
        "    <styling>\n"
        '      <style xml:id="paragraph" tts:fontFamily="proportionalSansSerif"'
        ' tts:fontSize="80%" tts:lineHeight="125%" tts:textAlign="center"'
        ' ebutts:linePadding="0.5c"/>\n'
        '      <style xml:id="text" tts:color="#FFFFFF" tts:backgroundColor="#000000C2"/>\n'
        "    </styling>\n"
        "    <layout>\n"
        '      <region xml:id="bottom" tts:origin="10% 10%" tts:extent="80% 80%"'
        ' tts:displayAlign="after" tts:overflow="visible"/>\n'
        "    </layout>\n"
        "  </head>\n"
        "  <body>\n"
        '    <div style="paragraph">\n'
        '      <p xml:id="c1" region="bottom" begin="00:00:00.500" end="00:00:02.000">'
        f'<span style="text">{KAZAKH[:21]}</span><br/>'
        f'<span style="text">{KAZAKH[21:]}</span></p>\n'
        '      <p xml:id="c3" region="bottom" xml:lang="ru" begin="00:00:04.000"'
        ' end="00:00:05.000"><span style="text">&lt;b&gt; &amp; "x" {</span><br/>'
        '<span style="text">  екі  </span></p>\n'
        "    </div>\n  </body>\n</tt>\n"
    )


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("digits", [3, 5])
def test_ebu_tt_d_is_valid(ebu_tt_d: Any, place: Place, digits: Any) -> None:
    config = TtmlConfig(Profile.EBU_TT_D, "kk", place, title="Т", fraction_digits=digits)
    ebu_tt_d.validate(document(config, [*WHOLE_ALPHABET, MARKED]))
    writer = TtmlWriter(config)
    ebu_tt_d.validate(writer.segment(WHOLE_ALPHABET, seconds(1), seconds(3)))
    ebu_tt_d.validate(writer.segment(WHOLE_ALPHABET, seconds(10), seconds(12)))


def test_the_schema_refuses_what_is_wrong(ebu_tt_d: Any) -> None:
    good = document(TtmlConfig(Profile.EBU_TT_D, "kk"), [*WHOLE_ALPHABET])
    for right, wrong in (
        ('begin="00:00:00.500"', 'begin="half past"'),
        (' ttp:timeBase="media"', ""),
        ('region="bottom"', 'region="nowhere"'),
        ("<br/>", "<hr/>"),
    ):
        assert not ebu_tt_d.is_valid(good.replace(right, wrong)), wrong


@settings(max_examples=20)
@given(cues=tracks())
def test_every_track_is_valid_ebu_tt_d(ebu_tt_d: Any, cues: list[Cue]) -> None:
    ebu_tt_d.validate(document(TtmlConfig(Profile.EBU_TT_D, "kk"), cues))


def shown(text: str, caplog: pytest.LogCaptureFixture) -> list[tuple[float, list[str]]]:
    """What ttconv shows, and from when; nothing may be logged on the way."""
    from ttconv import model
    from ttconv.isd import ISD

    with caplog.at_level(logging.WARNING):
        content = ttconv_reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(text)))
        screens = ISD.generate_isd_sequence(content)
    assert not caplog.records, caplog.text
    return [
        (
            float(begin),
            [
                element.get_text()
                for region in (screen.iter_regions() if screen else ())
                for element in region.dfs_iterator()
                if isinstance(element, model.Text)
            ],
        )
        for begin, screen in screens
    ]


@pytest.mark.parametrize("profile", Profile)
def test_ttconv_shows_the_cues(profile: Profile, caplog: pytest.LogCaptureFixture) -> None:
    text = document(TtmlConfig(profile, "kk"), [*WHOLE_ALPHABET, MARKED])
    first, second = (list(cue.lines) for cue in WHOLE_ALPHABET)
    assert shown(text, caplog) == [
        (0.0, []),
        (0.5, first),
        (2.0, []),
        (2.5, second),
        (4.0, list(MARKED.lines)),
        (5.0, []),
    ]


def test_imsc_declares_its_profile() -> None:
    root = ElementTree.fromstring(document(TtmlConfig(Profile.IMSC), []))
    name = "{http://www.w3.org/ns/ttml#parameter}contentProfiles"
    assert root.get(name) == "http://www.w3.org/ns/ttml/profile/imsc1.1/text"


def test_segments_clip_cues_and_together_show_everything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    writer = TtmlWriter(TtmlConfig(language="kk"))
    segments = [
        shown(writer.segment(WHOLE_ALPHABET, seconds(at), seconds(at + 1)), caplog)
        for at in range(6)
    ]
    first, second = (list(cue.lines) for cue in WHOLE_ALPHABET)
    assert segments[0] == [(0.0, []), (0.5, first), (1.0, [])]
    assert segments[1] == [(0.0, []), (1.0, first), (2.0, [])]
    assert segments[2] == [(0.0, []), (2.5, second), (3.0, [])]
    assert segments[3] == [(0.0, []), (3.0, second), (4.0, [])]
    assert [text for _, text in segments[4] + segments[5] if text] == []


def test_what_xml_cannot_hold_is_left_out() -> None:
    cue = Cue(1, 0, 90, ("а\x00б\ud800", "\x1b", "в\nг"), "kk")
    text = TtmlWriter().cue(cue)
    assert '<span style="text">аб</span><br/><span style="text">в</span>' in text
    assert TtmlWriter().cue(Cue(1, 0, 90, ("\x00",), "kk")) == ""
    ElementTree.fromstring(document(TtmlConfig(), [cue]))


def test_ends_are_later_than_starts() -> None:
    for start, end in ((0, 1), (44, 45), (-90, -45), (-5, 3)):
        text = TtmlWriter().cue(Cue(1, start, end, ("x",), "en"))
        begin, until = re.findall(r'(?:begin|end)="00:00:([\d.]+)"', text)
        assert float(begin) < float(until)
