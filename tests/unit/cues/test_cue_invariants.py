"""What must hold of cues whatever is said."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.languages import Language
from foundation.media_time import TICKS_PER_SECOND
from foundation.speech import Word
from streaming.cues.builder import CueBuilder
from streaming.cues.model import Cue
from streaming.cues.presets import PRESETS, load_preset
from streaming.formats import FORMATS, write_track

Batch = tuple[list[Word], Language, bool]

LETTERS = "аәбвгғдеёжзиійкқлмнңоөпрстуұүфхһцчшщъыіьэюяabcdefghijklmnopqrstuvwxyz0123456789-'"


@st.composite
def speech(draw: st.DrawFn) -> list[Batch]:
    """Batches of committed words in time order, as recognition emits them."""
    now = draw(st.integers(0, 2**33))
    batches: list[Batch] = []
    for _ in range(draw(st.integers(0, 8))):
        language: Language = draw(st.sampled_from(["kk", "ru", "en"]))
        words = []
        for _ in range(draw(st.integers(0, 12))):
            text = draw(st.text(LETTERS, min_size=1, max_size=90))
            text += draw(st.sampled_from(["", "", "", ".", ",", "?", "…"]))
            now += draw(st.integers(0, 2 * TICKS_PER_SECOND))
            end = now + draw(st.integers(0, TICKS_PER_SECOND))
            words.append(Word(text, now, end, 0.9))
            now = end
        batches.append((words, language, draw(st.booleans())))
    return batches


def build(batches: list[Batch], preset: str) -> list[Cue]:
    builder = CueBuilder(load_preset(preset))
    cues = []
    for words, language, endpoint in batches:
        cues += builder.push(words, language, endpoint)
    return cues + builder.flush()


@pytest.mark.parametrize("preset_name", PRESETS)
@given(batches=speech())
def test_invariants(preset_name: str, batches: list[Batch]) -> None:
    preset = load_preset(preset_name)
    cues = build(batches, preset_name)
    said = "".join(word.text for words, _, _ in batches for word in words)
    assert "".join("".join(cue.lines) for cue in cues).replace(" ", "") == said
    assert [cue.index for cue in cues] == list(range(1, len(cues) + 1))
    for cue in cues:
        assert 0 < len(cue.lines) <= preset.max_lines
        assert all(0 < len(line) <= preset.max_chars[cue.language] for line in cue.lines)
        assert preset.min_ticks <= cue.end - cue.start <= preset.max_ticks
    for first, second in pairwise(cues):
        gap = second.start - first.end
        assert gap >= preset.gap_ticks
        assert gap == preset.gap_ticks or gap >= preset.close_gaps_under_ticks
    assert build(batches, preset_name) == cues


@given(batches=speech(), name=st.sampled_from(sorted(FORMATS)))
def test_every_format_takes_every_cue(batches: list[Batch], name: str) -> None:
    cues = build(batches, "vod")
    text = write_track(cues, name)
    for cue in cues:
        assert all(line in text for line in cue.lines)


@pytest.mark.parametrize(
    ("name", "kk", "en", "cps_kk", "cps_en", "least", "most", "gap", "mode"),
    [
        ("overlay-live", 37, 37, 17, 20, 1.0, 7, 0, "roll-up"),
        ("hls-live", 37, 37, 17, 20, 1.0, 7, 0, "block"),
        ("vod", 39, 42, 17, 20, 0.833, 7, 0.08, "pop-on"),
    ],
)
def test_figures_of_presets(
    name: str,
    kk: int,
    en: int,
    cps_kk: int,
    cps_en: int,
    least: float,
    most: float,
    gap: float,
    mode: str,
) -> None:
    preset = load_preset(name)
    assert (preset.max_chars["kk"], preset.max_chars["ru"], preset.max_chars["en"]) == (kk, kk, en)
    assert (preset.max_cps["kk"], preset.max_cps["ru"], preset.max_cps["en"]) == (
        cps_kk,
        cps_kk,
        cps_en,
    )
    seconds = (preset.min_ticks, preset.max_ticks, preset.gap_ticks)
    assert [tick / TICKS_PER_SECOND for tick in seconds] == [least, most, gap]
    assert (preset.mode, preset.max_lines) == (mode, 2)
