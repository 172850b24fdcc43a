"""Texts of any of the languages into one: identified, translated, in the letters asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from foundation.languages import Language
from streaming.translation import (
    MemoryLookup,
    Origin,
    Protector,
    Search,
    TranslatedSentence,
    TranslatedText,
    TranslationModels,
    Translator,
    TranslatorConfig,
    computed,
    term_protector,
)
from text.identification import identify
from text.terms import TermBase, compile_terms, missing_terms
from text.transliteration import to_latin
from workers.interface import WorkerPool

_SURE_LETTERS: Final = 40
"""A shorter text among others is taken for what they are, unless its letters leave no doubt."""

_NO_DOUBT: Final = 0.9


@dataclass(frozen=True, slots=True)
class TextJob:
    """How texts are translated for a caller."""

    models: TranslationModels
    target: Language
    source: Language | None = None
    """None: identified, text by text."""

    terms: TermBase = field(default_factory=TermBase)
    memory: MemoryLookup | None = None
    search: Search = field(default_factory=Search)
    latin: bool = False
    """Kazakh in the Latin alphabet of 2021."""

    line_breaks: bool = True
    """Does every line break end a sentence?"""

    one_document: bool = False
    """The texts belong together: short ones are in the language of the others."""

    target_field: str = "target"
    """The path that errors name the target by."""

    def protector(self, source: Language, target: Language) -> Protector:
        """What must not be translated of a pair, or only as the terms say."""
        return term_protector(self.terms, source, target)

    async def prepare_protector(self, source: Language, target: Language) -> None:
        """Compile the terms of a pair in a thread: it takes a second for many."""
        if self.terms.terms:
            await asyncio.to_thread(compile_terms, self.terms, (source, target))


@dataclass(frozen=True, slots=True)
class TextResult:
    """One text's translation."""

    text: str
    source: Language | None
    """None: no letters to tell by."""

    sentences: tuple[TranslatedSentence, ...]

    lacking_terms: tuple[bool, ...]
    """Of each sentence: is a required term not in it?"""

    models: tuple[str, ...] = ()
    pivot: Language | None = None


async def translate_texts(
    pool: WorkerPool,
    job: TextJob,
    texts: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
) -> list[TextResult]:
    """Translate texts; one result each, in order.

    Those that are in the target language already are copied.

    Args:
        pool: Where the models run.
        job: See ``TextJob``.
        texts: Any number of any length.
        progress: Told how many sentences are done, and of how many; both rise as one language
            after the other is taken up.

    Raises:
        InvalidArgument: no model serves a pair that is needed.
        DauysError: whatever the pool raises.
    """
    characters = sum(map(len, texts))
    languages = await computed(lambda: _languages(job, texts), characters)
    results: list[TextResult | None] = [None] * len(texts)
    earlier = 0
    for source in dict.fromkeys(language for language in languages if language is not None):
        numbers = [n for n, language in enumerate(languages) if language == source]
        if source == job.target:
            continue
        route = job.models.route(source, job.target, job.target_field)
        await job.prepare_protector(source, job.target)
        config = TranslatorConfig(
            search=job.search,
            protector=job.protector(source, job.target),
            memory=job.memory,
            line_breaks=job.line_breaks,
        )
        total = 0

        def report(done: int, of: int, before: int = earlier) -> None:
            nonlocal total
            total = of
            if progress is not None:
                progress(before + done, before + of)

        translator = Translator(pool, route, config)
        translated = await translator.translate([texts[n] for n in numbers], report)
        earlier += total
        finished = await computed(partial(_results, translated, job.terms), characters)
        for number, result in zip(numbers, finished, strict=True):
            results[number] = result
    copied = [
        result or _copied(text, language)
        for result, text, language in zip(results, texts, languages, strict=True)
    ]
    if not job.latin:
        return copied
    return await computed(lambda: list(map(_in_latin, copied)), characters)


def _results(translated: Sequence[TranslatedText], terms: TermBase) -> list[TextResult]:
    return [_result(text, terms) for text in translated]


def _result(text: TranslatedText, terms: TermBase) -> TextResult:
    route = text.route
    lacking = tuple(
        bool(terms.terms)
        and sentence.origin is Origin.MODEL
        and bool(missing_terms(sentence.source, sentence.text, terms, (route.source, route.target)))
        for sentence in text.sentences
    )
    return TextResult(text.text, route.source, text.sentences, lacking, route.models, route.pivot)


def _languages(job: TextJob, texts: Sequence[str]) -> list[Language | None]:
    """In which language each text is; None where there are no letters."""
    if job.source is not None:
        return [job.source if any(map(str.isalpha, text)) else None for text in texts]
    found = [identify(text) for text in texts]
    letters: dict[Language, int] = {}
    for text, identified in zip(texts, found, strict=True):
        if identified is not None:
            count = sum(map(str.isalpha, text))
            letters[identified.language] = letters.get(identified.language, 0) + count
    if not job.one_document or not letters:
        return [None if identified is None else identified.language for identified in found]
    usual = max(letters, key=lambda language: letters[language])
    languages: list[Language | None] = []
    for text, identified in zip(texts, found, strict=True):
        if identified is None:
            languages.append(None)
            continue
        long = sum(map(str.isalpha, text)) >= _SURE_LETTERS
        sure = long and identified.confidence >= _NO_DOUBT
        languages.append(identified.language if sure else usual)
    return languages


def _copied(text: str, language: Language | None) -> TextResult:
    if not text:
        return TextResult(text, language, (), ())
    return TextResult(
        text, language, (TranslatedSentence(text, text, "", Origin.COPIED),), (False,)
    )


def _in_latin(result: TextResult) -> TextResult:
    """Kazakh in Latin letters; the alignment of words stays."""
    sentences = tuple(
        replace(
            sentence,
            text=to_latin(sentence.text),
            alternatives=tuple(map(to_latin, sentence.alternatives)),
        )
        for sentence in result.sentences
    )
    text = "".join(sentence.text + sentence.separator for sentence in sentences)
    return replace(result, text=text, sentences=sentences)
