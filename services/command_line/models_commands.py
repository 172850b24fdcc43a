"""``dauys models``: what is in the store, and how it gets there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from foundation.errors import DauysError, FailedPrecondition
from models.catalogue import ModelCard
from models.sources.base import ProgressCallback, PullProgress
from models.store import ModelState, ModelStore

app = typer.Typer(no_args_is_help=True, help="Models: list, pull, verify, carry to other sites.")

Ids = Annotated[list[str], typer.Argument(help="Catalogue ids; see `dauys models list`.")]
AcceptLicense = Annotated[
    bool, typer.Option("--accept-license", help="I have read the licence and accept it.")
]

_STYLES = {
    ModelState.PULLED: "green",
    ModelState.PARTIAL: "yellow",
    ModelState.DAMAGED: "red",
    ModelState.AVAILABLE: "dim",
}


@app.command("list")
def list_models(
    task: Annotated[str | None, typer.Option(help="Only this task.")] = None,
    pulled: Annotated[bool, typer.Option("--pulled", help="Only what is here.")] = False,
) -> None:
    """What the catalogue has and what is on this machine."""
    store = ModelStore()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "task", "languages", "licence"):
        table.add_column(heading, no_wrap=heading == "id")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for card in store.catalogue:
        state = store.state(card.id)
        if (task and card.task != task) or (pulled and state is not ModelState.PULLED):
            continue
        table.add_row(
            card.id,
            card.task,
            " ".join(card.languages),
            card.license,
            _megabytes(card.size_bytes),
            f"[{_STYLES[state]}]{state.value}[/]" + (" *" if card.starter else ""),
        )
    console = Console()
    console.print(table)
    console.print(
        f"[dim]* starter profile, pulled on first use; store: {store.root}[/]", soft_wrap=True
    )


@app.command()
def show(model_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """The card of one model."""
    store = ModelStore()
    card = store.catalogue.get(model_id)
    console = Console()
    for name, value in _card_lines(card, store.state(model_id)):
        console.print(f"[bold]{name:<12}[/] ", end="")
        console.print(value, markup=False, highlight=False, soft_wrap=True)


@app.command()
def pull(ids: Ids, accept_license: AcceptLicense = False) -> None:
    """Get models, from the mirror, a hub or a package registry, and verify them."""
    store = ModelStore()
    cards = [store.catalogue.get(model_id) for model_id in ids]  # all known, before any pull
    for card in cards:
        with progress_bars() as progress:
            folder = store.pull(card.id, accept_license=accept_license, progress=progress)
        Console().print(f"{card.id}: {folder}", highlight=False, soft_wrap=True)


@app.command()
def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="None: all that are here.")] = None,
) -> None:
    """Hash every file of pulled models."""
    store = ModelStore()
    here = (ModelState.PULLED, ModelState.DAMAGED)
    wanted = ids or [card.id for card in store.catalogue if store.state(card.id) in here]
    console = Console()
    failures: list[DauysError] = []
    for model_id in wanted:
        try:
            with progress_bars() as progress:
                store.verify(model_id, progress)
            console.print(f"{model_id}: sound", highlight=False)
        except FailedPrecondition as error:
            failures.append(error)
    if failures:
        raise FailedPrecondition("\n".join(error.message for error in failures))
    if not wanted:
        console.print("no model is on this machine")


@app.command()
def bundle(
    ids: Ids,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
) -> None:
    """Write pulled models to one file for a site without a network."""
    with progress_bars() as progress:
        out = ModelStore().bundle(ids, output, progress)
    Console().print(f"{out}: {_megabytes(out.stat().st_size)}", highlight=False, soft_wrap=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that `dauys models bundle` wrote.")],
    accept_license: AcceptLicense = False,
) -> None:
    """Take in a bundle."""
    with progress_bars() as progress:
        ids = ModelStore().import_bundle(file, accept_license=accept_license, progress=progress)
    Console().print(f"imported: {', '.join(ids)}", highlight=False, soft_wrap=True)


@app.command()
def remove(
    ids: Ids,
    forget: Annotated[
        bool, typer.Option("--forget", help="Also the hashes that the first pull recorded.")
    ] = False,
) -> None:
    """Delete models from this machine."""
    store = ModelStore()
    for model_id in ids:
        found = store.remove(model_id, forget=forget)
        Console().print(f"{model_id}: {'removed' if found else 'was not here'}", highlight=False)


@contextmanager
def progress_bars(console: Console | None = None) -> Iterator[ProgressCallback]:
    """Bars on standard error, one a step; nothing where that is no terminal."""
    console = console or Console(stderr=True)
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    steps: dict[tuple[str, str], int] = {}
    with bars:

        def progress(news: PullProgress) -> None:
            key = (news.model, news.step)
            if key not in steps:
                name = f"{news.model}: {news.step}"
                steps[key] = bars.add_task(name, total=news.total)
            bars.update(steps[key], completed=news.done, total=news.total)  # type: ignore[arg-type]

        yield progress


def _card_lines(card: ModelCard, state: ModelState) -> Iterator[tuple[str, str]]:
    yield "id", card.id
    yield "name", card.display_name
    yield "task", card.task
    yield "languages", ", ".join(card.languages)
    yield "engine", card.engine
    terms = "commercial use allowed" if card.commercial_use else "no commercial use"
    gate = "; must be accepted before the pull" if card.needs_acknowledgement else ""
    yield "licence", f"{card.license} ({terms}{gate})"
    yield "size", _megabytes(card.size_bytes)
    yield "state", state.value
    for file in card.files:
        yield "file", f"{file.name}  sha256 {file.sha256 or 'recorded on the first pull'}"
    for figure in card.quality:
        about = f"{figure.data}; {figure.source}"
        yield "quality", f"{figure.metric} {figure.value} {figure.language}: {about}"
    if card.notes:
        yield "notes", card.notes


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB".replace(",", " ")
