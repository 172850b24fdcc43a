from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from foundation.languages import Language
from foundation.speech import Identification, RecognitionRequest, Transcription
from streaming.recognition.routing import SpeechModels, recognise
from workers.interface import Task

BILINGUAL = SpeechModels("whisper", {"kk": "gigaam", "ru": "gigaam"})


class Pool:
    """Identifies one language; recognises the first of those that it is asked for."""

    def __init__(self, spoken: Language = "kk") -> None:
        self.spoken = spoken
        self.asked: list[tuple[str, str, tuple[Language, ...], tuple[float, ...]]] = []

    async def call(self, task: Task) -> Any:
        request: RecognitionRequest = task.payload
        self.asked.append((task.model, task.method, request.languages, request.language_weights))
        if task.method == "identify":
            return Identification(self.spoken, 0.8)
        return Transcription("", (), request.languages[0], 0.5, 0.0, 0.0, 1.0)


def window(*languages: Language, weights: tuple[float, ...] = ()) -> RecognitionRequest:
    return RecognitionRequest(
        np.zeros(16_000, np.float32), languages=languages, language_weights=weights
    )


async def ask(models: SpeechModels, request: RecognitionRequest, pool: Pool) -> Transcription:
    return await recognise(pool, models, request, Task)  # type: ignore[arg-type]


async def test_one_model_is_asked_at_once() -> None:
    pool = Pool()
    await ask(BILINGUAL, window("kk", "ru", weights=(0.9, 0.1)), pool)
    await ask(BILINGUAL, window("en"), pool)
    await ask(SpeechModels("whisper"), window("kk", "ru", "en"), pool)
    assert pool.asked == [
        ("gigaam", "recognize", ("kk", "ru"), (0.9, 0.1)),
        ("whisper", "recognize", ("en",), ()),
        ("whisper", "recognize", ("kk", "ru", "en"), ()),
    ]


@pytest.mark.parametrize(
    ("spoken", "model", "languages", "weights"),
    [("ru", "gigaam", ("kk", "ru"), (0.7, 0.2)), ("en", "whisper", ("en",), (0.1,))],
)
async def test_the_language_is_identified_where_several_models_hear(
    spoken: Language, model: str, languages: tuple[Language, ...], weights: tuple[float, ...]
) -> None:
    pool = Pool(spoken)
    request = window("kk", "ru", "en", weights=(0.7, 0.2, 0.1))
    heard = await ask(BILINGUAL, request, pool)
    assert pool.asked == [
        ("whisper", "identify", ("kk", "ru", "en"), (0.7, 0.2, 0.1)),
        (model, "recognize", languages, weights),
    ]
    assert heard.language_probability == pytest.approx(0.4)


async def test_another_model_may_identify() -> None:
    pool = Pool()
    models = replace(BILINGUAL, identifier="small")
    await ask(models, window("kk", "en"), pool)
    assert [model for model, *_ in pool.asked] == ["small", "gigaam"]
    assert models.all_for(("kk", "en")) == ("gigaam", "whisper", "small")
    assert models.all_for(("kk", "ru")) == ("gigaam",)
