"""``dauys translate``: texts and documents between Kazakh, Russian and English."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from foundation.errors import DauysError, InvalidArgument, NotFound
from foundation.languages import Language, parse_language
from services.command_line import options, runtime

if TYPE_CHECKING:
    from services.translation.texts import TextJob, TextResult
    from workers.interface import WorkerPool

_STANDARD_INPUT: Final = "-"
_ONE_TEXT: Final = "; put a text of several words in quotes"
_FAULTS: Final = {
    "empty": "not translated, the model had no answer",
    "script": "not translated, the model answered in other letters",
    "loop": "not translated, the model went round in circles",
    "spans": "an address, a name or a number with its unit is missing",
    "cut": "the end is missing",
    "numbers": "a number is missing",
}
"""Of ``streaming.translation.Fault``."""

_LACKING_TERM: Final = "a required term is missing"
_MAX_INPUT_CHARACTERS: Final = 5_000_000


def translate(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="A text, documents (docx, odt, pptx, xlsx, html, srt, vtt, ttml, txt, pdf), "
            "or - for standard input.",
            metavar="TEXT|FILE…",
        ),
    ],
    to: Annotated[str, typer.Option(help="kk, ru, en, or several: kk,ru.")],
    source: Annotated[str, typer.Option("--from", help="auto, kk, ru or en.")] = "auto",
    model: Annotated[
        str, typer.Option(help="A model of `dauys models list`, or a chain: kk-ru,ru-en.")
    ] = "",
    terms: options.TermsFile = None,
    script: options.KazakhScript = "cyrillic",
    memory: Annotated[bool, typer.Option(help="Look into the translation memory.")] = True,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the translated documents; else beside them.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Worker threads; 0: one a core.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log events.")] = False,
) -> None:
    """Translate a text, one line a target language in the order given, or documents.

    A document's translation is written beside it, with the language in its name, over what an
    earlier call has written there; one that fails is reported and the others go on.
    """
    runtime.configure_logging(verbose)
    targets = _targets(to)
    given = None if source == "auto" else parse_language(source, "--from")
    files = _files(inputs)
    text = "" if files else _text(inputs)
    _check_folders(files, out)
    jobs = runtime.text_jobs(targets, given, model, terms, script)
    runtime.ensure_translators(jobs)
    failed = asyncio.run(_run(jobs, files, text, out, workers, use_memory=memory))
    if failed:
        raise typer.Exit(1)


def _targets(to: str) -> list[Language]:
    targets = [parse_language(code.strip(), "--to") for code in to.split(",")]
    if len(set(targets)) < len(targets):
        raise InvalidArgument("--to", "a language stands twice")
    return targets


def _files(inputs: Sequence[str]) -> list[Path]:
    """The inputs as files, if they are; what looks like a file's name must be one."""
    from services.translation.documents import SUFFIXES

    paths = [Path(item) for item in inputs]
    if all(map(_is_file, paths)):
        return paths
    for item, path in zip(inputs, paths, strict=True):
        named = not item.strip().count(" ") and item.lower().endswith(SUFFIXES)
        if (len(inputs) > 1 or named) and not _is_file(path):
            raise NotFound(f"no file {item!r}" + (_ONE_TEXT if len(inputs) > 1 else ""))
    return []


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text may be too long for a name
        return False


def _check_folders(files: Sequence[Path], out: Path | None) -> None:
    """Find out before the work that its result cannot be written."""
    folders = [] if not files else [out] if out is not None else [path.parent for path in files]
    for folder in dict.fromkeys(folders):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidArgument("--out", f"cannot make {folder}: {error.strerror}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InvalidArgument("--out", f"cannot write into {folder}: choose another folder")


def _text(inputs: Sequence[str]) -> str:
    text = inputs[0]
    if text == _STANDARD_INPUT:
        try:
            text = sys.stdin.read(_MAX_INPUT_CHARACTERS + 1)
        except UnicodeDecodeError as error:
            raise InvalidArgument("text", f"is not {error.encoding}: {error.reason}") from None
    if len(text) > _MAX_INPUT_CHARACTERS:
        raise InvalidArgument("text", f"over {_MAX_INPUT_CHARACTERS} characters, the limit")
    if not text.strip():
        raise InvalidArgument("text", "is empty")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument("text", f"is not Unicode: {error.reason}") from None
    return text


async def _run(
    jobs: Sequence[TextJob],
    files: Sequence[Path],
    text: str,
    out: Path | None,
    workers: int,
    *,
    use_memory: bool,
) -> int:
    """Translate everything; return how many files failed."""
    failed = 0
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(runtime.open_pool(workers))
        if use_memory:
            memory = await stack.enter_async_context(runtime.translation_memory())
            jobs = [replace(job, memory=memory) for job in jobs]
        for job in jobs:
            if not files:
                [result] = await _texts(pool, job, text)
                _print(result)
        taken = {path.resolve() for path in files}
        for path in files:
            for job in jobs:
                try:
                    await _document(pool, job, path, out, taken)
                except DauysError as error:
                    failed += 1
                    sys.stderr.write(f"dauys: {path}: {error}\n")
    return failed


async def _texts(pool: WorkerPool, job: TextJob, text: str) -> list[TextResult]:
    from services.translation.texts import translate_texts

    with _bar(f"to {job.target}") as progress:
        return await translate_texts(pool, job, [text], progress)


def _print(result: TextResult) -> None:
    for sentence, lacking in zip(result.sentences, result.lacking_terms, strict=True):
        notes = [_FAULTS[fault] for fault in sorted(sentence.faults)]
        for note in [*notes, *([_LACKING_TERM] if lacking else [])]:
            sys.stderr.write(f"dauys: {note}: {sentence.source[:60]}\n")
    sys.stdout.write(result.text.rstrip("\n") + "\n")
    sys.stdout.flush()


async def _document(
    pool: WorkerPool, job: TextJob, path: Path, out: Path | None, taken: set[Path]
) -> None:
    """Translate one; ``taken`` files (what goes in, what was written) are not written over."""
    from services.translation.document_job import translate_file
    from services.translation.documents import DocumentLimits

    limits = DocumentLimits()
    try:
        with path.open("rb") as file:
            data = file.read(limits.bytes + 1)  # which it refuses
    except OSError as error:
        raise InvalidArgument("file", f"cannot be read: {error.strerror}") from error
    with _bar(f"{path.name} to {job.target}") as progress:
        translated = await translate_file(pool, job, data, path.name, limits, progress)
    target = (out or path.parent) / translated.saved.file_name
    if target.resolve() in taken:
        raise InvalidArgument("--out", f"{target} is another document of this call")
    taken.add(target.resolve())
    try:
        _write_whole(target, translated.saved.data)
    except OSError as error:
        raise InvalidArgument("--out", f"cannot write {target}: {error.strerror}") from error
    doubtful = sum(translated.warnings.values())
    note = f"  ({doubtful} segments to read again)" if doubtful else ""
    # A name may hold bytes that no terminal shows.
    shown = os.fsencode(target).decode(errors="replace")
    sys.stdout.write(f"{shown}{note}\n")
    sys.stdout.flush()


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, of sentences."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with runtime.progress_bar(*columns) as progress:
        bar = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
