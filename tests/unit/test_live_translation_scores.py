"""The figures of the benchmark of live translation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from benchmarks.live_translation import (
    Clause,
    TrackLog,
    clauses_of,
    omnisteval,
    row_of,
    segments_of,
)
from benchmarks.replay import Recording
from foundation.speech import Word
from streaming.session import CommittedText, TentativeText

SECOND = 90_000


def words(text: str, first: int = 0) -> tuple[Word, ...]:
    """A second each, from second ``first`` on."""
    return tuple(
        Word(word, place * SECOND, (place + 1) * SECOND, 1.0)
        for place, word in enumerate(text.split(), first)
    )


def test_clauses_end_at_marks_and_pauses() -> None:
    said = [*words("один, два три четыре, пять шесть"), *words("семь", 9)]
    committed = [(float(place), word) for place, word in enumerate(said)]
    assert clauses_of(committed) == [
        Clause(0, 4 * SECOND, 3.0),
        Clause(4 * SECOND, 6 * SECOND, 5.0),
        Clause(9 * SECOND, 10 * SECOND, 6.0),
    ]


def logs() -> dict[str, TrackLog]:
    source, track = TrackLog(), TrackLog()
    source.add(4.0, CommittedText(words("один два три четыре,"), "ru"))
    source.add(8.0, CommittedText(words("пять шесть", 4), "ru"))
    track.add(3.0, TentativeText(words("a b"), "en"))
    track.add(3.5, TentativeText(words("a c d"), "en"))
    track.add(4.5, CommittedText(words("a c d e,"), "en"))
    track.add(9.0, CommittedText(words("f g", 4), "en"))
    return {"source": source, "en": track}


def test_delays_count_from_the_commit_and_erasure_from_the_screen() -> None:
    row = row_of("ru", "en", "toy", logs(), 10.0, 5.0)
    assert row.clauses == 2
    assert row.never_committed == 0
    assert row.first_text_median == (-1.0 + 1.0) / 2
    assert row.committed_median == (0.5 + 1.0) / 2
    assert row.behind_speech_median == (0.5 + 3.0) / 2
    assert row.normalised_erasure == 1 / 6
    assert row.cpu_seconds_per_audio_second == 0.5


def test_a_clause_without_translation_is_counted() -> None:
    taken = logs()
    del taken["en"].committed[-1]
    del taken["en"].shown[-1]
    assert row_of("ru", "en", "toy", taken, 10.0, 5.0).never_committed == 1


def test_the_tool_gets_words_with_times_and_its_scores_are_read(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    scores = (
        "metric\\tvalue\\nBLEU\\t12.5\\nchrF\\t40\\nLongYAAL (CA)\\t1500\\nLongLAAL (CA)\\t2000\\n"
    )
    tool.write_text(
        f"#!{sys.executable}\n"
        "import sys, pathlib\n"
        "folder = pathlib.Path(sys.argv[sys.argv.index('--output_folder') + 1])\n"
        f"(folder / 'scores.tsv').write_text('{scores}')\n"
    )
    tool.chmod(0o755)
    second = np.zeros(16_000, np.float32)
    recordings = [Recording(second, "Раз. Два.", "a"), Recording(second, "Три.", "b")]
    segments = segments_of(recordings, "ru")
    assert [segment.text for segment in segments] == ["Раз.", "Два.", "Три."]
    assert [round(segment.offset, 3) for segment in segments] == [0.0, 0.556, 2.0]
    read = omnisteval(str(tool), tmp_path, segments, logs()["en"], ["one", "two", "three"])
    assert read == {"BLEU": 12.5, "chrF": 40.0, "LongYAAL, s": 1.5, "LongLAAL, s": 2.0}
    said = json.loads((tmp_path / "hypothesis.jsonl").read_text())
    assert said["prediction"] == "a c d e, f g"
    assert said["delays"] == [4500.0] * 4 + [9000.0] * 2
    assert said["source_length"] == 3000.0
    described = json.loads((tmp_path / "segments.json").read_text())
    assert [round(one["duration"], 3) for one in described] == [0.444, 0.444, 1.0]
    assert (tmp_path / "references.txt").read_text() == "one\ntwo\nthree\n"
