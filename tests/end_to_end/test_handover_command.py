"""``dauys handover`` as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.sync.client import connect

from foundation.errors import InvalidArgument
from services.command_line.handover import read_config
from streaming.cues.model import Cue
from streaming.formats.ttml.live_writer import LiveSequence


def test_bad_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "handover.toml"
    for text, field in (
        ("listen = ", ""),
        ('group = "g"\noutput = "o"', ".listen"),
        ('listen = "0.0.0.0:1"\ngroup = "g"\noutput = "o"', ".listen"),
        ('listen = "127.0.0.1:1"\ngroup = "g"\noutput = "o"\nsilence = 3', ".silence"),
    ):
        path.write_text(text)
        with pytest.raises(InvalidArgument) as raised:
            read_config(path)
        assert raised.value.field == f"{path}{field}"
    with pytest.raises(InvalidArgument, match="No such file"):
        read_config(tmp_path / "none.toml")


@pytest.mark.slow
def test_documents_go_through_until_it_is_told_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "handover.toml"
    path.write_text('listen = "127.0.0.1:0"\ngroup = "studio"\noutput = "on air"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "services.command_line.main", "handover", str(path)],
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        port = json.loads(process.stderr.readline())["port"]
        root = f"ws://127.0.0.1:{port}"
        sequence = LiveSequence("primary", "kk", authors_group="studio")
        cue = Cue(1, 0, 90_000, ("Сәлем",), "kk")
        with (
            connect(f"{root}/on%20air/subscribe") as viewer,
            connect(f"{root}/primary/publish") as engine,
        ):
            engine.send(sequence.document(1, cue, duration=90_000))
            assert "Сәлем" in str(viewer.recv(timeout=20))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
