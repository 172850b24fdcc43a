"""Text as it comes becomes sentences to be spoken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from streaming.synthesis.config import Flush
from text.spoken import SpeechText, SpokenSentence

_AT_ONCE: Final = 300
"""Characters: preparing so few takes less than a frame of video; more is done in a thread."""


@dataclass(frozen=True, slots=True)
class Ssml:
    """A whole document."""

    document: str


TextInput: TypeAlias = str | Ssml | Flush


async def sentences_of(
    front_end: SpeechText, pieces: AsyncIterator[TextInput]
) -> AsyncIterator[SpokenSentence | Flush]:
    """The sentences of a stream, each as soon as its end is certain.

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
                for sentence in stream.flush():
                    yield sentence
                yield piece
            case Ssml():
                documents = True
                for sentence in stream.flush():
                    yield sentence
                document = piece.document
                prepared = await _prepared(front_end.ssml, document)
                for sentence in prepared:
                    yield sentence
            case str():
                for sentence in await _prepared(stream.feed, piece):
                    yield sentence
    for sentence in stream.flush() if documents else stream.finish():
        yield sentence


async def _prepared(
    read: Callable[[str], tuple[SpokenSentence, ...]], text: str
) -> tuple[SpokenSentence, ...]:
    return await asyncio.to_thread(read, text) if len(text) > _AT_ONCE else read(text)


async def whole(*pieces: TextInput) -> AsyncIterator[TextInput]:
    """A text that is there already."""
    for piece in pieces:
        yield piece
