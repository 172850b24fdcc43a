"""Cache-aware streams: the text and times of whole windows, in batches, and when lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from foundation.errors import FailedPrecondition, NotFound, ResourceExhausted
from foundation.languages import LANGUAGES
from foundation.media_time import TICKS_PER_SECOND
from foundation.speech import Samples, StreamHypothesis, StreamOpening, StreamStep, Word
from tests.nemo.engines import CONTEXT, engine, fresh_engine, padded, request

if TYPE_CHECKING:
    from tests.nemo.tiny_models import TinyModels

WAYS: list[dict[str, Any]] = [
    {},
    {"context": (16, 1)},
    {"decoder": "ctc"},
    {"decoder": "ctc", "context": (16, 1)},
]


class Stream:
    """One stream of an engine, fed piece by piece."""

    count = 0

    def __init__(self, model: Any, samples: Samples, size: int) -> None:
        Stream.count += 1
        self.name = f"stream-{Stream.count}"
        self.samples, self.size, self.position = samples, size, 0
        self.committed: list[Word] = []
        self.answers: list[StreamHypothesis] = []
        model.open_stream(StreamOpening(self.name, LANGUAGES), CONTEXT)

    @property
    def done(self) -> bool:
        return self.position >= self.samples.size

    def step(self) -> StreamStep:
        piece = self.samples[self.position : self.position + self.size]
        last = self.position + piece.size >= self.samples.size
        return StreamStep(self.name, self.position, piece, last)

    def take(self, answer: StreamHypothesis) -> None:
        self.position += self.step().samples.size
        self.answers.append(answer)
        self.committed += answer.committed

    def run(self, model: Any) -> Stream:
        while not self.done:
            self.take(model.step_stream(self.step(), CONTEXT))
        return self

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.committed)


FRAME = TICKS_PER_SECOND * 8 // 100
"""An encoder frame. Where two are nearly as likely, in which of them a word begins depends on the
order of additions, which chunks change."""


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("size", [800, 2560, 5120, 16_000, 200_000])
def test_a_stream_says_what_the_window_says(
    tiny: TinyModels, way: dict[str, Any], size: int
) -> None:
    model = engine(tiny.folder("streaming"), **way)
    for sentence in tiny.sentences:
        samples = padded(tiny.samples(sentence))
        stream = Stream(model, samples, size).run(model)
        window = model.recognize(request(samples), CONTEXT)
        assert stream.text == sentence.text == window.text
        pairs = zip(stream.committed, window.words, strict=True)
        assert all(abs(word.start - other.start) <= FRAME for word, other in pairs)
        assert stream.answers[-1].language == sentence.language
    assert model.open_streams == 0


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_words_come_while_the_sentence_is_spoken(tiny: TinyModels, way: dict[str, Any]) -> None:
    model = engine(tiny.folder("streaming"), **way)
    samples = padded(tiny.samples(tiny.sentences[0]))
    stream = Stream(model, samples, 1600).run(model)
    early = [answer for answer in stream.answers[:-1] if answer.committed]
    assert len(early) >= 2
    assert any(answer.tentative for answer in stream.answers)
    assert not stream.answers[-1].tentative


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_streams_stepped_together_do_not_mix(tiny: TinyModels, way: dict[str, Any]) -> None:
    """Streams of several ages, lengths and piece sizes in every batch."""
    model = engine(tiny.folder("streaming"), **way)
    sentences = tiny.sentences
    sizes = (1600, 2560, 4000, 5120, 640, 8000, 3200, 1600)
    waiting = [
        Stream(model, padded(tiny.samples(sentence)), size)
        for sentence, size in zip(sentences, sizes, strict=True)
    ]
    streams = list(waiting)
    active: list[Stream] = []
    while waiting or active:
        if waiting:
            active.append(waiting.pop(0))
        steps = [stream.step() for stream in active]
        answers = model.call_batch("step_stream", steps, [CONTEXT] * len(steps))
        for stream, answer in zip(active, answers, strict=True):
            stream.take(answer)
        active = [stream for stream in active if not stream.done]
    assert [stream.text for stream in streams] == [sentence.text for sentence in sentences]


def test_a_long_stream_keeps_a_bounded_state(tiny: TinyModels) -> None:
    model = fresh_engine(tiny.folder("streaming"))
    said = [sentence for _ in range(3) for sentence in tiny.sentences]
    samples = np.concatenate([padded(tiny.samples(sentence)) for sentence in said])
    stream = Stream(model, samples, 16_000)
    largest = 0
    while not stream.done:
        stream.take(model.step_stream(stream.step(), CONTEXT))
        if not stream.done:
            _, state = model._streams[stream.name].state
            held = state.samples.size + len(state.tokens) + len(state.text)
            largest = max(largest, held)
    assert stream.text == " ".join(sentence.text for sentence in said)
    assert largest < 16_000


def test_killed_half_way_a_stream_is_gone_and_others_live(tiny: TinyModels) -> None:
    model = fresh_engine(tiny.folder("streaming"))
    first, second = (
        Stream(model, padded(tiny.samples(sentence)), 3200) for sentence in tiny.sentences[:2]
    )
    for stream in (first, second, first, second):
        stream.take(model.step_stream(stream.step(), CONTEXT))
    model.close_stream(first.name, CONTEXT)
    with pytest.raises(NotFound):
        model.step_stream(first.step(), CONTEXT)
    assert second.run(model).text == tiny.sentences[1].text
    assert model.open_streams == 0


def test_a_fault_in_the_middle_of_a_batch_changes_nothing(
    tiny: TinyModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fresh_engine(tiny.folder("streaming"))
    streams = [
        Stream(model, padded(tiny.samples(sentence)), 6400) for sentence in tiny.sentences[:3]
    ]
    whole, faults = model._chunked.advance, [0]

    def advance(states: Any) -> Any:
        faults[0] += 1
        if faults[0] % 5 == 3:
            raise RuntimeError("the device is gone for a moment")
        return whole(states)

    monkeypatch.setattr(model._chunked, "advance", advance)
    while active := [stream for stream in streams if not stream.done]:
        steps = [stream.step() for stream in active]
        try:
            answers = model.call_batch("step_stream", steps, [CONTEXT] * len(steps))
        except RuntimeError:
            continue
        for stream, answer in zip(active, answers, strict=True):
            stream.take(answer)
    assert faults[0] > 5
    assert [stream.text for stream in streams] == [s.text for s in tiny.sentences[:3]]


def test_bounds_of_streams(tiny: TinyModels) -> None:
    model = fresh_engine(tiny.folder("streaming"), max_streams=2)
    samples = padded(tiny.samples(tiny.sentences[0]))
    Stream(model, samples, 1600)
    Stream(model, samples, 1600)
    with pytest.raises(ResourceExhausted, match="2 of 2 streams"):
        Stream(model, samples, 1600)
    with pytest.raises(FailedPrecondition, match="not streams"):
        Stream(engine(tiny.folder("offline")), samples, 1600)


def test_bfloat16_streams(tiny: TinyModels) -> None:
    model = fresh_engine(tiny.folder("streaming"), "bfloat16")
    for sentence in tiny.sentences:
        assert Stream(model, padded(tiny.samples(sentence)), 3200).run(model).text == sentence.text
