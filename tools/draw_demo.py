"""Draw docs/demo.svg: the terminal of ``dauys subtitle`` at one moment of a real run.

dauys subtitle SPEECH --realtime --out DIR
python tools/draw_demo.py DIR/events.jsonl docs/demo.svg
"""

from __future__ import annotations

import argparse
import io
import json
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from foundation.speech import Word
from services.command_line.live_view import LiveView
from streaming.session import (
    CommittedText,
    FeedChanged,
    SessionEvent,
    SessionEventBody,
    SessionState,
    TentativeText,
)


def main() -> None:
    """Replay events up to the moment and save the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("events", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--until", type=float, default=14.0, help="wall seconds")
    arguments = parser.parse_args()
    console = Console(record=True, width=84, force_terminal=True, file=io.StringIO())
    view = LiveView("srt://0.0.0.0:9000?mode=listener", Console(file=io.StringIO()))
    for line in arguments.events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["wall"] > arguments.until:
            break
        words = tuple(Word(text, 0, 0, 1.0) for text in event["text"].split())
        body: SessionEventBody
        if event["kind"] == "committed":
            body = CommittedText(words, event["language"])
            view.set_status(event["wall"], event["wall"] - event["end"])
        elif event["kind"] == "tentative":
            body = TentativeText(words, event["language"])
        elif event["kind"] == "feed":
            body = FeedChanged(SessionState(event["text"].split()[0]))
        else:
            continue
        view.show(SessionEvent(0, event["wall"], event["track"], body))
    console.print(view.picture())
    # The reader's own monospace font will do: the picture must not load one from elsewhere.
    drawing = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="dauys subtitle", code_format=drawing)
    arguments.picture.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
