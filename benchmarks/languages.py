"""Does the language settle? Recordings of several languages, one after the other, unpaced.

    python -m benchmarks.languages [--languages kk,ru,en] [--each 8] [--pause 1.0] [--blocks]
                                   [--mixed] [--stay 0.8]

Counts committed words that bear another language than their recording's, and changes of language
inside a recording. A recording marked kk may hold Russian words (code-switched speech).
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from itertools import chain, pairwise, zip_longest
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.replay import (
    Recording,
    ReplayFeed,
    live_config,
    load_recordings,
    unpaced,
)
from benchmarks.report import write_report
from foundation.media_time import to_seconds
from foundation.speech import SAMPLE_RATE, Samples
from services.command_line import runtime
from streaming.cues.presets import load_preset
from streaming.recognition import LiveRecognizer
from streaming.session import CommittedText, LiveSession


async def labels(samples: Samples, codes: str, **changes: object) -> list[tuple[float, str]]:
    """End (seconds) and language of each committed word."""
    config = live_config(codes, **changes)
    async with runtime.open_pool() as pool:
        recognizer = LiveRecognizer(pool, config, session="languages")
        feed = ReplayFeed(samples, paced=False)
        session = LiveSession(feed, recognizer, load_preset("overlay-live"), unpaced(config))
        events = session.subscribe()
        running = asyncio.create_task(session.run())
        found: list[tuple[float, str]] = [
            (to_seconds(word.end), event.body.language)
            async for event in events
            if isinstance(event.body, CommittedText)
            for word in event.body.words
        ]
        await running
    return found


async def load(codes: str, each: int, blocks: bool) -> list[tuple[str, Recording]]:
    """The shortest recordings of each language, taken in turn or language by language."""
    columns = []
    for code in codes.split(","):
        recordings = await load_recordings([], code, 36_000)
        fitting = [r for r in recordings if r.samples.size > 2 * SAMPLE_RATE]
        columns.append([(code, recording) for recording in fitting[-each:]])
    order = chain(*columns) if blocks else chain(*zip_longest(*columns))
    return [pair for pair in order if pair is not None]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--languages", default="kk,ru,en")
    parser.add_argument("--each", type=int, default=8, help="recordings of each language")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between recordings")
    parser.add_argument("--blocks", action="store_true", help="language by language, not in turn")
    parser.add_argument("--mixed", action="store_true")
    parser.add_argument("--stay", type=float, default=0.8, help="weight of the language before")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    arguments = parser.parse_args()
    console = Console()
    runtime.configure_logging(False)
    runtime.ensure_model(runtime.DEFAULT_MODEL)
    played = asyncio.run(load(arguments.languages, arguments.each, arguments.blocks))
    pause = np.zeros(round(arguments.pause * SAMPLE_RATE), np.float32)
    samples = np.concatenate([part for _, r in played for part in (r.samples, pause)])
    words = asyncio.run(
        labels(samples, arguments.languages, mixed=arguments.mixed, stay_weight=arguments.stay)
    )
    counts: Counter[str] = Counter()
    table = Table("recording", "is", "words heard as")
    position = 0.0
    for code, recording in played:
        end = position + recording.samples.size / SAMPLE_RATE + arguments.pause
        heard = [language for ended, language in words if position < ended <= end]
        counts["words"] += len(heard)
        counts["other_language"] += sum(language != code for language in heard)
        counts["changes_inside"] += sum(a != b for a, b in pairwise(heard))
        shares = ", ".join(f"{language} {n}" for language, n in Counter(heard).most_common())
        table.add_row(recording.name, code, shares)
        position = end
    console.print(table)
    console.print(", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items()))
    content = {"arguments": {**vars(arguments), "out": ""}, **counts}
    write_report(console, arguments.out, "languages", content)


if __name__ == "__main__":
    main()
