"""Image generation beside diffusers called directly, and live speech beside a generation.

    python -m benchmarks.images [MODEL | FOLDER] [--pairs N] [--steps N] [--side PIXELS]
                                [--live-seconds SECONDS]

MODEL is a catalogue id that is on this machine, FOLDER any pipeline that diffusers saved. It runs
in an environment with the extra ``images``.

*Overhead*: the same prompt, seed, size and steps in turn by three ways, each with one thread, as a
worker computes; which comes first changes from pair to pair, and the first pair only warms up.

- *direct*: the pipeline called as its documentation does, and the picture saved as PNG in memory.
- *pool*: the engine in the worker pool, the picture encoded likewise.
- *service*: ``GenerateImage`` over gRPC on loopback: prompt looked at, steps told, badge, signed
  PNG, thumbnail, kept in the gallery and told to the audit log, file received by a client that is
  another process, as clients are.

What is computed: for each pair service / direct and pool / direct; the table has the medians of
these ratios and of the seconds. That all three draw the same picture is checked, pixel by pixel,
before anything is timed. The bound is 1.03.

*Lag*: a session hears recordings (../shared/data/speech) at their own speed, alone and then while
one generation after another is drawn, by the same pool. How long words took from their end until
they were committed, both times, and the longest step: the time that live work may have to wait.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import grpc.aio
import numpy as np
import torch
from dauys.v1 import image_generation_pb2 as pb
from dauys.v1 import image_generation_pb2_grpc
from diffusers import AutoPipelineForText2Image
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.replay import (
    join,
    live_config,
    load_recordings,
    on_one_timeline,
    recognise_offline,
    run_stream,
)
from benchmarks.report import write_report
from benchmarks.scores import median, percentile, score
from foundation.images import GeneratedImages, ImageRequest
from foundation.speech import SAMPLE_RATE
from models.catalogue import Catalogue, ModelCard, load_catalogue
from models.engines import open_engine
from models.engines.base import Engine, EngineOptions
from models.engines.diffusers_images.composition import composed, named_layout
from models.engines.diffusers_images.settings import read_settings
from models.loading import make_loader
from models.store import ModelStore
from services.command_line import runtime
from services.server.bootstrap import Server
from services.server.settings import Settings
from streaming.recognition.warm_up import warm_up
from workers.in_process import InProcessPool, PoolConfig
from workers.interface import Priority, Task

PROMPT: Final = "Kazakh ram's horn ornament, blue and gold"
BOUND: Final = 1.03
_FOLDER_MODEL: Final = "folder"
_CHANNEL_OPTIONS: Final = [("grpc.max_receive_message_length", 64 << 20)]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of drawing."""

    way: str
    seconds: float
    """Median of a picture."""

    ratio: float
    """Median of the pairs' ratios to direct."""

    worst: float


@dataclass(frozen=True, slots=True)
class Lag:
    """A live session's lag, seconds from a word's end until it is committed."""

    beside: str
    commit_lag_median: float
    commit_lag_p95: float
    commit_lag_worst: float
    word_error_rate: float
    generations: int
    longest_step: float
    """Seconds between two steps told."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured."""

    model: str
    folder: Path
    card: ModelCard
    store: ModelStore
    steps: int | None
    side: int | None

    def request(self, seed: int) -> ImageRequest:
        """What every way is asked."""
        return ImageRequest(PROMPT, width=self.side, height=self.side, steps=self.steps, seed=seed)


class Direct:
    """diffusers as its own documentation has it."""

    def __init__(self, subject: Subject) -> None:
        torch.set_num_threads(1)
        self._settings = read_settings(subject.card.settings)
        self._pipeline = AutoPipelineForText2Image.from_pretrained(
            subject.folder, dtype=torch.float32, use_safetensors=True, local_files_only=True
        )
        self._pipeline.set_progress_bar_config(disable=True)

    def draw(self, drawn: GeneratedImages) -> bytes:
        """The same picture again, as PNG.

        Of a model that draws one small square (``native_side``) the square is drawn by diffusers
        and the picture made of it by the function that the engine calls for it.
        """
        native = self._settings.native_side
        picture: Image.Image = self._pipeline(
            prompt=PROMPT,
            width=native or drawn.width,
            height=native or drawn.height,
            num_inference_steps=drawn.steps,
            guidance_scale=drawn.guidance,
            generator=torch.Generator("cpu").manual_seed(drawn.seeds[0]),
        ).images[0]
        if native:
            layout = named_layout(PROMPT, self._settings.layouts)
            square, palette = np.asarray(picture, np.uint8), self._settings.palette_levels
            picture = Image.fromarray(composed(square, drawn.width, drawn.height, layout, palette))
        return _png(picture)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _pixels(content: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.uint8)


def subject_of(name: str, steps: int | None, side: int | None) -> Subject:
    """A model of the catalogue, or a folder as if it were one."""
    if not Path(name).is_dir():
        store = ModelStore()
        return Subject(name, store.ensure(name), store.catalogue.get(name), store, steps, side)
    folder = Path(name).absolute()
    card = ModelCard(
        id=_FOLDER_MODEL,
        display_name=folder.name,
        task="image-generation",
        languages=("en",),
        engine="diffusers",
        license="unknown",
        commercial_use=False,
        size_bytes=0,
        files=(),
        sources=(),
        settings={"side": side or 64, "least_side": 16},
    )
    store = ModelStore(catalogue=Catalogue((*load_catalogue(), card)))
    return Subject(_FOLDER_MODEL, folder, card, store, steps, side)


@asynccontextmanager
async def _serving(subject: Subject, workers: int) -> AsyncIterator[tuple[InProcessPool, Any, str]]:
    """The pool, a stub of the service that it computes for, and the service's address."""
    options = EngineOptions(workers=workers)
    usual = make_loader(subject.store, options)

    def load(model: str) -> Engine:
        if model != _FOLDER_MODEL:
            return usual(model)
        own = EngineOptions(
            workers=workers, languages=subject.card.languages, settings=subject.card.settings
        )
        return open_engine("diffusers", subject.folder, own)

    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(
            port=0,
            database_url=f"sqlite:///{scratch}/dauys.db",
            images_root=Path(scratch) / "images",
            image_identity_folder=Path(scratch) / "identity",
            image_model=subject.model,
        )
        async with (
            InProcessPool(load, PoolConfig(workers=workers)) as pool,
            Server(settings, pool, subject.store, ["image_generation"]) as server,
            grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", _CHANNEL_OPTIONS) as channel,
        ):
            stub = image_generation_pb2_grpc.ImageGenerationStub(channel)
            yield pool, stub, f"127.0.0.1:{server.port}"


async def _by_pool(pool: InProcessPool, subject: Subject, seed: int) -> GeneratedImages:
    task = Task(subject.model, "stream_generation", subject.request(seed), Priority.BATCH)
    async for item in pool.stream(task):
        if isinstance(item, GeneratedImages):
            return item
    raise AssertionError("an engine's stream ends with its pictures")


def _call(subject: Subject, seed: int, *, badge: bool) -> pb.GenerateImageRequest:
    return pb.GenerateImageRequest(
        prompt=PROMPT,
        seed=seed,
        steps=subject.steps or 0,
        width=subject.side or 0,
        height=subject.side or 0,
        badge=pb.ImageBadge(hidden=not badge),
    )


@lru_cache
def _stub(address: str) -> Any:
    """Of a client's process."""
    return image_generation_pb2_grpc.ImageGenerationStub(
        grpc.insecure_channel(address, _CHANNEL_OPTIONS)
    )


def _elsewhere(address: str, request: bytes) -> float:
    """In a client's process: seconds until the picture was there."""
    began, content = time.perf_counter(), b""
    for response in _stub(address).GenerateImage(pb.GenerateImageRequest.FromString(request)):
        content = response.image.content or content
    if not content:
        raise AssertionError("the service ended without a picture")
    return time.perf_counter() - began


async def _by_service(
    images: Any,
    subject: Subject,
    seed: int,
    *,
    badge: bool = True,
    steps: list[float] | None = None,
) -> bytes:
    """The file; ``steps`` gets the seconds between two steps told."""
    content, before = b"", 0.0
    async for response in images.GenerateImage(_call(subject, seed, badge=badge)):
        now = time.perf_counter()
        if response.WhichOneof("response") == "step":
            if before and steps is not None:
                steps.append(now - before)
            before = now
        content = response.image.content or content
    return content


async def overhead(subject: Subject, pairs: int) -> list[Way]:
    """Every seed each way, in turn."""
    direct = await asyncio.to_thread(Direct, subject)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as client:
        return await _in_turn(subject, pairs, direct, client)


async def _in_turn(
    subject: Subject, pairs: int, direct: Direct, client: ProcessPoolExecutor
) -> list[Way]:
    async with _serving(subject, workers=2) as (pool, images, address):
        first = await _by_pool(pool, subject, 0)
        theirs = _pixels(await asyncio.to_thread(direct.draw, first))
        ours = _pixels(await _by_service(images, subject, 0, badge=False))
        if not (np.array_equal(theirs, first.pictures[0]) and np.array_equal(ours, theirs)):
            sys.exit("the three ways draw different pictures: there is nothing to compare")

        loop = asyncio.get_running_loop()

        async def directly(seed: int) -> float:
            began = time.perf_counter()
            wanted = GeneratedImages(
                (), (seed,), "", first.width, first.height, 0, 0, first.steps, first.guidance, ""
            )
            await asyncio.to_thread(direct.draw, wanted)
            return time.perf_counter() - began

        async def pooled(seed: int) -> float:
            began = time.perf_counter()
            drawn = await _by_pool(pool, subject, seed)
            await asyncio.to_thread(lambda: _png(Image.fromarray(drawn.pictures[0])))
            return time.perf_counter() - began

        async def served(seed: int) -> float:
            request = _call(subject, seed, badge=True).SerializeToString()
            return await loop.run_in_executor(client, _elsewhere, address, request)

        ways: dict[str, Callable[[int], Coroutine[Any, Any, float]]] = {
            "direct": directly,
            "pool": pooled,
            "service": served,
        }
        took: dict[str, list[float]] = {way: [] for way in ways}
        names = list(ways)
        for number in range(pairs + 1):
            turned = names[number % 3 :] + names[: number % 3]
            for way in turned:
                seconds = await ways[way](number)
                if number:  # the first warms up
                    took[way].append(seconds)
    ratios = {
        way: [one / base for one, base in zip(each, took["direct"], strict=True)]
        for way, each in took.items()
    }
    return [
        Way(way, median(took[way]), statistics.median(ratios[way]), max(ratios[way]))
        for way in names
    ]


async def lag(subject: Subject, seconds: float, language: str) -> list[Lag]:
    """A live session alone, and beside generations."""
    recordings = await load_recordings([], language, seconds)
    if not recordings:
        return []
    offline = await asyncio.to_thread(recognise_offline, recordings, language)
    audio, times = join(recordings), on_one_timeline(recordings, offline)
    length = audio.samples.size / SAMPLE_RATE
    rows = []
    async with _serving(subject, os.cpu_count() or 1) as (pool, images, _):
        await warm_up(pool, runtime.DEFAULT_MODEL)
        await _by_service(images, subject, 0)
        for beside in ("nothing", "generations"):
            steps: list[float] = []
            drawn = 0

            async def draw_on(steps: list[float] = steps) -> None:
                nonlocal drawn
                while True:
                    await _by_service(images, subject, drawn, steps=steps)
                    drawn += 1

            drawing = asyncio.create_task(draw_on()) if beside == "generations" else None
            shown = await run_stream(pool, f"beside {beside}", audio.samples, live_config(language))
            if drawing is not None:
                if drawing.done():
                    drawing.result()
                drawing.cancel()
            result = score(shown, audio.text, times, length)
            rows.append(
                Lag(
                    beside=beside,
                    commit_lag_median=median(result.commit_lags),
                    commit_lag_p95=percentile(result.commit_lags, 95),
                    commit_lag_worst=max(result.commit_lags),
                    word_error_rate=result.word_error_rate,
                    generations=drawn,
                    longest_step=max(steps, default=0.0),
                )
            )
    return rows


def _show(console: Console, title: str, rows: Sequence[Any]) -> None:
    table = Table(title=title, title_justify="left")
    for name in asdict(rows[0]):
        table.add_column(name.replace("_", " "))
    for row in rows:
        cells = asdict(row).values()
        table.add_row(*(f"{one:.3f}" if isinstance(one, float) else str(one) for one in cells))
    console.print(table)


async def _run(arguments: argparse.Namespace) -> None:
    console = Console(width=120)
    subject = subject_of(arguments.model, arguments.steps, arguments.side)
    ways = await overhead(subject, arguments.pairs)
    _show(console, f"{subject.card.display_name}: a picture at a time", ways)
    held = ways[-1].ratio <= BOUND
    console.print(
        f"service / direct {ways[-1].ratio:.3f}: bound {BOUND}, {'held' if held else 'NOT held'}"
    )
    rows = []
    if arguments.live_seconds:
        rows = await lag(subject, arguments.live_seconds, arguments.language)
        if rows:
            _show(console, "A live session beside", rows)
        else:
            console.print("no recordings beside the checkout: no lag was measured")
    content = {
        "model": subject.card.display_name,
        "ways": [asdict(way) for way in ways],
        "lag": [asdict(row) for row in rows],
    }
    packages = ("diffusers", "torch", "c2pa-python")
    write_report(console, arguments.out, "images", content, packages=packages)


def main() -> None:
    """Measure, print, write ``images.json``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", nargs="?", default="starter-ornament", help="id or folder")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--steps", type=int, help="otherwise the model's own")
    parser.add_argument("--side", type=int, help="pixels; otherwise the model's own")
    parser.add_argument("--live-seconds", type=float, default=60.0, help="of speech; 0: none")
    parser.add_argument("--language", default="en", help="of the speech")
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    runtime.configure_logging(False)
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
