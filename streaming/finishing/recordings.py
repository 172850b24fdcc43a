"""A recording's utterances, finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from streaming.finishing.pipeline import Pipeline
from streaming.recognition.offline import Utterance


def finish_utterances(utterances: Sequence[Utterance], pipeline: Pipeline) -> list[Utterance]:
    """The utterances with finished words and text; one that nothing is left of is dropped."""
    finished = []
    for utterance in utterances:
        words = pipeline.finish(
            utterance.words, utterance.language, punctuated=utterance.punctuated
        )
        if words:
            text = " ".join(word.text for word in words)
            finished.append(replace(utterance, words=words, text=text))
    return finished
