"""What imsc.js, the W3C's player, draws in a real browser."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path

import pytest

from streaming.formats import write_track
from tests.integration.gateway.browsers import find_chromium
from tests.npm_scripts import NpmScript
from tests.unit.formats.tracks import KAZAKH, WHOLE_ALPHABET

IMSC_JS = NpmScript("imsc@1.1.5", "dist/imsc.all.min.js", "DAUYS_TEST_IMSC_JS")

PAGE = """<!doctype html><meta charset="utf-8">
<body style="margin:0"><div id="screen" style="position:relative;width:1280px;height:720px"></div>
<script>{player}</script><script>
const said = [], hear = level => message => {{ said.push(level + message); return false }};
const ears = {{info: hear("I"), warn: hear("W"), error: hear("E"), fatal: hear("F")}};
const screen_ = document.getElementById("screen");
const isd = imsc.generateISD(imsc.fromXML({document}, ears), 1, ears);
imsc.renderHTML(isd, screen_, null, 720, 1280, false, ears);
const box = [...screen_.querySelectorAll("span")].filter(e => e.textContent && !e.children.length)
  .map(e => e.getBoundingClientRect());
document.title = JSON.stringify({{
  said, text: screen_.textContent,
  top: Math.min(...box.map(b => b.top)), bottom: Math.max(...box.map(b => b.bottom)),
  left: Math.min(...box.map(b => b.left)), right: Math.max(...box.map(b => b.right)),
}});
</script>"""


@pytest.mark.parametrize("name", ["imsc", "ebu_tt_d"])
def test_the_whole_alphabet_is_drawn_in_the_safe_area(name: str, tmp_path: Path) -> None:
    browser = find_chromium()
    player = IMSC_JS.fetch(tmp_path)
    document = json.dumps(write_track(WHOLE_ALPHABET, name)).replace("</", "<\\/")
    page = tmp_path / "page.html"
    script = player.read_text(encoding="utf-8")
    page.write_text(PAGE.format(player=script, document=document), encoding="utf-8")
    drawn = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()],
        capture_output=True,
        check=True,
        timeout=100,
    )
    title = re.search(r"<title>(.*?)</title>", drawn.stdout.decode())
    assert title is not None
    found = json.loads(html.unescape(title[1]))
    assert found["said"] == []
    assert found["text"] == KAZAKH
    assert found["left"] >= 128
    assert found["right"] <= 1152
    assert found["top"] >= 72
    assert 600 < found["bottom"] <= 648
