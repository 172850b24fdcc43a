"""``dauys demo``: a spoken bulletin goes through the whole system, and the result is measured."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from foundation.errors import Unavailable
from foundation.synthesis import SynthesisRequest
from services.command_line import runtime
from services.command_line.scoring import in_digits, normalise
from services.command_line.subtitle import subtitle

if TYPE_CHECKING:
    from dauys.client import CueEvent

VOICE = "piper-en-us-joe"
BULLETIN = (
    "Good evening, and welcome to the news at nine.",
    "The government has approved a new plan to build twelve schools in the south of the country.",
    "Heavy snow is expected in the mountains tonight, and drivers are asked to stay at home.",
    "The national team won the final match by three goals to one.",
    "Scientists have found a better way to store energy from the wind and the sun.",
    "That is all from us. Thank you for watching.",
)
_LEAD_IN_SECONDS = 2.0
_PAUSE_SECONDS = 0.6
_TAIL_SECONDS = 2.0
_START_SECONDS = 60.0


def demo(
    source: Annotated[
        str, typer.Argument(help="Your own feed or file instead of the bulletin.")
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder for the subtitles.")] = Path("out/demo"),
) -> None:
    """Speak a bulletin, send it as an MPEG-TS feed, subtitle it live, print lag and errors."""
    if source:
        is_file = Path(source).exists()
        subtitle(source, out=out, realtime=is_file)
        return
    runtime.configure_logging(False)
    console = Console()
    for model in (runtime.DEFAULT_MODEL, VOICE):
        runtime.ensure_model(model)
    with tempfile.TemporaryDirectory() as folder:
        speech = Path(folder) / "bulletin.wav"
        speak(BULLETIN, speech)
        asyncio.run(_run(speech, console))


def speak(sentences: tuple[str, ...], target: Path) -> None:
    """Speak sentences with the starter voice into a 16-bit mono WAV, silence around them."""
    from models.engines.base import CallContext, EngineOptions
    from models.loading import make_loader
    from models.store import ModelStore

    voice = make_loader(ModelStore(), EngineOptions())(VOICE)
    try:
        spoken = [
            voice.call("synthesize", SynthesisRequest.of_text(sentence, "en"), CallContext())
            for sentence in sentences
        ]
    finally:
        voice.close()
    rate = spoken[0].sample_rate
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(_silence(_LEAD_IN_SECONDS, rate))
        for speech in spoken:
            file.writeframes((speech.samples * 32767).astype("<i2").tobytes())
            file.writeframes(_silence(_PAUSE_SECONDS, rate))
        file.writeframes(_silence(_TAIL_SECONDS, rate))


def _silence(seconds: float, rate: int) -> bytes:
    return bytes(2 * int(seconds * rate))


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _server(port: int) -> Iterator[None]:
    """A ``dauys serve`` of its own that may listen to feeds of this machine."""
    environment = os.environ | {"DAUYS_ALLOWED_HOSTS": '["127.0.0.1"]'}
    command = [sys.executable, "-m", "services.command_line.main", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.asynccontextmanager
async def _sender(speech: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """An ffmpeg that plays the speech in real time as MPEG-TS over UDP."""
    from streaming.ingest.ffmpeg import find_ffmpeg

    process = await asyncio.create_subprocess_exec(
        str(find_ffmpeg()), "-hide_banner", "-loglevel", "error", "-nostdin",
        "-re", "-i", str(speech), "-c:a", "aac", "-b:a", "128k",
        "-f", "mpegts", f"udp://127.0.0.1:{port}?pkt_size=1316",
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass(slots=True)
class _Measured:
    """What the watcher saw."""

    words: list[str]
    commit_lags: list[float]
    first_shown: float | None = None
    first_onset: float | None = None

    def note(self, event: CueEvent) -> None:
        from dauys.client import CommittedText, TentativeText

        shown = isinstance(event, TentativeText | CommittedText) and event.text
        if shown and self.first_shown is None:
            self.first_shown = event.wall
        if isinstance(event, CommittedText):
            for word in event.words:
                self.first_onset = word.start if self.first_onset is None else self.first_onset
                self.words.append(word.text)
                self.commit_lags.append(event.wall - word.end)


async def _run(speech: Path, console: Console) -> None:
    from dauys.client import AsyncClient, FeedChanged, LiveSessionState

    from services.command_line.live_view import LiveView

    port, feed_port = _free_port(socket.SOCK_STREAM), _free_port(socket.SOCK_DGRAM)
    measured = _Measured([], [])
    with _server(port):
        async with AsyncClient(f"127.0.0.1:{port}") as client:
            await _wait_until_up(client)
            session = await client.create_live_session(
                url=f"udp://127.0.0.1:{feed_port}", display_name="Demo bulletin", languages=["en"]
            )
            async with _sender(speech, feed_port) as sender:
                ended = asyncio.create_task(sender.wait())
                with LiveView("Demo bulletin, live", console) as view:
                    async for event in client.watch_cues(session.name):
                        measured.note(event)
                        view.show_remote(event)
                        lost = (
                            isinstance(event, FeedChanged)
                            and event.state is LiveSessionState.FEED_LOST
                        )
                        if lost and ended.done():
                            await client.stop_live_session(session.name)
                await ended
    _report(measured, console)


async def _wait_until_up(client: object) -> None:
    from dauys.client import AsyncClient, UnavailableError

    assert isinstance(client, AsyncClient)
    give_up = asyncio.get_running_loop().time() + _START_SECONDS
    while True:
        try:
            [model async for model in client.list_models()]
        except UnavailableError as error:
            if asyncio.get_running_loop().time() > give_up:
                raise Unavailable(f"the server did not start: {error}") from error
            await asyncio.sleep(0.2)
        else:
            return


def _report(measured: _Measured, console: Console) -> None:
    import jiwer

    if not measured.words or measured.first_shown is None or measured.first_onset is None:
        raise Unavailable("nothing was recognised: did the feed arrive?")
    spoken, heard = (
        normalise(in_digits(" ".join(words), "en")) for words in (BULLETIN, measured.words)
    )
    lags = sorted(measured.commit_lags)
    table = Table("measured", "", title="Demo bulletin", title_justify="left")
    first = measured.first_shown - measured.first_onset
    table.add_row("first text after the first word began", f"{first:.2f} s")
    table.add_row("lag of committed words, median", f"{statistics.median(lags):.2f} s")
    table.add_row("lag of committed words, p95", f"{lags[int(0.95 * (len(lags) - 1))]:.2f} s")
    table.add_row("word error rate", f"{jiwer.wer(spoken, heard):.1%} of {len(spoken.split())}")
    console.print(table)
