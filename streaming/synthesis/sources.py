"""Text as it comes becomes sentences to be spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeAlias

from streaming.synthesis.config import Flush
from text.spoken import SpeechText, SpokenSentence


@dataclass(frozen=True, slots=True)
class Ssml:
    """A whole document."""

    document: str


TextInput: TypeAlias = str | Ssml | Flush


async def sentences_of(
    front_end: SpeechText, pieces: AsyncIterator[TextInput]
) -> AsyncIterator[SpokenSentence | Flush]:
    """The sentences of a stream, each as soon as its end is certain.

    Text is read in threads: the first words of a language load its tables, which takes a second,
    and the event loop may have live sessions.

    Args:
        front_end: Reads the text.
        pieces: Text with its spaces, documents, flushes.

    Raises:
        InvalidArgument: nothing in all of it can be spoken, a part of it cannot, or a document is
            wrong (the message names its line and element).
    """
    stream = front_end.stream()
    documents = False
    async for piece in pieces:
        match piece:
            case Flush():
                for sentence in await asyncio.to_thread(stream.flush):
                    yield sentence
                yield piece
            case Ssml():
                documents = True
                for sentence in await asyncio.to_thread(stream.flush):
                    yield sentence
                for sentence in await asyncio.to_thread(front_end.ssml, piece.document):
                    yield sentence
            case str():
                for sentence in await asyncio.to_thread(stream.feed, piece):
                    yield sentence
    for sentence in await asyncio.to_thread(stream.flush if documents else stream.finish):
        yield sentence


async def whole(*pieces: TextInput) -> AsyncIterator[TextInput]:
    """A text that is there already."""
    for piece in pieces:
        yield piece
