"""From text or SSML to what a synthesiser renders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from foundation.errors import InvalidArgument
from foundation.languages import Language
from text.identification import identify
from text.normalisation import Normaliser
from text.sentences import split
from text.spoken.items import SpokenSentence, SpokenSpan, SpokenToken
from text.spoken.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class SpeechTextOptions:
    """How text is prepared.

    Raises:
        InvalidArgument: a bound is out of range.
    """

    language: Language | None = None
    """Of the text; None: told from each sentence."""

    other_languages: bool = True
    """Are words of other languages inside a sentence spans of their own?"""

    normalise: bool = True
    """Are numbers, abbreviations and signs put in words?"""

    max_sentence_characters: int = 1_000
    """A longer sentence is cut between words: 100 to 10 000."""

    drop_unspeakable: bool = False
    """Leave out letters of scripts that no voice speaks, with a note, instead of refusing them."""

    def __post_init__(self) -> None:
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
            InvalidArgument: it is not well-formed or holds what is not supported (``ssml``); the
                message names line, column, element and what is allowed.
        """
        raise InvalidArgument("ssml", "not supported yet")

    def stream(self) -> SpeechTextStream:
        """For text that comes in pieces."""
        return SpeechTextStream(self)


class SpeechTextStream:
    """Releases each sentence when it is certainly complete; holds at most one sentence of text.

    One stream belongs to one caller; errors are those of ``SpeechText.plain``, and a stream that
    raised goes on with the text after the sentence in question.
    """

    def __init__(self, front_end: SpeechText) -> None:
        self._front_end = front_end
        self._held = ""
        self._offset = 0

    def feed(self, piece: str) -> tuple[SpokenSentence, ...]:
        """The sentences that ``piece`` completes."""
        self._held += piece
        return ()

    def flush(self) -> tuple[SpokenSentence, ...]:
        """Whatever is held, complete or not: the writer pauses or a turn ends."""
        text, self._held = self._held, ""
        self._offset += len(text)
        return tuple(self._spoken(text))

    def finish(self) -> tuple[SpokenSentence, ...]:
        """The rest; the stream takes no more.

        Raises:
            InvalidArgument: the whole stream held nothing that can be spoken (``text``).
        """
        return self.flush()

    def _spoken(self, text: str) -> Iterable[SpokenSentence]:
        language = self._front_end.options.language
        if language is None:
            identified = identify(text)
            language = identified.language if identified else "en"
        normaliser = Normaliser(language)
        for sentence in split(text, language):
            words = normaliser.spoken(sentence.text)
            token = SpokenToken(0, len(words), sentence.start, sentence.end)
            yield SpokenSentence(
                (SpokenSpan(language, words, (token,)),), sentence.start, sentence.end
            )
