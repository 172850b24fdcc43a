"""Which model hears which language, and how a window finds its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from foundation.languages import Language
from foundation.speech import Identification, RecognitionRequest, Transcription
from workers.interface import Task, WorkerPool


@dataclass(frozen=True, slots=True)
class SpeechModels:
    """The models of one session."""

    default: str
    """Catalogue id: hears every language that no other is named for."""

    by_language: Mapping[Language, str] = field(default_factory=dict)
    """One that hears two languages (Kazakh and Russian, code-switched) is named for both."""

    identifier: str = ""
    """Tells languages of different models apart; empty: ``default``."""

    def of(self, language: Language) -> str:
        """The model that hears ``language``."""
        return self.by_language.get(language, self.default)

    def hearing(self, languages: Sequence[Language]) -> dict[str, tuple[Language, ...]]:
        """Each model that is needed for ``languages``, with those it hears."""
        groups: dict[str, tuple[Language, ...]] = {}
        for language in languages:
            model = self.of(language)
            groups[model] = (*groups.get(model, ()), language)
        return groups

    def all_for(self, languages: Sequence[Language]) -> tuple[str, ...]:
        """Every model that ``recognise`` may call for ``languages``, the identifier included."""
        hearing = tuple(self.hearing(languages))
        if len(hearing) == 1:
            return hearing
        return tuple(dict.fromkeys((*hearing, self.identifier or self.default)))


async def recognise(
    pool: WorkerPool,
    models: SpeechModels,
    request: RecognitionRequest,
    task: Callable[[str, str, RecognitionRequest], Task],
) -> Transcription:
    """Recognise a window with the model of the language that is spoken in it.

    Where the languages in question belong to one model, it is asked at once. Otherwise the language
    is identified first; a model that hears several of them then chooses among its own.

    Args:
        pool: Where the models run.
        models: Which model hears what.
        request: The window.
        task: Makes a task of a model, a method and its payload.

    Raises:
        DauysError: whatever the pool raises; NotFound where the identifier cannot identify.
    """
    groups = models.hearing(request.languages)
    if len(groups) == 1:
        [model] = groups
        heard: Transcription = await pool.call(task(model, "recognize", request))
        return heard
    identifier = models.identifier or models.default
    found: Identification = await pool.call(task(identifier, "identify", request))
    model = models.of(found.language)
    heard = await pool.call(task(model, "recognize", _among(request, groups[model])))
    return replace(heard, language_probability=found.probability * heard.language_probability)


def _among(request: RecognitionRequest, languages: tuple[Language, ...]) -> RecognitionRequest:
    """The same window for fewer languages."""
    weights = dict(zip(request.languages, request.language_weights, strict=False))
    return replace(
        request,
        languages=languages,
        language_weights=tuple(weights[language] for language in languages) if weights else (),
    )
