"""What commands share: a worker pool over the model store, and the end of a session by Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language, parse_language

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import Progress, ProgressColumn

    from models.catalogue import Catalogue
    from services.translation.texts import TextJob
    from streaming.finishing import FinishingConfig
    from streaming.recognition.routing import SpeechModels
    from streaming.translation import MemoryLookup, Route
    from text.spoken import Lexicon
    from text.terms import TermBase
    from workers.in_process import InProcessPool

DEFAULT_MODEL = "whisper-base"

T = TypeVar("T")


def configure_logging(verbose: bool) -> None:
    """Send log events to standard error: warnings only, or everything."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if verbose else logging.WARNING
        ),
        logger_factory=structlog.PrintLoggerFactory(file=open(2, "w", closefd=False)),  # noqa: SIM115
    )


def parse_model_for(pairs: Sequence[str]) -> dict[Language, str]:
    """``kk=ID`` … to language and model.

    Raises:
        InvalidArgument: not of this form, no such language, or one stands twice.
    """
    models: dict[Language, str] = {}
    for pair in pairs:
        code, _, model = pair.partition("=")
        if not model:
            raise InvalidArgument("--model-for", f"{pair!r} is not LANGUAGE=MODEL")
        language = parse_language(code, "--model-for")
        if language in models:
            raise InvalidArgument("--model-for", f"{language} stands twice")
        models[language] = model
    return models


def finishing_config(
    glossary: Path | None, verbatim: bool, numbers: str, profanity: str
) -> FinishingConfig:
    """What is done to recognised text.

    Raises:
        InvalidArgument: the glossary cannot be read or has a wrong line; no such class of numbers
            or treatment.
    """
    from dataclasses import replace

    from streaming.finishing import FinishingConfig
    from text.normalisation import NormalisationOptions, parse_number_classes
    from text.profanity import ProfanityFilter
    from text.vocabulary import Glossary, parse_glossary

    names = Glossary()
    if glossary is not None:
        names = _parsed(glossary, "--glossary", parse_glossary)
    wanted = FinishingConfig.verbatim() if verbatim else FinishingConfig()
    classes = parse_number_classes(() if numbers == "all" else numbers.split(","), "--numbers")
    return replace(
        wanted,
        glossary=names,
        number_options=NormalisationOptions(classes),
        profanity=ProfanityFilter(profanity),  # type: ignore[arg-type]  # it checks
    )


def text_jobs(
    targets: Sequence[Language],
    source: Language | None,
    model: str,
    terms: Path | None,
    script: str,
) -> list[TextJob]:
    """How ``dauys translate`` translates into each language, without memory.

    Raises:
        NotFound: no such model.
        InvalidArgument: a model does not translate, no model does a pair, the terms cannot be read,
            no such script.
    """
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.translation.models import translation_models
    from services.translation.texts import TextJob
    from streaming.translation import Search
    from workers.interface import Priority

    models = translation_models(ModelStore().catalogue, Settings(), model, "--model")
    required = term_base(terms)
    latin = wants_latin(script, targets)
    for target in targets:
        if source is not None and not (target == source == "kk" and latin):
            models.route(source, target, "--to")
    return [
        TextJob(
            models,
            target,
            source,
            terms=required,
            search=Search(priority=Priority.BATCH),
            latin=latin and target == "kk",
            target_field="--to",
        )
        for target in targets
    ]


@contextlib.asynccontextmanager
async def translation_memory() -> AsyncIterator[MemoryLookup | None]:
    """The translation memory of this machine's database; None: there is no database yet."""
    from services.server.settings import Settings
    from services.storage import Database, open_database
    from services.translation.memory import TranslationMemory

    url = Settings().database_url
    file = Database(url).file
    if file is not None and not file.exists():
        yield None
        return
    database = await open_database(url)
    try:
        yield TranslationMemory(database)
    finally:
        await database.aclose()


def term_base(path: Path | None) -> TermBase:
    """The required translations of a file.

    Raises:
        InvalidArgument: it cannot be read or has a wrong line.
    """
    from text.terms import TermBase, parse_terms

    return TermBase() if path is None else _parsed(path, "--terms", parse_terms)


def pronunciations(path: Path | None) -> Lexicon:
    """How words are said, by a file.

    Raises:
        InvalidArgument: it cannot be read or has a wrong line.
    """
    from text.spoken import Lexicon
    from text.spoken.lexicon_files import parse_lexicon

    return Lexicon() if path is None else _parsed(path, "--lexicon", parse_lexicon)


def _parsed(path: Path, option: str, parse: Callable[[str], T]) -> T:
    """What a file of names or terms holds."""
    from text.vocabulary.parsing import MAX_FILE_BYTES

    try:
        with path.open(encoding="utf-8") as file:
            return parse(file.read(MAX_FILE_BYTES + 1))  # which it refuses
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgument(option, f"cannot read {path}: {error}") from error
    except InvalidArgument as error:
        raise InvalidArgument(f"{option} {path}: {error.field}", error.description) from None


def wants_latin(script: str, targets: Sequence[Language]) -> bool:
    """Is Kazakh to be written in Latin letters?

    Raises:
        InvalidArgument: no such script, or no Kazakh to write.
    """
    if script not in ("cyrillic", "latin"):
        raise InvalidArgument("--script", f"{script!r} is not cyrillic or latin")
    if script == "latin" and "kk" not in targets:
        raise InvalidArgument("--script", "only Kazakh is written in another script")
    return script == "latin"


def ensure_model(model: str) -> None:
    """Pull a starter model on first use, with a progress bar.

    Raises:
        NotFound: the catalogue has no such model.
        FailedPrecondition: the model is not on this machine and not a starter model.
        Unavailable: no source could be reached.
    """
    from models.store import ModelStore
    from services.command_line.models_commands import progress_bars

    with progress_bars() as progress:
        ModelStore().ensure(model, progress=progress)


def ensure_models(models: SpeechModels, languages: Sequence[Language]) -> None:
    """``ensure_model`` for all that ``languages`` need, checked first.

    Raises:
        InvalidArgument: a model does not hear its language or cannot tell languages apart.
    """
    from models.store import ModelStore
    from services.speech_to_text.checks import check_models

    check_models(ModelStore().catalogue, models, languages, "--model", "--model-for")
    for model in models.all_for(languages):
        ensure_model(model)


def ensure_translators(jobs: Sequence[TextJob]) -> None:
    """``ensure_model`` for all that the jobs ask.

    Where the language of the texts is not said, only for starter models: which others are asked is
    known when it is recognised.

    Raises:
        FailedPrecondition: a model is not on this machine and not a starter model.
        Unavailable: no source could be reached.
    """
    routes = [
        (route, job.source is not None)
        for job in jobs
        for route in job.models.routes(LANGUAGES)
        if route.target == job.target and job.source in (None, route.source)
    ]
    ensure_routes([route for route, certain in routes if certain])
    ensure_routes([route for route, certain in routes if not certain], starters_only=True)


def ensure_routes(routes: Sequence[Route], *, starters_only: bool = False) -> None:
    """``ensure_model`` for all that routes ask; says so where a starter model translates.

    Raises:
        FailedPrecondition: a model is not on this machine and not a starter model.
        Unavailable: no source could be reached.
    """
    from models.store import ModelStore

    catalogue = ModelStore().catalogue
    for model in dict.fromkeys(model for route in routes for model in route.models):
        if catalogue.get(model).starter or not starters_only:
            ensure_model(model)
    for notice in starter_notices(catalogue, routes):
        sys.stderr.write(f"dauys: {notice}\n")


def starter_notices(catalogue: Catalogue, routes: Sequence[Route]) -> list[str]:
    """What to pull in the place of starter translators, a line each."""
    instead: dict[str, dict[str, None]] = {}
    for route in routes:
        for step in route.steps:
            if not catalogue.get(step.model).starter:
                continue
            pair = (step.source, step.target)
            others = [card for card in catalogue if pair in card.translates and not card.starter]
            others.sort(key=lambda card: card.needs_acknowledgement)
            names = instead.setdefault(step.model, {})
            names.update(dict.fromkeys(card.id for card in others[:1]))
    return [
        f"{model} is a small starter, not fit to be published; better ones: "
        f"dauys models pull {' '.join(names)} (docs/TRANSLATION.md)"
        for model, names in instead.items()
    ]


@contextlib.asynccontextmanager
async def open_pool(workers: int = 0) -> AsyncIterator[InProcessPool]:
    """An in-process pool over this machine's model store. ``workers`` 0: one a CPU core."""
    from models.engines.base import EngineOptions
    from models.loading import make_loader
    from models.store import ModelStore
    from workers.in_process import InProcessPool, PoolConfig

    count = workers or os.cpu_count() or 1
    loader = make_loader(ModelStore(), EngineOptions(workers=count))
    pool = InProcessPool(loader, PoolConfig(workers=count))
    try:
        yield pool
    finally:
        await pool.aclose()


@contextlib.contextmanager
def on_interrupt(stop: Callable[[], object]) -> Iterator[None]:
    """Call ``stop`` on the first SIGINT or SIGTERM instead of ending at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def progress_bar(*columns: ProgressColumn) -> Progress:
    """A bar on standard error that leaves nothing behind; none where that is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
