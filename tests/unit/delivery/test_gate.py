"""What outputs are told: nothing while held, never what was said while killed."""

from __future__ import annotations

from dataclasses import replace

from foundation.media_time import from_seconds
from foundation.speech import Word
from streaming.cues.model import Cue
from streaming.delivery.gate import OutputGate, words_since
from streaming.session_events import (
    CaptionState,
    Cleared,
    CommittedText,
    ControlAction,
    Controlled,
    Corrected,
    CorrectedText,
    CueReady,
    FeedChanged,
    OutputChanged,
    OutputState,
    SessionEvent,
    SessionEventBody,
    SessionState,
    TentativeText,
)

ACTION = ControlAction


def words(text: str, start: float = 0.0) -> tuple[Word, ...]:
    """Words of a second each."""
    return tuple(
        Word(word, from_seconds(start + n), from_seconds(start + n + 1), 0.9, "heard")
        for n, word in enumerate(text.split())
    )


def cue(index: int, text: str, start: float = 0.0, *lines: str) -> Cue:
    said = words(text, start)
    return Cue(index, said[0].start, said[-1].end, lines or (text,), "kk", said)


class Air:
    """Numbers events as a session does, and keeps what comes out."""

    def __init__(self) -> None:
        self.gate = OutputGate()
        self.count = 0
        self.captions = CaptionState()

    def pass_on(self, body: SessionEventBody, track: str = "source") -> list[SessionEvent]:
        self.count += not isinstance(body, TentativeText)
        number = 0 if isinstance(body, TentativeText) else self.count
        return list(self.gate.admit(SessionEvent(number, 0.0, track, body)))

    def say(self, text: str, start: float = 0.0) -> list[SessionEvent]:
        return self.pass_on(CommittedText(words(text, start), "kk"))

    def mumble(self, text: str, start: float = 0.0) -> list[SessionEvent]:
        return self.pass_on(TentativeText(words(text, start), "kk"))

    def cue(self, index: int, text: str, start: float = 0.0, *lines: str) -> list[SessionEvent]:
        return self.pass_on(CueReady(cue(index, text, start, *lines)))

    def act(self, action: ControlAction, at: float = 0.0) -> list[SessionEvent]:
        changes = {
            ACTION.HOLD: {"held": True},
            ACTION.RELEASE: {"held": False},
            ACTION.KILL: {"killed": True},
            ACTION.RESTORE: {"killed": False},
        }
        self.captions = replace(self.captions, **changes.get(action, {}))
        return self.pass_on(Controlled(action, self.captions, "", from_seconds(at)))

    def correct(self, event_id: int, text: str, *cues: Cue, start: float = 0) -> list[SessionEvent]:
        texts = (CorrectedText(event_id, words(text, start)),) if event_id else ()
        return self.pass_on(Corrected(texts, cues))


def told(events: list[SessionEvent]) -> list[str]:
    """Ids and texts, for short."""
    out = []
    for event in events:
        match event.body:
            case CommittedText(said) | TentativeText(said):
                what = " ".join(word.text for word in said)
            case CueReady(cue):
                what = f"cue {cue.text}"
            case Corrected(texts, cues):
                what = " ".join(["corrected", *(t.text for t in texts), *(c.text for c in cues)])
            case Controlled(action):
                what = action.value
            case _:
                what = type(event.body).__name__
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
    assert air.say("қате", 1) == []
    assert air.mumble("тағы", 2) == []
    assert air.cue(1, "қате", 1) == []
    assert air.correct(3, "дұрыс", cue(1, "дұрыс", 1), start=1) == []
    assert told(air.act(ACTION.RELEASE)) == [
        "3 дұрыс",
        "4 cue дұрыс",
        "5 corrected дұрыс дұрыс",
        "6 release",
        "0 тағы",
    ]
    assert told(air.say("кейін", 3)) == ["7 кейін"]


def test_a_cue_whose_words_were_all_taken_away_while_held_is_not_shown() -> None:
    air = Air()
    air.act(ACTION.HOLD)
    air.say("шу")
    air.cue(1, "шу")
    air.correct(2, "", replace(cue(1, "шу"), lines=(), words=()))
    assert told(air.act(ACTION.RELEASE)) == ["2 ", "4 corrected ", "5 release"]


def test_what_cannot_wait_goes_out_at_once_and_again_in_its_place() -> None:
    air = Air()
    air.say("экранда")
    air.act(ACTION.HOLD)
    air.say("күтуде", 1)
    assert told(air.correct(1, "Экранда")) == ["0 corrected Экранда"]
    assert told(air.act(ACTION.CLEAR, 2)) == ["0 clear"]
    assert told(air.pass_on(Cleared())) == ["0 Cleared"]
    assert told(air.pass_on(FeedChanged(SessionState.STOPPED))) == ["0 FeedChanged"]
    assert told(air.act(ACTION.RELEASE, 3)) == [
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
    assert told(air.act(ACTION.KILL, at=1)) == ["2 kill"]
    assert air.say("құпия", start=1) == []
    assert air.mumble("құпия", start=1) == []
    assert air.cue(1, "бұрын құпия", start=0) == []
    assert told(air.act(ACTION.RESTORE, at=3)) == ["5 restore"]
    # Not by words, in any track, that are recognised or translated only now,
    assert told(air.say("құпия сөз кейін", start=1)) == ["6 кейін"]
    assert told(air.mumble("құпия", start=2)) == ["0 "]
    # nor by a cue that began then, nor by corrections.
    assert told(air.cue(2, "құпия сөз кейін", 1, "құпия", "сөз кейін")) == ["7 cue кейін"]
    assert told(air.correct(6, "Құпия Сөз Кейін", cue(2, "Құпия Сөз Кейін", 1), start=1)) == [
        "8 corrected Кейін Кейін"
    ]
    assert air.correct(3, "Құпия", cue(1, "Құпия", 1)) == []
    assert told(air.cue(3, "тағы", start=4)) == ["10 cue тағы"]


def test_a_kill_takes_what_was_held() -> None:
    air = Air()
    air.act(ACTION.HOLD)
    air.say("күтуде", start=1)
    assert told(air.act(ACTION.KILL, at=2)) == ["3 kill"]
    assert told(air.act(ACTION.RESTORE, at=2)) == ["0 restore"]
    assert told(air.act(ACTION.RELEASE, at=2)) == ["4 restore", "5 release"]
    assert air.cue(1, "күтуде", start=1) == []


def test_cleared_words_do_not_come_back_with_the_cue_that_is_finished_later() -> None:
    air = Air()
    air.say("ұят сөз", start=3)
    air.cue(1, "бұрын", 0)
    assert told(air.act(ACTION.CLEAR, at=5)) == ["3 clear"]
    air.say("кейінгі сөздер", start=5)
    assert told(air.cue(2, "ұят сөз кейінгі сөздер", 3, "ұят сөз кейінгі", "сөздер")) == [
        "5 cue кейінгі сөздер"
    ]
    # A cue that was out before is corrected whole.
    assert told(air.correct(0, "", cue(1, "Бұрын", 0))) == ["6 corrected Бұрын"]


def test_a_cue_is_cut_between_its_words_however_its_lines_are_broken() -> None:
    whole = cue(1, "электрстансасының құрылысы басталды", 0, "электрстан", "сасының құрылысы",
                "басталды")  # fmt: skip
    later = words_since(whole, from_seconds(1))
    assert later.lines == ("құрылысы", "басталды")
    assert (later.start, later.end) == (from_seconds(1), whole.end)
    assert words_since(whole, from_seconds(3)).lines == ()
    assert words_since(whole, 0) is whole


def test_what_was_heard_is_not_for_the_audience_once_it_is_corrected() -> None:
    air = Air()
    air.say("қате")
    (event,) = air.correct(1, "дұрыс")
    assert isinstance(event.body, Corrected)
    assert event.body.texts[0].words[0].spoken == ""


def test_how_outputs_fare_is_for_operators() -> None:
    assert Air().pass_on(OutputChanged("push", "youtube", OutputState.FAILING, "10.0.0.7")) == []


def test_a_gate_that_begins_late_knows_how_things_stand() -> None:
    gate = OutputGate(CaptionState(killed=True))
    event = SessionEvent(9, 0.0, "source", CommittedText(words("құпия"), "kk"))
    assert list(gate.admit(event)) == []
