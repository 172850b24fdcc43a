"""Text is read off the event loop."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator

import pytest

from streaming.synthesis import FLUSH, Ssml, TextInput, sentences_of
from streaming.synthesis.config import Flush
from text.spoken import SpeechText, SpeechTextOptions
from text.spoken.assembly import Assembler


async def given(*pieces: TextInput) -> AsyncIterator[TextInput]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize(
    "pieces",
    [("Hi there. And",), ("Hi", FLUSH), (Ssml("<speak>Hi there.</speak>"),)],
    ids=["pieces", "flush", "ssml"],
)
async def test_no_text_is_read_on_the_event_loop(
    pieces: tuple[TextInput, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However short: the first words of a language load its tables, which takes a second."""
    read_in: set[int] = set()
    read = Assembler.sentences

    def noted(self: Assembler, *args: object, **options: object) -> object:
        read_in.add(threading.get_ident())
        return read(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Assembler, "sentences", noted)
    front_end = SpeechText(SpeechTextOptions("en"))
    spoken = [item async for item in sentences_of(front_end, given(*pieces))]
    assert "Hi" in next(item.text for item in spoken if not isinstance(item, Flush))
    assert read_in
    assert threading.get_ident() not in read_in
