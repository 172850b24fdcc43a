"""WhisperLiveKit hears a recording at its own speed; run by ``benchmarks.live`` as a script.

    python whisper_live_kit.py MODEL_FOLDER LANGUAGE RAW_S16LE_16K_MONO

It prints one JSON object a state of its screen (``wall`` in seconds since the first sample was
due, ``committed``, ``tentative``), then one with ``cpu_seconds`` and ``resident_mib``. It imports
nothing of this project: the environment holds the peer alone.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

BYTES_PER_SECOND = 32_000
CHUNK_BYTES = BYTES_PER_SECOND // 10


def cpu_seconds() -> float:
    """User and system time of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def main(folder: str, language: str, pcm: bytes) -> None:
    """Feed the recording and print what is shown."""
    from whisperlivekit.test_harness import TestHarness  # type: ignore[import-not-found]

    options = {
        "lan": language,
        # Its other policy, simulstreaming, needs the weights in PyTorch's format as well.
        "backend_policy": "localagreement",
        "backend": "faster-whisper",
        "model_dir": folder,
        "pcm_input": True,
        "vac": True,
    }
    async with TestHarness(**options) as harness:
        begun = 0.0

        def show(state: Any) -> None:
            committed = " ".join(line["text"] for line in state.lines if line.get("text"))
            shown = {
                "wall": time.monotonic() - begun,
                "committed": committed,
                "tentative": state.buffer_transcription,
            }
            print(json.dumps(shown, ensure_ascii=False), flush=True)

        before = cpu_seconds()
        begun = time.monotonic()
        harness.on_update(show)
        for first in range(0, len(pcm), CHUNK_BYTES):
            chunk = pcm[first : first + CHUNK_BYTES]
            due = begun + (first + len(chunk)) / BYTES_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await harness.feed_pcm(chunk, speed=0, chunk_duration=0.1)
        show(await harness.finish(timeout=120))
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"cpu_seconds": cpu_seconds() - before, "resident_mib": resident}))


asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes()))
