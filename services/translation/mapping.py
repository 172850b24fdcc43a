"""Between the contract of Translation and the rooms below; the only protobuf here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dauys.v1 import translation_pb2 as pb

from foundation.errors import InvalidArgument
from foundation.languages import Language, parse_language, parse_optional_language
from models.catalogue import Catalogue
from services.server.settings import Settings
from services.translation.models import translation_models
from services.translation.texts import TextJob, TextResult
from streaming.translation import (
    REFUSED,
    Fault,
    MemoryLookup,
    Origin,
    Search,
    TranslatedSentence,
)
from text.terms import MAX_TERMS, Term, TermBase
from workers.interface import Priority

MAX_TEXTS: Final = 1_000
MAX_CHARACTERS: Final = 200_000
MAX_ALTERNATIVES: Final = 9
MAX_BEAM: Final = 10
DEFAULT_BEAM: Final = 4

_ORIGINS: Final = {
    Origin.MODEL: pb.TRANSLATION_ORIGIN_MODEL,
    Origin.MEMORY: pb.TRANSLATION_ORIGIN_MEMORY,
    Origin.MEMORY_ADAPTED: pb.TRANSLATION_ORIGIN_MEMORY_ADAPTED,
    Origin.COPIED: pb.TRANSLATION_ORIGIN_COPIED,
}


def check_texts(texts: Sequence[str], field: str = "texts") -> None:
    """Check how many texts there are and how long.

    Raises:
        InvalidArgument: none, too many, or too long together.
    """
    if not texts:
        raise InvalidArgument(field, "is empty")
    check_count(texts, MAX_TEXTS, field)
    characters = sum(map(len, texts))
    if characters > MAX_CHARACTERS:
        raise InvalidArgument(field, f"{characters} characters together, limit {MAX_CHARACTERS}")


def text_job(
    config: pb.TranslationConfig,
    catalogue: Catalogue,
    settings: Settings,
    memory: MemoryLookup | None = None,
    alternatives: int = 0,
    field: str = "config",
) -> TextJob:
    """Check and map what is asked of the translator.

    Raises:
        NotFound: the catalogue has no such model.
        InvalidArgument: names the field below ``field`` and its limit.
    """
    target_field = f"{field}.target_language"
    target = parse_language(config.target_language, target_field)
    source = parse_optional_language(config.source_language, f"{field}.source_language")
    if not 0 <= alternatives <= MAX_ALTERNATIVES:
        raise InvalidArgument("alternatives", f"{alternatives} is not in 0..{MAX_ALTERNATIVES}")
    if not 0 <= config.beam_size <= MAX_BEAM:
        raise InvalidArgument(f"{field}.beam_size", f"{config.beam_size} is not in 0..{MAX_BEAM}")
    beam = max(config.beam_size or DEFAULT_BEAM, alternatives + 1)
    latin = is_latin(config.script, target, f"{field}.script")
    models = translation_models(catalogue, settings, config.model, f"{field}.model")
    if source is not None and not (latin and source == target):
        models.route(source, target, target_field)
    return TextJob(
        models,
        target,
        source,
        terms=term_base(config.terms, f"{field}.terms"),
        memory=None if config.without_memory else memory,
        search=Search(beam_size=beam, alternatives=alternatives + 1),
        latin=latin,
        target_field=target_field,
    )


def is_latin(script: int, target: Language | None, field: str) -> bool:
    """Is Kazakh wanted in Latin letters?

    Raises:
        InvalidArgument: an unknown script, or Latin letters for another language.
    """
    if script not in pb.Script.values():
        raise InvalidArgument(field, f"{script} is no script")
    latin = script == pb.SCRIPT_LATIN
    if latin and target not in (None, "kk"):
        raise InvalidArgument(field, "only Kazakh is written in another script")
    return latin


def term_base(terms: Sequence[pb.Term], field: str) -> TermBase:
    """Terms and their required translations.

    Raises:
        InvalidArgument: too many, or one that is empty, too long or of an unknown language.
    """
    check_count(terms, MAX_TERMS, field)
    return TermBase(
        tuple(
            Term(
                term.source,
                term.target,
                parse_optional_language(term.source_language, f"{field}[{n}].source_language"),
                parse_optional_language(term.target_language, f"{field}[{n}].target_language"),
            )
            for n, term in enumerate(terms)
        ),
        field=field,
    )


def check_count(items: Sequence[object], limit: int, field: str) -> None:
    """Refuse a list before each of its items is looked at, which takes seconds of millions.

    Raises:
        InvalidArgument: there are more than ``limit``.
    """
    if len(items) > limit:
        raise InvalidArgument(field, f"{len(items)}, limit {limit}")


def text_translation(result: TextResult) -> pb.TextTranslation:
    """The message of one text's translation."""
    return pb.TextTranslation(
        text=result.text,
        source_language=result.source or "",
        sentences=[
            _sentence(sentence, lacks)
            for sentence, lacks in zip(result.sentences, result.lacking_terms, strict=True)
            if sentence.source
        ],
        models=result.models,
        pivot_language=result.pivot or "",
    )


def _sentence(sentence: TranslatedSentence, lacks_term: bool) -> pb.SentenceTranslation:
    return pb.SentenceTranslation(
        source=sentence.source,
        text=sentence.text,
        origin=_ORIGINS[sentence.origin],
        score=sentence.score,
        alternatives=sentence.alternatives,
        warnings=warnings_of(sentence, lacks_term),
    )


def warnings_of(
    sentence: TranslatedSentence, lacks_term: bool
) -> list[pb.TranslationWarning.ValueType]:
    """Why a person should read a sentence's translation."""
    faults = sentence.faults
    found = {
        pb.TRANSLATION_WARNING_NUMBERS: Fault.NUMBERS in faults,
        pb.TRANSLATION_WARNING_REFUSED: bool(faults & REFUSED),
        pb.TRANSLATION_WARNING_CUT: Fault.CUT in faults,
        pb.TRANSLATION_WARNING_TERM: lacks_term or Fault.SPANS in faults,
    }
    return [warning for warning, holds in found.items() if holds]


def spoken_in(job: TextJob, language: Language) -> TextJob:
    """The job for speech in ``language``; what is in the target language already is copied."""
    return replace(job, source=language)


def urgent(job: TextJob, priority: Priority, timeout: float | None) -> TextJob:
    """The same job at a priority; ``timeout`` in seconds, of each of its tasks."""
    return replace(job, search=replace(job.search, priority=priority, timeout=timeout))
