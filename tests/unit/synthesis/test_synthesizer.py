"""Joined speech: order, joins, pauses, marks, voices, bounds and ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import numpy as np
import pytest

from foundation.errors import InvalidArgument, NotFound, Unavailable
from foundation.synthesis import SynthesisRequest, SynthesizedSpeech
from streaming.synthesis.config import FLUSH, Flush, Manner, Sound, SynthesisConfig
from streaming.synthesis.levels import LevelBook
from streaming.synthesis.loudness import integrated_loudness, true_peak
from streaming.synthesis.notice import NOTICES
from streaming.synthesis.tag import TAG_SECONDS
from streaming.synthesis.voices import VoicePlan
from tests.unit.synthesis.voices import (
    CARDS,
    DEFAULTS,
    LEVEL,
    RATE,
    VOICES,
    abrupt,
    given,
    in_pieces,
    joined,
    pool,
    sentence,
    span,
    spoken,
    synthesizer,
    tone,
)
from text.spoken import Break, Mark, Prosody, SpokenSentence, VoiceChoice
from workers.interface import Task

STEP_OF_A_TONE = LEVEL * 2 * np.pi * 200 / RATE
"""The largest difference between two neighbouring samples of the tone itself."""


def requests(workers: object) -> list[SynthesisRequest]:
    tasks: list[Task] = workers.tasks  # type: ignore[attr-defined]
    return [task.payload for task in tasks if task.method == "synthesize"]


async def test_sentences_are_joined_without_a_click() -> None:
    workers = pool(abrupt)
    config = SynthesisConfig(sentence_pause=0)
    texts = [sentence("алма", language="kk"), sentence("екі сөз", language="kk")]
    samples = joined(await spoken(synthesizer(workers, config), *texts, *texts))
    await workers.aclose()
    # The raw utterances begin and end at full level: end to end they would step by 0.5.
    assert np.abs(np.diff(samples)).max() <= STEP_OF_A_TONE * 1.05
    assert samples[0] == samples[-1] == 0


async def test_words_of_two_voices_in_one_sentence_lie_close_without_a_click() -> None:
    workers = pool()
    plan = VoicePlan(defaults=DEFAULTS, by_language={"en": "en-voice"}, cards=CARDS)
    mixed = sentence(span("бір екі", "kk"), span("three", "en"), span("төрт", "kk"))
    sounds = await spoken(synthesizer(workers, plan=plan), mixed)
    await workers.aclose()
    samples = joined(sounds)
    assert np.abs(np.diff(samples)).max() <= STEP_OF_A_TONE * 1.1
    assert [sound.voice for sound in sounds] == ["kk-voice", "en-voice", "kk-voice"]
    assert {sound.sample_rate for sound in sounds} == {RATE}, "all at the first voice's rate"
    # 0.2 s of quiet between two of them became 0.06 s: the outer quiet stayed.
    assert samples.size / RATE == pytest.approx(0.1 + 4 * 0.2 + 2 * 0.06 + 0.1, abs=0.01)
    loud = [np.sqrt(np.mean(sound.samples**2)) for sound in sounds]
    assert max(loud) / min(loud) < 1.6, "neither swells at a join"


async def test_pauses_follow_sentences_paragraphs_and_breaks() -> None:
    workers = pool()
    config = SynthesisConfig(sentence_pause=0.3, paragraph_pause=0.7)
    one = sentence("one")
    sounds = await spoken(
        synthesizer(workers, config, rate_for=lambda _: RATE),
        one,
        replace(one, ends_paragraph=True),
        sentence("two", Break(0.5), "three"),
        sentence(Break(0.0), "at once"),
        sentence("last"),
    )
    await workers.aclose()
    silences = [sound.samples.size / RATE for sound in sounds if not sound.voice]
    assert silences == [0.3, 0.7, 0.5, 0.3], "none after the last, none where a break says so"


async def test_lines_without_a_letter_are_not_asked_of_a_voice() -> None:
    """Asterisks between paragraphs: voices refuse them, and the whole text failed."""
    loud = Prosody(volume=6.0)
    workers = pool()
    items = (sentence("one"), sentence("* * *"), sentence("two", span("—", prosody=loud)))
    sounds = await spoken(synthesizer(workers), *items)
    assert [request.text for request in requests(workers)] == ["one", "two"]
    marks = [mark.text for sound in sounds for mark in sound.marks if mark.kind == "sentence"]
    assert len(marks) == 2
    await workers.aclose()


async def test_long_breaks_come_in_pieces_of_a_second() -> None:
    workers = pool()
    sounds = await spoken(synthesizer(workers), sentence("one", Break(3.5), "two"))
    await workers.aclose()
    silences = [sound.samples.size / sound.sample_rate for sound in sounds if not sound.voice]
    assert silences == pytest.approx([1, 1, 1, 0.5], abs=1e-4)


async def test_words_sentences_and_marks_have_their_times() -> None:
    workers = pool()
    text = sentence("бір", Mark("here", 4), "екі", language="kk")
    sounds = await spoken(synthesizer(workers), text, sentence("үш", language="kk"))
    await workers.aclose()
    marks = [mark for sound in sounds for mark in sound.marks]
    assert [(mark.kind, mark.text) for mark in marks] == [
        ("word", "бір"),
        ("mark", "here"),
        ("word", "екі"),
        ("sentence", "бір екі"),
        ("word", "үш"),
        ("sentence", "үш"),
    ]
    samples = joined(sounds)
    for mark in marks:
        if mark.kind == "word":
            inside = samples[mark.start : mark.end]
            assert (mark.end - mark.start) / RATE == pytest.approx(0.2, abs=0.002)
            assert np.sqrt(np.mean(inside**2)) == pytest.approx(LEVEL / np.sqrt(2), rel=0.1)
            assert mark.voice == "kk-voice"
    here = marks[1]
    assert here.start == here.end
    assert marks[0].end <= here.start <= marks[2].start
    assert (marks[3].start, marks[5].end) == (0, samples.size)


async def test_rate_pitch_and_volume_add_to_the_texts_own_within_bounds() -> None:
    workers = pool()
    manner = Manner(rate=2, pitch=-10, volume=-6)
    text = sentence(
        span("plain"), span("high", prosody=Prosody(4, 5, -6)), span("low", prosody=Prosody(1, -9))
    )
    sounds = await spoken(synthesizer(workers, SynthesisConfig(manner)), text)
    await workers.aclose()
    asked = requests(workers)
    assert [one.rate for one in asked] == [2, 4, 2]
    assert [one.pitch for one in asked] == [-10, -5, -12]
    peaks = [np.abs(sound.samples).max() for sound in sounds]
    assert peaks == pytest.approx([LEVEL / 2, LEVEL / 4, LEVEL / 2], rel=0.02)


async def test_what_is_made_louder_is_limited_not_clipped() -> None:
    workers = pool()
    [sound] = await spoken(
        synthesizer(workers, SynthesisConfig(Manner(volume=20))), sentence("loud words here")
    )
    await workers.aclose()
    assert -2 < true_peak(sound.samples, sound.sample_rate) <= -0.99


async def test_silent_prosody_is_silence() -> None:
    workers = pool()
    silent = span("hush", prosody=Prosody(volume=-np.inf))
    [sound] = await spoken(synthesizer(workers), sentence(silent))
    await workers.aclose()
    assert not sound.samples.any()


async def test_a_named_voice_speaks_what_it_can_and_others_the_rest() -> None:
    workers = pool()
    plan = VoicePlan("kk-voice", "f1", defaults=DEFAULTS, cards=CARDS)
    sounds = await spoken(
        synthesizer(workers, plan=plan),
        sentence("сәлем", language="kk"),
        sentence("привет", language="ru"),
        sentence(span("бұл біздің сөзіміз", "kk"), span("привет", "ru")),
        sentence("hello", language="en"),
    )
    await workers.aclose()
    said = [(sound.voice, sound.speaker) for sound in sounds if sound.voice]
    assert said == [
        ("kk-voice", "f1"),
        ("ru-voice", ""),  # a whole sentence: by the voice of its language
        ("kk-voice", "f1"),  # one word of it: in the accent of the sentence's voice
        ("en-voice", ""),
    ]
    assert [len(one.spans) for one in requests(workers)] == [1, 1, 2, 1]


async def test_a_mixed_sentence_belongs_to_the_voice_of_most_of_it() -> None:
    workers = pool()
    sounds = await spoken(
        synthesizer(workers),
        sentence("hello", language="en"),
        sentence(span("привет", "ru"), span("менің қымбатты достарым", "kk")),
        sentence(span("hi", "en"), span("менің қымбатты достарым", "kk")),
    )
    await workers.aclose()
    said = [sound.voice for sound in sounds if sound.voice]
    # The Kazakh voice reads Russian in its accent, and no English.
    assert said == ["en-voice", "kk-voice", "en-voice", "kk-voice"]


async def test_ssml_chooses_voices_speakers_and_genders() -> None:
    workers = pool()

    def by(choice: VoiceChoice) -> SpokenSentence:
        return sentence(span("сөз", "kk", voice=choice))

    sounds = await spoken(
        synthesizer(workers),
        by(VoiceChoice(gender="female")),
        by(VoiceChoice(("nobody", "kk-voice/f1"))),
        by(VoiceChoice(("Асан",))),
        by(VoiceChoice(gender="neutral")),
        sentence(span("word", voice=VoiceChoice(gender="female"))),
    )
    said = [(sound.voice, sound.speaker) for sound in sounds if sound.voice]
    assert said == [
        ("kk-voice", "f1"),
        ("kk-voice", "f1"),
        ("kk-voice", "m1"),
        ("kk-voice", ""),
        ("en-voice", ""),
    ]
    with pytest.raises(InvalidArgument, match=r"'nobody'.*kk-voice, en-voice"):
        await spoken(synthesizer(workers), by(VoiceChoice(("nobody",))))
    with pytest.raises(InvalidArgument, match="does not speak kk"):
        await spoken(synthesizer(workers), by(VoiceChoice(("en-voice",))))
    await workers.aclose()


async def test_ipa_goes_only_to_voices_that_read_it() -> None:
    workers = pool()
    await spoken(
        synthesizer(workers),
        sentence(span("бір", "kk", ipa="bɪr")),
        sentence(span("раз", "ru", ipa="ras")),
    )
    await workers.aclose()
    assert [one.spans[0].phonemes for one in requests(workers)] == ["bɪr", ""]


async def test_a_language_that_nobody_speaks_is_not_found() -> None:
    workers = pool()
    only = VoicePlan(defaults={"kk": "kk-voice"}, cards=CARDS)
    with pytest.raises(NotFound, match="en"):
        await spoken(synthesizer(workers, plan=only), sentence("hello"))
    [sound] = await spoken(synthesizer(workers, plan=only), sentence("сәлем", language="kk"))
    assert sound.voice == "kk-voice"
    await workers.aclose()


async def test_only_a_few_sentences_are_spoken_ahead() -> None:
    workers = pool()
    read = 0

    async def endless() -> AsyncIterator[SpokenSentence | Flush]:
        nonlocal read
        while True:
            read += 1
            yield sentence("one more")

    speaker = synthesizer(workers, SynthesisConfig(ahead=2, sentence_pause=0))
    async with aclosing(speaker.speak(endless())) as sounds:
        taken = 0
        async for _ in sounds:
            taken += 1
            await asyncio.sleep(0)
            assert read <= taken + 4
            if taken == 50:
                break
    assert len(requests(workers)) <= 54
    await workers.aclose()


async def test_leaving_early_withdraws_what_waits() -> None:
    begun, release = threading.Event(), threading.Event()
    calls = []

    def slow(task: Task) -> SynthesizedSpeech:
        calls.append(task)
        if len(calls) > 1:
            begun.set()
            assert release.wait(30)
        return tone(task)

    workers = pool(slow)
    speaker = synthesizer(workers)
    sounds = speaker.speak(given(*[sentence("word")] * 10))
    assert isinstance(await anext(sounds), Sound)
    await asyncio.to_thread(begun.wait, 30)
    await asyncio.wait_for(sounds.aclose(), 5)  # while the second still runs
    release.set()
    await workers.aclose()
    assert len(calls) == 2, "what waited in the pool's queue never ran"


async def test_a_fault_comes_after_the_audio_before_it() -> None:
    def failing(task: Task) -> SynthesizedSpeech:
        if task.payload.text == "bad":
            raise Unavailable("the voice is gone")
        return tone(task)

    workers = pool(failing)
    heard = []
    with pytest.raises(Unavailable):
        async with aclosing(
            synthesizer(workers).speak(given(sentence("good"), sentence("bad"), sentence("never")))
        ) as sounds:
            async for sound in sounds:
                heard.append(sound)
    assert [sound.voice for sound in heard if isinstance(sound, Sound) and sound.voice] == [
        "en-voice"
    ]
    await workers.aclose()


async def test_a_fault_of_the_input_comes_after_what_was_sent_before_it() -> None:
    workers = pool()

    async def broken() -> AsyncIterator[SpokenSentence | Flush]:
        yield sentence("good")
        raise InvalidArgument("text", "cannot be spoken")

    heard = []
    with pytest.raises(InvalidArgument):
        async with aclosing(synthesizer(workers).speak(broken())) as sounds:
            async for sound in sounds:
                heard.append(sound)
    assert len(heard) == 1
    await workers.aclose()


async def test_a_flush_comes_after_the_sound_before_it() -> None:
    workers = pool()
    items = [
        item
        async for item in synthesizer(workers).speak(
            given(sentence("one"), FLUSH, sentence("two"), FLUSH)
        )
    ]
    await workers.aclose()
    kinds = [type(item).__name__ if not isinstance(item, Sound) else item.voice for item in items]
    assert kinds == ["en-voice", "Flush", "", "en-voice", "Flush"]


async def test_breaks_and_marks_may_come_before_the_first_word() -> None:
    workers = pool()
    speaker = synthesizer(workers)
    sounds = await spoken(speaker, sentence(Break(0.5), Mark("a", 0), "hello"))
    assert speaker.sample_rate == VOICES["en-voice"].sample_rate
    assert {sound.sample_rate for sound in sounds} == {speaker.sample_rate}
    assert sounds[0].samples.size == speaker.sample_rate // 2
    only = await spoken(synthesizer(workers), sentence(Break(0.5)))
    assert only[0].samples.size == 12_000
    await workers.aclose()


async def test_the_notice_is_spoken_first_by_the_texts_own_voice() -> None:
    workers = pool()
    sounds = await spoken(
        synthesizer(workers, SynthesisConfig(spoken_notice=True)),
        sentence(Break(0.1)),
        sentence("сәлем", language="kk"),
        sentence("тағы", language="kk"),
    )
    await workers.aclose()
    assert [one.text for one in requests(workers)] == [NOTICES["kk"], "сәлем", "тағы"]
    assert {sound.voice for sound in sounds if sound.voice} == {"kk-voice"}


async def test_the_tag_sounds_at_the_start_and_every_half_minute() -> None:
    workers = pool()
    tagged = SynthesisConfig(audible_tag=True)
    text = (sentence("a"), sentence(Break(65.0)), sentence("b"))
    plain = joined(await spoken(synthesizer(workers), *text))
    samples = joined(await spoken(synthesizer(workers, tagged), *text))
    await workers.aclose()
    added = np.abs(samples - plain)
    rate = VOICES["en-voice"].sample_rate
    places = np.flatnonzero(added > 1e-4) / rate
    assert {int(place // 30) for place in places} == {0, 1, 2}
    assert ((places % 30) <= TAG_SECONDS).all()
    assert added.max() < 0.03


@pytest.mark.parametrize("target", [-23.0, -16.0])
async def test_a_stream_is_brought_to_its_loudness_from_its_first_sentence(target: float) -> None:
    workers = pool()
    levels = LevelBook()
    config = SynthesisConfig(loudness=target)
    text = [sentence("one two three four five six seven eight nine ten") for _ in range(4)]
    first = joined(await spoken(synthesizer(workers, config, levels=levels), *text))
    again = joined(await spoken(synthesizer(workers, config, levels=levels), *text))
    await workers.aclose()
    rate = VOICES["en-voice"].sample_rate
    for samples in (first, again):
        # R 128 grants live programmes 1 LU: pauses between sentences are heard, too.
        assert integrated_loudness(samples, rate) == pytest.approx(target, abs=1.0)
        assert true_peak(samples, rate) <= -0.99
    thirds = [integrated_loudness(part, rate) for part in np.array_split(first, 3)]
    assert max(thirds) - min(thirds) < 1.0, "no step within a stream"  # type: ignore[type-var, operator]


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000])
async def test_pieces_of_a_sentence_make_the_same_sound_as_the_whole(rate: int) -> None:
    workers = pool(in_pieces)
    plan = VoicePlan("en-streaming", defaults=DEFAULTS, cards=CARDS)
    text = (sentence("one two three four"), sentence("five six"))
    results = {}
    for pieces in (False, True):
        config = SynthesisConfig(Manner(volume=-3), pieces=pieces)
        speaker = synthesizer(workers, config, plan, rate_for=lambda _: rate)
        results[pieces] = await spoken(speaker, *text)
    await workers.aclose()
    whole, parts = joined(results[False]), joined(results[True])
    assert len(results[True]) > len(results[False]) + 3, "the first sentence came in pieces"
    methods = [task.method for task in workers.tasks if task.method != "capabilities"]
    assert methods == ["synthesize", "synthesize", "stream_synthesis", "synthesize"]
    assert abs(whole.size - parts.size) <= 2
    size = min(whole.size, parts.size)
    assert np.abs(whole[:size] - parts[:size]).max() < 0.02
    highest_step = LEVEL * 2 * np.pi * 200 / rate
    assert np.abs(np.diff(parts)).max() <= highest_step * 1.3
    marks = {
        pieces: [mark for sound in sounds for mark in sound.marks]
        for pieces, sounds in results.items()
    }
    assert [mark.text for mark in marks[True]] == [mark.text for mark in marks[False]]
    for one, other in zip(marks[True], marks[False], strict=True):
        assert abs(one.start - other.start) <= 2
        assert abs(one.end - other.end) <= 2
    for sound_start, sound in _places(results[True]):
        for mark in sound.marks:
            if mark.kind == "word":
                assert mark.start < sound_start + sound.samples.size + 0.1 * rate


def _places(sounds: list[Sound]) -> list[tuple[int, Sound]]:
    places, position = [], 0
    for sound in sounds:
        places.append((position, sound))
        position += sound.samples.size
    return places


async def test_pieces_joined_inside_a_sentence_lose_the_quiet_between() -> None:
    def quiet_ends(task: Task) -> object:
        if task.method == "synthesize":
            return tone(task)
        whole_tone = tone(task)
        half = whole_tone.samples.size // 2
        first = replace(whole_tone, samples=whole_tone.samples[:half], last=False)
        return iter([first, replace(whole_tone, samples=whole_tone.samples[half:], words=())])

    workers = pool(quiet_ends)
    plan = VoicePlan("en-streaming", defaults=DEFAULTS, cards=CARDS)
    text = sentence(span("one two"), span("three", prosody=Prosody(volume=-6)))
    sounds = await spoken(synthesizer(workers, plan=plan), text)
    await workers.aclose()
    rate = VOICES["en-streaming"].sample_rate
    assert [task.method for task in workers.tasks][1:] == ["stream_synthesis", "synthesize"]
    seconds = joined(sounds).size / rate
    assert seconds == pytest.approx(0.1 + 0.4 + 0.03 + 0.03 + 0.2 + 0.1, abs=0.01)


async def test_what_must_know_its_end_does_not_come_in_pieces() -> None:
    workers = pool(in_pieces)
    plan = VoicePlan("en-streaming", defaults=DEFAULTS, cards=CARDS)
    for config in (
        SynthesisConfig(loudness=-20),
        SynthesisConfig(Manner(volume=3)),
        SynthesisConfig(pieces=False),
    ):
        await spoken(synthesizer(workers, config, plan), sentence("one two"))
    await workers.aclose()
    assert "stream_synthesis" not in {task.method for task in workers.tasks}


LONG = (
    "Heavy snow is expected in the mountains tonight, and all drivers are asked to leave their "
    "cars at home, until the roads are clear, which may take until the end of the week or longer."
)


async def test_a_long_first_sentence_is_parted_where_it_pauses() -> None:
    """What comes before its last early pause is spoken, in pieces, before the rest is read."""
    workers = pool(in_pieces)
    plan = VoicePlan("en-streaming", cards=CARDS)
    sounds = await spoken(synthesizer(workers, plan=plan), sentence(LONG), sentence(LONG))
    await workers.aclose()
    asked = [(task.method, task.payload.text) for task in workers.tasks if task.payload]
    first = "Heavy snow is expected in the mountains tonight, and all drivers are asked to leave "
    first += "their cars at home,"
    assert asked == [
        ("stream_synthesis", first),
        ("synthesize", LONG.removeprefix(first).lstrip()),
        ("synthesize", LONG),  # nobody waits for it
    ]
    marks = [mark for sound in sounds for mark in sound.marks]
    words = [mark for mark in marks if mark.kind == "word"][: len(LONG.split())]
    assert [LONG[mark.source_start : mark.source_end] for mark in words] == LONG.split()
    starts = [mark.start for mark in words]
    assert starts == sorted(starts)
    whole, _ = (mark for mark in marks if mark.kind == "sentence")
    assert (whole.text, whole.start) == (LONG, 0)
    assert words[-1].end <= whole.end
    assert np.abs(np.diff(joined(sounds))).max() <= STEP_OF_A_TONE * 1.1


@pytest.mark.parametrize(
    ("text", "config"),
    [
        (LONG.replace(",", ""), SynthesisConfig()),
        (LONG[:130] + ".", SynthesisConfig()),
        ("Tonight, " + LONG.replace(",", ""), SynthesisConfig()),
        (LONG, SynthesisConfig(pieces=False)),
        (LONG, SynthesisConfig(loudness=-23.0)),
    ],
)
async def test_other_sentences_are_spoken_as_a_whole(text: str, config: SynthesisConfig) -> None:
    workers = pool(in_pieces)
    plan = VoicePlan("en-streaming", cards=CARDS)
    await spoken(synthesizer(workers, config, plan=plan), sentence(text))
    await workers.aclose()
    assert [task.payload.text for task in workers.tasks if task.payload] == [text]


async def test_a_given_pronunciation_is_not_parted() -> None:
    workers = pool(in_pieces)
    plan = VoicePlan("en-streaming", cards=CARDS)
    before = span("An old word of the mountains, he said,", ipa="ɐn oʊld wɜːd")
    after = span(LONG)
    await spoken(synthesizer(workers, plan=plan), sentence(before, after))
    await workers.aclose()
    spans = [task.payload.spans for task in workers.tasks if task.payload]
    assert [one.phonemes for one in spans[0]] == ["ɐn oʊld wɜːd", ""]
    assert spans[0][1].text == "Heavy snow is expected in the mountains tonight,"
    assert [one.text for one in spans[1]] == [LONG.removeprefix(spans[0][1].text).lstrip()]
