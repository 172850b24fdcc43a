"""From the encoder's frames to tokens: CTC and transducer heads, whole windows and streams.

Windows may be searched with a beam; streams are decoded greedily, since a beam revises what it
said. Nothing here is changed by decoding: the state of a stream goes in and a new one comes out.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Final

import torch
from nemo.collections.asr.parts.submodules.ctc_decoding import CTCDecodingConfig
from nemo.collections.asr.parts.utils.rnnt_utils import Hypothesis
from omegaconf import OmegaConf, open_dict

from models.engines.nemo.checkpoint import Checkpoint
from models.engines.token_words import Token

_SYMBOLS_A_FRAME: Final = 10
"""Bound of a transducer's tokens at one frame where the checkpoint sets none."""


class Decoder(ABC):
    """One head of a model."""

    @abstractmethod
    def decode(self, encoded: Any, lengths: Any, beam_size: int) -> list[list[Token]]:
        """Tokens of whole windows.

        Args:
            encoded: [n, d, t], the encoder's output.
            lengths: int64 [n], frames of each.
            beam_size: 1: greedy.
        """

    @abstractmethod
    def step(
        self, encoded: Any, lengths: Any, states: Sequence[Any]
    ) -> list[tuple[list[Token], Any]]:
        """New tokens and the new state of streams; a state of None has heard nothing.

        Frames count from the stream's start.
        """


def make_decoder(checkpoint: Checkpoint) -> Decoder:
    """The decoder that the checkpoint is to be decoded with."""
    return CtcDecoder(checkpoint) if checkpoint.ctc else TransducerDecoder(checkpoint)


class CtcDecoder(Decoder):
    """The best label of each frame, repetitions and blanks removed; or NeMo's batched beam."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        model = checkpoint.model
        self._head = getattr(model, "ctc_decoder", model.decoder)
        self._beams: dict[int, Any] = {}

    def decode(self, encoded: Any, lengths: Any, beam_size: int) -> list[list[Token]]:
        """Greedily, or with NeMo's batched beam."""
        log_probabilities = self._log_probabilities(encoded)
        if beam_size > 1:
            return self._search(log_probabilities, lengths, beam_size)
        return [tokens for tokens, _ in self._collapse(log_probabilities, lengths, None)]

    def step(
        self, encoded: Any, lengths: Any, states: Sequence[Any]
    ) -> list[tuple[list[Token], Any]]:
        """A state is the last label and the number of frames so far."""
        return self._collapse(self._log_probabilities(encoded), lengths, states)

    def _log_probabilities(self, encoded: Any) -> Any:
        return self._head(encoder_output=encoded).float()

    def _collapse(
        self, log_probabilities: Any, lengths: Any, states: Sequence[Any] | None
    ) -> list[tuple[list[Token], Any]]:
        best, labels = log_probabilities.max(dim=-1)
        found = []
        for row, length in enumerate(lengths.tolist()):
            before = states[row] if states is not None else None
            previous, first = before or (self._checkpoint.blank, 0)
            tokens = []
            path = zip(labels[row, :length].tolist(), best[row, :length].tolist(), strict=True)
            for frame, (label, log_probability) in enumerate(path):
                if label not in (previous, self._checkpoint.blank):
                    tokens.append(Token(label, first + frame, 1, math.exp(log_probability)))
                previous = label
            found.append((tokens, (previous, first + length)))
        return found

    def _search(self, log_probabilities: Any, lengths: Any, beam_size: int) -> list[list[Token]]:
        beam = self._beams.get(beam_size)
        if beam is None:
            beam = self._beams[beam_size] = self._make_beam(beam_size)
        hypotheses = beam.decoding(decoder_output=log_probabilities, decoder_lengths=lengths)[0]
        return [
            [
                # The beam tells no confidence: how likely the frame alone makes the token.
                Token(label, frame, 1, math.exp(float(log_probabilities[row, frame, label])))
                for label, frame in _pairs(hypothesis)
            ]
            for row, hypothesis in enumerate(hypotheses)
        ]

    def _make_beam(self, beam_size: int) -> Any:
        model = self._checkpoint.model
        known = getattr(model, "ctc_decoding", model.decoding)
        config = OmegaConf.structured(CTCDecodingConfig())
        config.strategy = "beam_batch"
        config.beam.beam_size = beam_size
        config.beam.allow_cuda_graphs = False
        return _like(known, model, config)


class TransducerDecoder(Decoder):
    """RNN-T and TDT, with NeMo's label-looping greedy search and its batched beam (MALSD)."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._model = checkpoint.model
        self._greedy = self._make("greedy_batch", 1)
        self._beams: dict[int, Any] = {}

    def decode(self, encoded: Any, lengths: Any, beam_size: int) -> list[list[Token]]:
        """Greedily, or with the batched beam."""
        if beam_size == 1:
            return [_tokens(h) for h in self._run(self._greedy, encoded, lengths, None)]
        beam = self._beams.get(beam_size)
        if beam is None:
            beam = self._beams[beam_size] = self._make("malsd_batch", beam_size)
        return [_tokens(h) for h in self._run(beam, encoded, lengths, None)]

    def step(
        self, encoded: Any, lengths: Any, states: Sequence[Any]
    ) -> list[tuple[list[Token], Any]]:
        """A state is the prediction network's, with the number of frames so far."""
        carried = [None if state is None else _Carrier(state) for state in states]
        hypotheses = self._run(self._greedy, encoded, lengths, carried)
        return [(_tokens(hypothesis), hypothesis.dec_state) for hypothesis in hypotheses]

    @staticmethod
    def _run(decoding: Any, encoded: Any, lengths: Any, partial: Any) -> list[Any]:
        hypotheses: list[Any] = decoding.decoding(
            encoder_output=encoded, encoded_lengths=lengths, partial_hypotheses=partial
        )[0]
        return hypotheses

    def _make(self, strategy: str, beam_size: int) -> Any:
        config = copy.deepcopy(self._model.cfg.decoding)
        with open_dict(config):
            config.strategy = strategy
            config.compute_timestamps = False
            config.fused_batch_size = -1
            config.confidence_cfg = {
                "preserve_frame_confidence": strategy == "greedy_batch",
                "exclude_blank": True,
                "method_cfg": {"name": "max_prob", "alpha": 1.0},
            }
            greedy = dict(config.get("greedy", {}))
            greedy.setdefault("max_symbols", greedy.get("max_symbols_per_step"))
            greedy["max_symbols"] = greedy["max_symbols"] or _SYMBOLS_A_FRAME
            config.greedy = {
                "max_symbols": greedy["max_symbols"],
                "loop_labels": True,
                "use_cuda_graph_decoder": False,
            }
            config.beam = {
                "beam_size": beam_size,
                "return_best_hypothesis": True,
                "score_norm": True,
                "max_symbols": greedy["max_symbols"],
                "allow_cuda_graphs": False,
            }
        return _like(self._model.decoding, self._model, config)


class _Carrier(Hypothesis):  # type: ignore[misc]  # NeMo is not typed
    """A stream's state and nothing else: NeMo would keep all tokens, and lose TDT's durations."""

    def __init__(self, state: Any) -> None:
        super().__init__(score=0.0, y_sequence=[], dec_state=state)

    def merge_(self, other: Any) -> _Carrier:
        """Become ``other``."""
        self.__dict__.update(other.__dict__)
        return self


def _like(decoding: Any, model: Any, config: Any) -> Any:
    """Another decoding of the class of ``decoding``, over the same modules."""
    kind = type(decoding)
    arguments = {"decoding_cfg": config}
    if "RNNT" in kind.__name__:
        arguments |= {"decoder": model.decoder, "joint": model.joint}
    if "BPE" in kind.__name__:
        return kind(tokenizer=model.tokenizer, **arguments)
    head = getattr(model, "ctc_decoder", model.decoder)
    source = model.joint if "RNNT" in kind.__name__ else head
    return kind(vocabulary=list(source.vocabulary), **arguments)


def _tokens(hypothesis: Any) -> list[Token]:
    pairs = _pairs(hypothesis)
    durations = _list(hypothesis.token_duration)
    confidences = hypothesis.non_blank_step_confidence_precomputed
    if confidences is None:
        # A beam tells the hypothesis's score: the mean log probability of its steps.
        confidences = [math.exp(min(0.0, float(hypothesis.score)))] * len(pairs)
    return [
        Token(
            label,
            frame,
            int(durations[place]) if place < len(durations) else 1,
            min(1.0, max(0.0, float(confidences[place]))),
        )
        for place, (label, frame) in enumerate(pairs)
    ]


def _pairs(hypothesis: Any) -> list[tuple[int, int]]:
    labels, frames = _list(hypothesis.y_sequence), _list(hypothesis.timestamp)
    return [(int(label), int(frame)) for label, frame in zip(labels, frames, strict=True)]


def _list(values: Any) -> list[Any]:
    if values is None:
        return []
    if isinstance(values, torch.Tensor):
        return list(values.tolist())
    return list(values)
