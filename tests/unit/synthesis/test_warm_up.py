"""A voice is loaded before the first text comes."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from foundation.errors import FailedPrecondition
from streaming.synthesis.warm_up import warm_up
from tests.unit.synthesis.voices import pool
from text.spoken import SpeechText, SpokenSentence
from workers.testing import FakePool


async def test_a_voice_is_loaded_and_its_language_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    plain = SpeechText.plain

    def listening(front_end: SpeechText, text: str) -> tuple[SpokenSentence, ...]:
        sentences = plain(front_end, text)
        read.append(f"{front_end.options.language}: {sentences[0].text}")
        return sentences

    monkeypatch.setattr(SpeechText, "plain", listening)
    workers = pool()
    await warm_up(workers, "kk-voice")
    await workers.aclose()
    assert read == ["kk: Сағат жиырма бірде жаңалықтар."]
    assert [(task.model, task.method) for task in workers.tasks] == [("kk-voice", "capabilities")]


async def test_a_voice_that_cannot_be_loaded_does_not_end_the_server() -> None:
    def missing(model: str) -> None:
        raise FailedPrecondition(f"{model} is not here")

    workers = FakePool(lambda task: None, capabilities=missing)
    with capture_logs() as logs:
        await warm_up(workers, "kk-voice")
    await workers.aclose()
    [event] = [entry for entry in logs if entry["event"] == "voice.warm_up_failed"]
    assert event["reason"] == "kk-voice is not here"
