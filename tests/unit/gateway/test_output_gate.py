"""What outputs are told: nothing while held, never what was said while killed."""

from __future__ import annotations

from dataclasses import replace

from dauys.client import (
    CaptionState,
    Cleared,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    Cue,
    CueEvent,
    CueFinished,
    FeedChanged,
    LiveSessionState,
    TentativeText,
    Word,
)

from services.gateway.output_gate import OutputGate

ACTION = ControlAction


class Air:
    """Numbers events as a session does, and keeps what comes out."""

    def __init__(self) -> None:
        self.gate = OutputGate()
        self.count = 0
        self.captions = CaptionState()

    def pass_on(self, event: CueEvent) -> list[CueEvent]:
        return list(self.gate.admit(event))

    def head(self, track: str = "source") -> tuple[int, str, float, int]:
        self.count += 1
        return self.count, track, 0.0, 0

    def say(self, text: str, start: float = 0.0) -> list[CueEvent]:
        word = Word(text, start, start + 1, 0.9)
        return self.pass_on(CommittedText(*self.head(), text, "kk", (word,), start, start + 1))

    def mumble(self, text: str) -> list[CueEvent]:
        return self.pass_on(TentativeText(0, "source", 0.0, 0, text, "kk", 0.0, 1.0))

    def cue(self, index: int, text: str, start: float = 0.0) -> list[CueEvent]:
        return self.pass_on(CueFinished(*self.head(), Cue(index, start, start + 1, (text,), "kk")))

    def act(self, action: ControlAction) -> list[CueEvent]:
        changes = {
            ACTION.HOLD: {"held": True},
            ACTION.RELEASE: {"held": False},
            ACTION.KILL: {"killed": True},
            ACTION.RESTORE: {"killed": False},
        }
        self.captions = replace(self.captions, **changes.get(action, {}))
        return self.pass_on(Controlled(*self.head(), action, self.captions, ""))

    def correct(self, event_id: int, text: str, *cues: Cue) -> list[CueEvent]:
        words = tuple(Word(word, 0, 1, 1.0) for word in text.split())
        texts = (CorrectedText(event_id, text, words),) if event_id else ()
        return self.pass_on(Corrected(*self.head(), texts, cues, ""))


def told(events: list[CueEvent]) -> list[str]:
    """Ids and texts, for short."""
    out = []
    for event in events:
        match event:
            case CommittedText() | TentativeText():
                what = event.text
            case CueFinished():
                what = f"cue {event.cue.lines[0]}"
            case Corrected():
                what = "corrected " + " ".join(
                    [t.text for t in event.texts] + [c.lines[0] for c in event.cues]
                )
            case Controlled():
                what = event.action.name.lower()
            case _:
                what = type(event).__name__
        out.append(f"{event.event_id} {what}")
    return out


def test_all_goes_out_while_nobody_acts() -> None:
    air = Air()
    assert told(air.say("бір")) == ["1 бір"]
    assert told(air.mumble("екі")) == ["0 екі"]
    assert told(air.cue(1, "бір")) == ["2 cue бір"]
    assert told(air.correct(1, "Бір")) == ["3 corrected Бір"]


def test_held_text_waits_and_goes_out_in_order_as_it_reads_by_then() -> None:
    air = Air()
    air.say("бұрын")
    assert told(air.act(ACTION.HOLD)) == ["2 hold"]
    assert air.say("қате") == []
    assert air.mumble("тағы") == []
    assert air.cue(1, "қате") == []
    assert air.correct(3, "дұрыс", Cue(1, 0, 1, ("дұрыс",), "kk")) == []
    assert told(air.act(ACTION.RELEASE)) == [
        "3 дұрыс",
        "4 cue дұрыс",
        "5 corrected дұрыс дұрыс",
        "6 release",
        "0 тағы",
    ]
    assert told(air.say("кейін")) == ["7 кейін"]


def test_what_cannot_wait_goes_out_at_once_and_again_in_its_place() -> None:
    air = Air()
    air.say("экранда")
    air.act(ACTION.HOLD)
    air.say("күтуде")
    assert told(air.correct(1, "Экранда")) == ["0 corrected Экранда"]
    assert told(air.act(ACTION.CLEAR)) == ["0 clear"]
    assert told(air.pass_on(Cleared(*air.head()))) == ["0 Cleared"]
    ended = FeedChanged(*air.head(), LiveSessionState.STOPPED, "")
    assert told(air.pass_on(ended)) == ["0 FeedChanged"]
    assert told(air.act(ACTION.RELEASE)) == [
        "3 күтуде",
        "4 corrected Экранда",
        "5 clear",
        "6 Cleared",
        "7 FeedChanged",
        "8 release",
    ]


def test_what_was_said_while_killed_is_never_told() -> None:
    air = Air()
    air.say("бұрын", start=0)
    assert told(air.act(ACTION.KILL)) == ["2 kill"]
    assert air.say("құпия", start=1) == []
    assert air.mumble("құпия") == []
    assert air.cue(1, "бұрын құпия", start=0) == []
    assert told(air.act(ACTION.RESTORE)) == ["5 restore"]
    # Not by a cue that began then, nor by a correction of it.
    assert air.cue(2, "құпия сөз", start=1.5) == []
    assert air.correct(3, "Құпия", Cue(2, 1.5, 2.5, ("Құпия",), "kk")) == []
    assert told(air.say("кейін", start=3)) == ["8 кейін"]
    assert told(air.cue(3, "кейін", start=3)) == ["9 cue кейін"]


def test_a_kill_takes_what_was_held() -> None:
    air = Air()
    air.act(ACTION.HOLD)
    air.say("күтуде", start=1)
    assert told(air.act(ACTION.KILL)) == ["3 kill"]
    assert told(air.act(ACTION.RESTORE)) == ["0 restore"]
    assert told(air.act(ACTION.RELEASE)) == ["4 restore", "5 release"]
    assert air.cue(1, "күтуде", start=1) == []


def test_a_gate_that_begins_late_knows_how_things_stand() -> None:
    gate = OutputGate(CaptionState(killed=True))
    word = Word("құпия", 0, 1, 0.9)
    assert list(gate.admit(CommittedText(9, "source", 0.0, 0, "құпия", "kk", (word,), 0, 1))) == []
