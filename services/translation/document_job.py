"""One document from its bytes to its translation's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from dauys.v1 import translation_pb2 as pb

from foundation.languages import Language
from services.translation.documents import DocumentLimits, Saved, TranslatedSegment, open_document
from services.translation.documents.alignment import of_sentences
from services.translation.mapping import warnings_of
from services.translation.texts import TextJob, TextResult, translate_texts
from workers.interface import WorkerPool


@dataclass(frozen=True, slots=True)
class TranslatedFile:
    """A translated document and how it came about."""

    saved: Saved
    source: Language | None
    """That of most of its letters."""

    models: tuple[str, ...]
    pivot: Language | None
    warnings: Counter[int]
    """``TranslationWarning`` → segments that carry it."""


async def translate_file(
    pool: WorkerPool,
    job: TextJob,
    data: bytes,
    file_name: str,
    limits: DocumentLimits | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> TranslatedFile:
    """Translate a document.

    Args:
        pool: Where the models run.
        job: How its texts are translated.
        data: The document.
        file_name: Its ending names the format.
        limits: How much a document may hold.
        progress: Told how many sentences are done, and of how many.

    Raises:
        InvalidArgument: the document is broken, over a limit, or of no known format (``file``), or
            no model serves a pair that is needed.
        DauysError: whatever the pool raises.
    """
    document = await asyncio.to_thread(open_document, data, file_name, limits or DocumentLimits())
    segments = document.segments
    job = replace(
        job,
        one_document=True,
        search=replace(job.search, alignment=any(segment.marks for segment in segments)),
    )
    results = await translate_texts(pool, job, [segment.text for segment in segments], progress)
    translations = [_segment(result) for result in results]
    saved = await asyncio.to_thread(document.save, translations, job.target)
    warnings: Counter[int] = Counter()
    letters: Counter[Language] = Counter()
    for segment, result in zip(segments, results, strict=True):
        warnings.update(_warnings(result))
        if result.source is not None:
            letters[result.source] += len(segment.text)
    asked = [result for result in results if result.models]
    return TranslatedFile(
        saved,
        letters.most_common(1)[0][0] if letters else None,
        tuple(dict.fromkeys(model for result in asked for model in result.models)),
        next((result.pivot for result in asked if result.pivot), None),
        warnings,
    )


def _segment(result: TextResult) -> TranslatedSegment:
    parts = [(sentence.source, sentence.text, sentence.alignment) for sentence in result.sentences]
    return TranslatedSegment(result.text, of_sentences(parts))


def _warnings(result: TextResult) -> set[pb.TranslationWarning.ValueType]:
    return {
        warning
        for sentence, lacks in zip(result.sentences, result.lacking_terms, strict=True)
        for warning in warnings_of(sentence, lacks)
    }
