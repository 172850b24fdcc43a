"""EBU-TT Live documents are valid and say what they should."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings

from foundation.errors import InvalidArgument
from streaming.cues.model import Cue
from streaming.formats.ttml.config import Place, TtmlConfig
from streaming.formats.ttml.live_writer import LiveSequence, clock_time, media_begin
from tests.unit.formats.ebu_schemas import load_schema
from tests.unit.formats.tracks import WHOLE_ALPHABET, seconds, tracks

pytest.importorskip("xmlschema")

SEQUENCE = LiveSequence(
    'Студия "1" & <қазақша>/kk', "kk", "clock", "studio-1", 7, TtmlConfig(language="kk")
)


@pytest.fixture(scope="session")
def ebu_tt_live(ebu_tt_schemas: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_schema(ebu_tt_schemas, "ebutt_live.xsd", tmp_path_factory.mktemp("ebu-tt-live"))


def test_exact_document() -> None:
    sequence = LiveSequence(
        "s-kk", "kk", "clock", "studio", 2, TtmlConfig(language="kk", automatic=False)
    )
    cue = Cue(3, 0, seconds(2), ("Қайырлы & кеш", "<екі>"), "kk")
    text = sequence.document(41, cue, begin="23:59:59.500", duration=seconds(2.5))
    assert text.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
        ' xmlns:tts="http://www.w3.org/ns/ttml#styling"'
        ' xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xmlns:ebuttm="urn:ebu:tt:metadata"'
        ' xmlns:ebutts="urn:ebu:tt:style" xmlns:ebuttp="urn:ebu:tt:parameters" xml:lang="kk"'
        ' xml:space="preserve" ttp:timeBase="clock" ttp:clockMode="utc"'
        ' ttp:cellResolution="32 15" ebuttp:sequenceIdentifier="s-kk"'
        ' ebuttp:sequenceNumber="41" ebuttp:authorsGroupIdentifier="studio"'
        ' ebuttp:authorsGroupControlToken="2">\n'
        "  <head>\n    <metadata>\n      <ebuttm:documentMetadata>\n"
        "        <ebuttm:conformsToStandard>urn:ebu:tt:live:2017-05</ebuttm:conformsToStandard>\n"
    )
    assert text.endswith(
        "  </head>\n"
        '  <body begin="23:59:59.500" dur="2.500s">\n'
        '    <div style="paragraph">\n'
        '      <p xml:id="c3" region="bottom"><span style="text">Қайырлы &amp; кеш</span><br/>'
        '<span style="text">&lt;екі&gt;</span></p>\n'
        "    </div>\n  </body>\n</tt>\n"
    )


def test_nothing_to_show_is_a_document_without_a_body() -> None:
    for cue in (None, Cue(1, 0, 1, (), "kk"), Cue(1, 0, 1, ("  ", "\x00"), "kk")):
        root = ElementTree.fromstring(SEQUENCE.document(1, cue, duration=90_000).encode())
        assert root.find("{http://www.w3.org/ns/ttml}body") is None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tracks())
def test_all_documents_are_valid_and_keep_every_letter(ebu_tt_live: Any, cues: list[Cue]) -> None:
    for number, cue in enumerate((*cues, *WHOLE_ALPHABET, None), 1):
        for sequence in (SEQUENCE, replace(SEQUENCE, time_base="media", authors_group="")):
            text = sequence.document(
                number, cue, begin="00:00:00.001", duration=45, authoring_delay=2
            )
            ebu_tt_live.validate(text.encode())
            if cue is not None:
                root = ElementTree.fromstring(text.encode())
                shown = "".join(root.find(".//{http://www.w3.org/ns/ttml}p").itertext())  # type: ignore[union-attr]
                assert shown == "".join(cue.lines)


@pytest.mark.parametrize("time_base", ["clock", "media"])
@pytest.mark.parametrize("place", list(Place))
def test_looks_are_valid(ebu_tt_live: Any, time_base: Any, place: Place) -> None:
    looks = TtmlConfig(place=place, title="Жаңалықтар", safe_margin_percent=0, font_percent=400)
    sequence = LiveSequence("s", "mul", time_base, looks=looks)
    for begin in (None, "26:30:00.000" if time_base == "media" else "23:59:59.999"):
        ebu_tt_live.validate(sequence.document(1, WHOLE_ALPHABET[0], begin=begin).encode())


def test_the_schema_finds_faults(ebu_tt_live: Any) -> None:
    """A validator that lets everything pass proves nothing."""
    good = SEQUENCE.document(1, WHOLE_ALPHABET[0], begin="00:00:01.000", duration=90_000)
    assert ebu_tt_live.is_valid(good.encode())
    for right, wrong in (
        ('ebuttp:sequenceNumber="1"', 'ebuttp:sequenceNumber="0"'),
        ('ebuttp:sequenceNumber="1"', ""),
        ('ttp:timeBase="clock"', 'ttp:timeBase="wall"'),
        ('begin="00:00:01.000"', 'begin="soon"'),
        ('region="bottom"', 'colour="red"'),
        ('ebuttp:authorsGroupControlToken="7"', 'ebuttp:authorsGroupControlToken="-7"'),
    ):
        assert right in good
        assert not ebu_tt_live.is_valid(good.replace(right, wrong).encode())


def test_times() -> None:
    day = datetime(2026, 3, 22, 23, 59, 59, 999_400, tzinfo=UTC)
    assert clock_time(day) == "23:59:59.999"
    assert clock_time(day + timedelta(microseconds=100)) == "00:00:00.000"
    almaty = timezone(timedelta(hours=5))
    assert clock_time(datetime(2026, 3, 23, 4, 0, tzinfo=almaty)) == "23:00:00.000"
    assert media_begin(seconds(95_400.5)) == "26:30:00.500"
    assert media_begin(-5) == "00:00:00.000"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"identifier": ""}, "sequence"),
        ({"identifier": "a\nb"}, "sequence"),
        ({"identifier": "a" * 201}, "sequence"),
        ({"authors_group": "\x00"}, "authors_group"),
        ({"control_token": 0}, "control_token"),
        ({"control_token": True}, "control_token"),
        ({"control_token": 10**18}, "control_token"),
        ({"control_token": 1.5}, "control_token"),
    ],
)
def test_bad_names_and_tokens_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgument) as raised:
        LiveSequence(**{"identifier": "s", "language": "kk"} | options)
    assert raised.value.field == field
