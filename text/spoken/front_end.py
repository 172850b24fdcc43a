"""From text or SSML to what a synthesiser renders."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from text.identification import identify
from text.sentences import split
from text.spoken.assembly import Assembler, MarkedText, ReadingOptions
from text.spoken.items import SpokenSentence
from text.spoken.lexicon import Lexicon
from text.spoken.ssml import Block, SsmlText, read_ssml
from text.spoken.streaming import Complete, SentenceStream


@dataclass(frozen=True, slots=True)
class SpeechTextOptions:
    """How text is prepared.

    Raises:
        InvalidArgument: a bound is out of range, or the language unknown.
    """

    language: Language | None = None
    """Of the text; None: told from each sentence."""

    other_languages: bool = True
    """May a sentence, or words inside it, be of another language and have spans of their own?"""

    normalise: bool = True
    """Are numbers, abbreviations and signs put in words?"""

    max_sentence_characters: int = 1_000
    """Of spoken text; a longer sentence is cut between words: 100 to 10 000."""

    drop_unspeakable: bool = False
    """Leave out letters of scripts that no voice speaks, with a note, instead of refusing them."""

    def __post_init__(self) -> None:
        if self.language is not None and self.language not in LANGUAGES:
            raise InvalidArgument(
                "language", f"{self.language!r} is not one of {', '.join(LANGUAGES)}"
            )
        if not 100 <= self.max_sentence_characters <= 10_000:
            raise InvalidArgument(
                "max_sentence_characters", f"{self.max_sentence_characters} is not 100 to 10000"
            )


class SpeechText:
    """The text front end of synthesis: pure, shareable between threads and calls."""

    def __init__(
        self, options: SpeechTextOptions | None = None, lexicon: Lexicon | None = None
    ) -> None:
        self.options = options or SpeechTextOptions()
        self.lexicon = lexicon or Lexicon()

    def plain(self, text: str) -> tuple[SpokenSentence, ...]:
        """A whole text.

        Raises:
            InvalidArgument: nothing in it can be spoken, or a part of it cannot (``text``).
        """
        stream = self.stream()
        return (*stream.feed(text), *stream.finish())

    def ssml(self, document: str) -> tuple[SpokenSentence, ...]:
        """A whole SSML document (docs/SPEECH_TEXT.md has the elements).

        Raises:
            InvalidArgument: it is not well-formed or holds what is not supported (``ssml``; the
                message names line, column, element and what is allowed), or nothing in it can be
                spoken.
        """
        read = read_ssml(document)
        assembler = self.assembler()
        sentences = tuple(
            sentence
            for index, block in enumerate(read.blocks)
            for sentence in self._block(read, block, assembler, index + 1 == len(read.blocks))
        )
        if not any(map(_is_said, sentences)):
            raise InvalidArgument("ssml", "holds nothing that can be spoken")
        return sentences

    def stream(self) -> SpeechTextStream:
        """For text that comes in pieces."""
        return SpeechTextStream(self)

    def assembler(self) -> Assembler:
        """Reads the sentences of one text."""
        options = self.options
        return Assembler(
            ReadingOptions(
                options.language,
                options.other_languages,
                options.normalise,
                options.max_sentence_characters,
                options.drop_unspeakable,
            ),
            self.lexicon,
        )

    def _block(
        self, read: SsmlText, block: Block, assembler: Assembler, last: bool
    ) -> Iterator[SpokenSentence]:
        bounds = [block.start, *self._boundaries(read, block), block.end]
        for index, (start, end) in enumerate(pairwise(bounds)):
            final = index + 2 == len(bounds)
            for sentence in assembler.sentences(
                read.text,
                start,
                end,
                ends_paragraph=final and block.ends_paragraph,
                last=final and last,
            ):
                if sentence.parts or sentence.notes:
                    yield sentence

    def _boundaries(self, read: SsmlText, block: Block) -> Iterator[int]:
        """Where sentences after the first begin, but inside what markup reads as one."""
        if block.one_sentence:
            return
        text = read.text.text[block.start : block.end]
        language = self.options.language
        if language is None:
            identified = identify(text)
            language = identified.language if identified else "en"
        for sentence in split(text, language)[1:]:
            at = block.start + sentence.start
            if not any(given.start < at < given.end for given in read.text.given):
                yield at


class SpeechTextStream:
    """Releases each sentence when it is certainly complete; holds at most one sentence of text.

    One stream belongs to one caller; errors are those of ``SpeechText.plain``. A stream that raised
    has left the sentence in question out; the next call gives what was read before and after it.
    """

    def __init__(self, front_end: SpeechText) -> None:
        options = front_end.options
        self._assembler = front_end.assembler()
        self._sentences = SentenceStream(options.language, options.max_sentence_characters)
        self._unread: deque[Complete] = deque()
        self._ready: list[SpokenSentence] = []
        self._spoken = False

    def feed(self, piece: str) -> tuple[SpokenSentence, ...]:
        """The sentences that ``piece`` completes."""
        self._unread.extend(self._sentences.feed(piece))
        return self._read()

    def flush(self) -> tuple[SpokenSentence, ...]:
        """Whatever is held, complete or not: the writer pauses or a turn ends."""
        self._unread.extend(self._sentences.flush())
        return self._read()

    def finish(self) -> tuple[SpokenSentence, ...]:
        """The rest.

        Raises:
            InvalidArgument: the whole stream held nothing that can be spoken (``text``).
        """
        rest = self.flush()
        if not self._spoken:
            raise InvalidArgument("text", "holds nothing that can be spoken")
        return rest

    def _read(self) -> tuple[SpokenSentence, ...]:
        while self._unread:
            each = self._unread.popleft()
            text = MarkedText(each.text, offset=each.start)
            read = self._assembler.sentences(
                text, 0, len(each.text), ends_paragraph=each.ends_paragraph, last=True
            )
            self._ready += (sentence for sentence in read if sentence.parts or sentence.notes)
        ready, self._ready = tuple(self._ready), []
        self._spoken = self._spoken or any(map(_is_said, ready))
        return ready


def _is_said(sentence: SpokenSentence) -> bool:
    """Has it a letter or a digit? A line of asterisks or of a dash has none."""
    return any(map(str.isalnum, sentence.text))
