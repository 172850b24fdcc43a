"""From what a caller wrote to what a model reads.

A model's text encoder knows some languages. A prompt in another is translated by the suite's own
models; the words of styles exist in three languages and are taken in one that the model knows.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.errors import FailedPrecondition, InvalidArgument, NotFound
from foundation.images import MAX_PROMPT_CHARACTERS
from foundation.languages import LANGUAGES, Language
from models.styles import Style, styled_prompt
from services.translation.texts import TextJob, translate_texts
from streaming.translation import REFUSED, Route, Search, TranslationModels
from text.identification import identify
from workers.interface import WorkerPool

MAX_STYLES: Final = 8
_LIKELY_TARGETS: Final[tuple[Language, ...]] = ("en", "ru", "kk")
"""Tried in order where a model knows several: most text encoders know English best."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The texts of a request."""

    prompt: str
    negative_prompt: str = ""
    language: Language | None = None
    """Of both; None: detected."""

    styles: tuple[Style, ...] = ()
    keep_language: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What a request's texts become."""

    prompt: str
    """What the model reads, with the styles' words."""

    negative_prompt: str
    language: Language | None
    """Of the caller's prompt; None: it has no letters to tell by."""

    translation_models: tuple[str, ...] = ()
    """What translated it; empty: nothing did."""


def check_texts(prompt: str, negative_prompt: str, styles: Sequence[str]) -> None:
    """Check what was written, before anything is done with it.

    Raises:
        InvalidArgument: names the field and the limit.
    """
    if not prompt.strip() and not styles:
        raise InvalidArgument("prompt", "is empty, and no style is named")
    for field, text in (("prompt", prompt), ("negative_prompt", negative_prompt)):
        if len(text) > MAX_PROMPT_CHARACTERS:
            raise InvalidArgument(field, f"{len(text)} characters, limit {MAX_PROMPT_CHARACTERS}")
        for at, letter in enumerate(text):
            if unicodedata.category(letter) == "Cc" and letter not in "\t\n\r":
                raise InvalidArgument(
                    field, f"character {at + 1} is the control character U+{ord(letter):04X}"
                )
    if len(styles) > MAX_STYLES:
        raise InvalidArgument("styles", f"{len(styles)} styles, limit {MAX_STYLES}")


def chosen_styles(names: Sequence[str], library: Mapping[str, Style]) -> tuple[Style, ...]:
    """The styles of these identifiers.

    Raises:
        NotFound: there is no such style; names it.
        InvalidArgument: one stands twice.
    """
    names = list(names)
    for place, name in enumerate(names):
        if name not in library:
            raise NotFound(f"styles[{place}]: there is no style {name[:80]!r}; ListStyles has all")
        if names.index(name) != place:
            raise InvalidArgument(f"styles[{place}]", f"{name!r} stands twice")
    return tuple(library[name] for name in names)


async def worded(
    asked: Asked,
    known: Sequence[str],
    pool: WorkerPool,
    models: TranslationModels,
    search: Search,
) -> Wording:
    """What a model is given to read.

    Args:
        asked: What the caller wrote, checked.
        known: BCP-47 codes that the model's text encoder reads; empty: that is not known, and
            nothing is translated.
        pool: Where translation models run.
        models: Those of the server.
        search: How urgently.

    Raises:
        FailedPrecondition: a text would have to be translated and cannot be.
        InvalidArgument: what came out is longer than any model reads.
        DauysError: whatever the pool raises.
    """
    language = asked.language or await _detected(asked.prompt)
    used: tuple[str, ...] = ()
    prompt, negative_prompt = asked.prompt.strip(), asked.negative_prompt.strip()
    if not asked.keep_language:
        prompt, used = await _readable(prompt, "prompt", language, known, pool, models, search)
        other = asked.language or await _detected(negative_prompt)
        negative_prompt, more = await _readable(
            negative_prompt, "negative_prompt", other, known, pool, models, search
        )
        used = tuple(dict.fromkeys((*used, *more)))
    for style in asked.styles:
        prompt = styled_prompt(prompt, style, _language_of_styles(language, known))
    for field, text in (("prompt", prompt), ("negative_prompt", negative_prompt)):
        if len(text) > MAX_PROMPT_CHARACTERS:
            raise InvalidArgument(
                field,
                f"{len(text)} characters as the model would read it, with the styles' words and "
                f"translated; limit {MAX_PROMPT_CHARACTERS}",
            )
    return Wording(prompt, negative_prompt, language, used)


async def _readable(
    text: str,
    field: str,
    language: Language | None,
    known: Sequence[str],
    pool: WorkerPool,
    models: TranslationModels,
    search: Search,
) -> tuple[str, tuple[str, ...]]:
    """A text in a language that the model knows, and what translated it."""
    if not text or language is None or not known or language in known:
        return text, ()
    route = _route(language, known, field, models)
    job = TextJob(models, route.target, source=language, search=search, line_breaks=False)
    [result] = await translate_texts(pool, job, [text])
    if any(sentence.faults & REFUSED for sentence in result.sentences):
        raise FailedPrecondition(
            f"{field}: {', '.join(route.models)} could not translate it from {language} into "
            f"{route.target}; write it in {_listed(known)}, or set keep_language"
        )
    return result.text.strip(), route.models


def _route(
    language: Language, known: Sequence[str], field: str, models: TranslationModels
) -> Route:
    for target in _LIKELY_TARGETS:
        if target in known:
            try:
                return models.route(language, target)
            except InvalidArgument:
                continue  # The next language that the model knows may have a translator.
    raise FailedPrecondition(
        f"{field}: it is in {language}, the model reads {_listed(known)}, and no model on this "
        f"server translates between them; write it in {_listed(known)}, or set keep_language"
    )


def _language_of_styles(language: Language | None, known: Sequence[str]) -> Language:
    """The prompt's where the model knows it, else one that the model knows."""
    if language is not None and (language in known or not known):
        return language
    return next((code for code in _LIKELY_TARGETS if code in known), "en")


async def _detected(text: str) -> Language | None:
    if not text.strip():
        return None
    identified = await asyncio.to_thread(identify, text)
    return None if identified is None else identified.language


def _listed(known: Sequence[str]) -> str:
    own = [code for code in LANGUAGES if code in known]
    return " or ".join(own or known)
