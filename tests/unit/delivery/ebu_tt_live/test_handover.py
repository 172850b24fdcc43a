"""Who is selected, and that no line is lost or seen twice."""

from __future__ import annotations

from typing import Any

import pytest

from foundation.errors import InvalidArgument
from foundation.media_time import from_seconds
from streaming.cues.model import Cue
from streaming.delivery.ebu_tt_live.handover import HandoverManager, parse_document
from streaming.delivery.ebu_tt_live.node import shown_seconds
from streaming.formats.ttml.live_writer import LiveSequence

GROUP = "studio"


class Engine:
    """Publishes documents of a sequence."""

    def __init__(self, name: str, token: int = 1, group: str = GROUP) -> None:
        self.name, self.token, self.group = name, token, group
        self.number = 0

    def says(self, text: str, token: int | None = None) -> str:
        self.number += 1
        sequence = LiveSequence(
            self.name, "kk", "clock", self.group, self.token if token is None else token
        )
        cue = Cue(self.number, 0, 90_000, (text,) if text else (), "kk")
        return sequence.document(self.number, cue, duration=from_seconds(2))


class Time:
    now = 1_774_137_600.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def manager(time: Time) -> HandoverManager:
    return HandoverManager(GROUP, "on-air", 10, time)


def emitted(manager: HandoverManager, *texts: str) -> list[str]:
    return [
        "".join(parse_document(out).root.itertext()).split()[-1]
        for text in texts
        if (out := manager.receive(text)) is not None
    ]


def test_exact_output(manager: HandoverManager, ebu_tt_live: Any) -> None:
    out = manager.receive(Engine("a").says("Қайырлы"))
    assert out is not None
    ebu_tt_live.validate(out.encode())
    document = parse_document(out)
    assert (document.sequence, document.group, document.token) == ("on-air", GROUP, 1)
    selected = "{urn:ebu:tt:metadata}authorsGroupSelectedSequenceIdentifier"
    assert document.root.get(selected) == "a"
    again = manager.receive(Engine("a", 2).says("кеш").replace('Number="1"', 'Number="2"'))
    assert again is not None
    assert parse_document(again).number == document.number + 1


def test_who_claimed_control_last_is_selected(manager: HandoverManager) -> None:
    a, b = Engine("a", 5), Engine("b", 5)
    assert emitted(manager, a.says("one"), b.says("two"), a.says("three")) == ["one", "three"]
    assert emitted(manager, b.says("four", 6), a.says("five"), b.says("six", 6)) == ["four", "six"]
    assert manager.selected == "b"


def test_a_token_may_be_lowered_after_control_was_taken(manager: HandoverManager) -> None:
    a, b = Engine("a", 5), Engine("b", 5)
    assert emitted(manager, a.says("one"), b.says("two", 9), b.says("three", 2)) == [
        "one",
        "two",
        "three",
    ]
    assert emitted(manager, a.says("four", 3), b.says("five", 2)) == ["four"]


def test_other_groups_and_documents_without_a_token_are_not_emitted(
    manager: HandoverManager,
) -> None:
    assert emitted(manager, Engine("a", 9, "another").says("one")) == []
    assert emitted(manager, Engine("a", 9, "").says("one")) == []
    assert manager.selected is None


def test_a_document_is_taken_once(manager: HandoverManager) -> None:
    a = Engine("a")
    one = a.says("one")
    assert emitted(manager, one, one, a.says("two"), one) == ["one", "two"]


def test_the_backup_takes_over_when_the_primary_is_gone_and_gives_back(
    manager: HandoverManager,
) -> None:
    primary, backup = Engine("primary", 2), Engine("backup", 1)
    assert emitted(manager, primary.says("one"), backup.says("ein")) == ["one"]
    manager.lose("backup")
    assert manager.selected == "primary"
    manager.lose("primary")
    assert emitted(manager, backup.says("zwei"), primary.says("three"), backup.says("drei")) == [
        "zwei",
        "three",
    ]


def test_the_backup_takes_over_when_the_primary_is_silent(
    manager: HandoverManager, time: Time
) -> None:
    primary, backup = Engine("primary", 2), Engine("backup", 1)
    assert emitted(manager, primary.says("one")) == ["one"]
    time.now += 9
    assert emitted(manager, backup.says("ein")) == []
    time.now += 2
    assert emitted(manager, backup.says("")) == []  # nobody speaks: that is no silence
    assert manager.selected == "primary"
    assert emitted(manager, backup.says("zwei")) == ["zwei"]
    assert emitted(manager, primary.says("two")) == ["two"]


def test_a_line_is_not_seen_twice(manager: HandoverManager, time: Time) -> None:
    primary, backup = Engine("primary", 2), Engine("backup", 1)
    assert emitted(manager, primary.says("Қайырлы кеш, бүгін")) == ["бүгін"]
    manager.lose("primary")
    assert emitted(manager, backup.says("қайырлы кеш"), backup.says("жаңалық")) == ["жаңалық"]
    assert emitted(manager, backup.says("жаңалық")) == ["жаңалық"]  # said twice by one engine
    time.now += 11
    assert emitted(manager, primary.says("жаңалық")) == ["жаңалық"]


HEAD = (
    '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
    ' xmlns:ebuttp="urn:ebu:tt:parameters" xml:lang=""'
)
GOOD = ' ttp:timeBase="clock" ebuttp:sequenceIdentifier="a" ebuttp:sequenceNumber="1"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "not XML",
        "<tt/>",
        '{"json": true}',
        f"{HEAD}/>",
        f"{HEAD}{GOOD}".replace("clock", "smpte") + "/>",
        f"{HEAD}{GOOD}".replace('"a"', '""') + "/>",
        f"{HEAD}{GOOD}".replace('"1"', '"0"') + "/>",
        f"{HEAD}{GOOD}".replace('"1"', '"-1"') + "/>",
        f"{HEAD}{GOOD}".replace('"1"', f'"{"9" * 5000}"') + "/>",
        f'{HEAD}{GOOD} ebuttp:authorsGroupControlToken="x"/>',
        f'<!DOCTYPE tt [<!ENTITY e SYSTEM "file:///etc/passwd">]>{HEAD}{GOOD}>&e;</tt>',
        '<!DOCTYPE a [<!ENTITY a "'
        + "x" * 999
        + '">'
        + "".join(f'<!ENTITY b{n} "{"&a;" * 99}">' for n in range(9))
        + f"]>{HEAD}{GOOD}>&b8;</tt>",
        f"{HEAD}{GOOD}>" + "<p>" * 5000 + "</p>" * 5000 + "</tt>",
        f"{HEAD}{GOOD}>" + "x" * (1 << 20) + "</tt>",
        f"{HEAD}{GOOD}>\ud800</tt>",
    ],
)
def test_what_is_no_document_is_refused(manager: HandoverManager, text: str) -> None:
    assert parse_document(f"{HEAD}{GOOD}/>").number == 1
    with pytest.raises(InvalidArgument) as raised:
        manager.receive(text)
    assert raised.value.field == "document"
    assert len(str(raised.value)) < 120


def test_paragraphs_in_one_another_are_read_once_and_not_without_end() -> None:
    """A megabyte of them came to 180 million letters, and to 19 s of a standing event loop."""
    document = Engine("engine-1").says("Сәлем, әлем")
    nested = document.replace("Сәлем", "<p>" * 200 + "Сәлем" + "</p>" * 200)
    assert parse_document(document).letters == parse_document(nested).letters == "сәлемәлем"
    endless = parse_document(document.replace("Сәлем", "<p>" * 200 + "a" * 900_000 + "</p>" * 200))
    assert len(endless.letters) < 10_000


def test_its_own_sequence_is_refused(manager: HandoverManager) -> None:
    with pytest.raises(InvalidArgument, match="made here"):
        manager.receive(Engine("on-air").says("loop"))
    with pytest.raises(InvalidArgument, match="another sequence"):
        manager.receive(Engine("a").says("one"), "b")


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ("", 0),
        ("<body/>", float("inf")),
        ('<body dur="2.5s"/>', 2.5),
        ('<body begin="12:00:03.000" dur="2s"/>', 5),
        ('<body begin="11:59:00.000" dur="2s"/>', 2),
        ('<body begin="00:00:01.000" dur="00:00:02"/>', 2),
        ('<body dur="soon"/>', float("inf")),
    ],
)
def test_how_long_a_document_is_shown(body: str, seconds: float) -> None:
    noon = 1_774_180_800.0
    document = parse_document(f"{HEAD}{GOOD}>{body}</tt>")
    assert shown_seconds(document, noon) == seconds
