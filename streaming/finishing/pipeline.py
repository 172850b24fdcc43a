"""The steps from recognised to finished words, in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from foundation.languages import Language
from foundation.speech import Word
from streaming.finishing.config import FinishingConfig
from text.normalisation import InverseNormaliser
from text.punctuation import Punctuator, TaggedPunctuator
from text.vocabulary import VocabularyCorrector, correct_words


class Pipeline:
    """Finishes words by one configuration; holds nothing of any text.

    Names come first, since a number may stand in one; then numbers; then punctuation, which sees
    the text as it will be read; then what must not be shown.

    Making one compiles tables and, for a large glossary, takes a second; keep it.
    """

    def __init__(self, config: FinishingConfig) -> None:
        self._config = config
        self._corrector: Callable[[Language], VocabularyCorrector] = cache(
            lambda language: VocabularyCorrector(config.glossary, language)
        )
        self._normaliser: Callable[[Language], InverseNormaliser] = cache(
            lambda language: InverseNormaliser(language, config.number_options)
        )
        self._punctuator: Punctuator = TaggedPunctuator(config.glossary)

    def prepare(self, languages: Sequence[Language]) -> None:
        """Compile the tables of ``languages`` now, rather than when the first word comes."""
        for language in languages:
            self._corrector(language)
            self._normaliser(language)

    def settled(
        self,
        words: Sequence[Word],
        following: Sequence[Word],
        language: Language,
        *,
        punctuated: bool,
    ) -> int:
        """How many leading ``words`` what is said after ``following`` will not change.

        The rest belong to a name or number that may go on, or want a mark that depends on the next
        word.
        """
        count = self._before_name(words, following, language, len(words))
        if self._config.numbers:
            named = self.name(words[:count], language)
            open_words = self._normaliser(language).open_tail([word.text for word in named])
            if open_words:
                count = _before(named[len(named) - open_words], words[:count])
        if count == len(words) and count and not (punctuated or following):
            count = _before(self.written(words, language)[-1], words)
        return self._before_name(words, following, language, count)

    def _before_name(
        self, words: Sequence[Word], following: Sequence[Word], language: Language, count: int
    ) -> int:
        """``count``, or less where a name reaches across that border or may."""
        if not self._config.glossary.entries or not count:
            return count
        together = [*words, *following]
        return count - self._corrector(language).open_tail(
            [word.text for word in together],
            [word.confidence for word in together],
            final=count,
        )

    def name(self, words: Sequence[Word], language: Language) -> tuple[Word, ...]:
        """The words with the glossary's names put right."""
        if not self._config.glossary.entries:
            return tuple(words)
        return correct_words(self._corrector(language), words)

    def write_numbers(self, words: Sequence[Word], language: Language) -> tuple[Word, ...]:
        """The words with numbers in digits."""
        if not self._config.numbers:
            return tuple(words)
        written = self._normaliser(language).rewrite([word.text for word in words])
        return tuple(_joined(words[each.first : each.last], each.text) for each in written)

    def written(self, words: Sequence[Word], language: Language) -> tuple[Word, ...]:
        """The words with names put right and numbers in digits."""
        return self.write_numbers(self.name(words, language), language)

    def punctuate(
        self, words: Sequence[Word], language: Language, *, ended: bool, continues: bool
    ) -> tuple[Word, ...]:
        """The words punctuated and capitalised; see ``Punctuator.restore``."""
        if not self._config.punctuation:
            return tuple(words)
        return self._punctuator.restore(words, language, ended=ended, continues=continues)

    def clean(self, words: Sequence[Word], language: Language) -> tuple[Word, ...]:
        """The words without what must not be shown."""
        return self._config.profanity.apply(words, language)

    def finish(
        self,
        words: Sequence[Word],
        language: Language,
        *,
        punctuated: bool,
    ) -> tuple[Word, ...]:
        """All steps on an utterance.

        Args:
            words: As recognised.
            language: Of the words.
            punctuated: The model gives punctuation itself.
        """
        written = self.written(words, language)
        if not punctuated:
            written = self.punctuate(written, language, ended=True, continues=False)
        return self.clean(written, language)


def prepared(config: FinishingConfig, languages: Sequence[Language]) -> Pipeline:
    """A pipeline whose tables are compiled; blocks for up to a second."""
    pipeline = Pipeline(config)
    pipeline.prepare(languages)
    return pipeline


def _before(border: Word, words: Sequence[Word]) -> int:
    """How many leading words begin before another, which stands for one or several of them."""
    return next((i for i, word in enumerate(words) if word.start >= border.start), len(words))


def _joined(words: Sequence[Word], text: str) -> Word:
    """One word in the place of several."""
    if len(words) == 1 and words[0].text == text:
        return words[0]
    return Word(
        text=text,
        start=words[0].start,
        end=words[-1].end,
        confidence=min(word.confidence for word in words),
        spoken=" ".join(word.spoken or word.text for word in words),
    )
