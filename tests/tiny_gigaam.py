"""A tiny model in the format of GigaAM's ONNX exports that recognises a closed set of words.

It is a real network over GigaAM's features, trained in a second: a layer of random convolutions and
a read-out solved by ridge regression (an extreme learning machine: Huang, Zhu, Siew 2006). The
starter voice speaks the words, spelt for an English reader; they are written in Cyrillic.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import soxr
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx_asr.preprocessors.numpy_preprocessor import GigaamPreprocessorNumpy
from onnxruntime.quantization import QuantType, quantize_dynamic

from foundation.speech import SAMPLE_RATE, Samples
from models.store import ModelStore

WORDS: Final = {
    "сәлем": "salem",
    "алматы": "almatee",
    "жаңалық": "zhanga luck",
    "бүгін": "bougain",
    "погода": "pogoda",
    "вечер": "vecher",
    "новости": "novostee",
}
"""Written form → what the English voice reads."""

_HOP: Final = 160
_STRIDE: Final = 4
_KERNEL: Final = 31
"""Feature frames that a letter is told from: 0.31 s."""

_HIDDEN: Final = 768
_RIDGE: Final = 3.0
_SENTENCES: Final = 60
_BLANK: Final = "<blk>"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence of the closed set."""

    text: str
    samples: Samples
    spans: tuple[tuple[int, int], ...]
    """First sample of each word and one past its last."""


class Speaker:
    """Speaks each word once, always alike, and joins them."""

    def __init__(self) -> None:
        from piper import PiperVoice, SynthesisConfig

        voice = PiperVoice.load(next(ModelStore().ensure("piper-en-us-joe").glob("*.onnx")))
        steady = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
        self._words: dict[str, Samples] = {}
        for written, read in WORDS.items():
            chunks = [chunk.audio_float_array for chunk in voice.synthesize(read, steady)]
            sound = soxr.resample(np.concatenate(chunks), voice.config.sample_rate, SAMPLE_RATE)
            loud = np.flatnonzero(np.abs(sound) > 0.02)
            self._words[written] = sound[loud[0] : loud[-1]].astype(np.float32)

    def say(self, words: Sequence[str], pause: float = 0.2, lead: float = 0.3) -> Spoken:
        """Speak words with pauses between them and silence around."""
        silence = np.zeros(round(pause * SAMPLE_RATE), np.float32)
        parts: list[Samples] = [np.zeros(round(lead * SAMPLE_RATE), np.float32)]
        spans = []
        for word in words:
            start = sum(part.size for part in parts)
            parts += [self._words[word], silence]
            spans.append((start, start + self._words[word].size))
        parts.append(np.zeros(SAMPLE_RATE // 2, np.float32))
        return Spoken(" ".join(words), np.concatenate(parts), tuple(spans))


def build(folder: Path, speaker: Speaker) -> None:
    """Train the model and write it, in float32 and int8, as GigaAM multilingual's files are."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _vocabulary()
    random = np.random.default_rng(0)
    sentences = []
    for number in range(_SENTENCES):
        words = random.permutation(list(WORDS))[:3].tolist()
        pause, lead = 0.1 + 0.3 * random.random(), 0.3 + number / 997
        sentences.append(speaker.say(words, pause, lead))
    network = _train(sentences, vocabulary, random)
    full = folder / "multilingual_ctc.onnx"
    onnx.save(network, full)
    quantize_dynamic(full, folder / "multilingual_ctc.int8.onnx", weight_type=QuantType.QUInt8)
    lines = [f"{piece} {place}\n" for place, piece in enumerate(vocabulary)]
    (folder / "multilingual_vocab.txt").write_text("".join(lines), encoding="utf-8")
    config = {"model_type": "gigaam-multilingual-ctc", "version": "v3", "subsampling_factor": 4}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _vocabulary() -> list[str]:
    pieces = {f"\u2581{word[0]}" for word in WORDS} | {letter for word in WORDS for letter in word}
    return [*sorted(pieces), _BLANK]


def _features(samples: Samples) -> NDArray[np.float32]:
    """[64, t], GigaAM's logarithmic mel energies."""
    waves, lengths = samples[None], np.array([samples.size])
    features: NDArray[np.float32] = GigaamPreprocessorNumpy("gigaam_v3")(waves, lengths)[0][0]
    return features


def _labels(spoken: Spoken, frames: int, vocabulary: list[str]) -> NDArray[np.int64]:
    """Each letter once, evenly over its word; blank elsewhere."""
    labels = np.full(frames, len(vocabulary) - 1)
    for word, (start, end) in zip(spoken.text.split(), spoken.spans, strict=True):
        for place, letter in enumerate(word):
            piece = f"\u2581{letter}" if place == 0 else letter
            middle = start + (place + 0.5) / len(word) * (end - start)
            labels[int(middle / (_HOP * _STRIDE))] = vocabulary.index(piece)
    return labels


def _train(sentences: Sequence[Spoken], vocabulary: list[str], random: Any) -> onnx.ModelProto:
    features = [_features(spoken.samples) for spoken in sentences]
    mean, scale = np.mean(np.hstack(features)), np.std(np.hstack(features))
    kernels = random.normal(0, 1 / np.sqrt(64 * _KERNEL), (_HIDDEN, 64, _KERNEL)) / scale
    offsets = random.normal(0, 0.5, _HIDDEN) - mean * kernels.sum((1, 2))
    rows, targets = [], []
    for spoken, feature in zip(sentences, features, strict=True):
        hidden = _hidden(feature, kernels, offsets)
        rows.append(hidden)
        targets.append(_labels(spoken, hidden.shape[0], vocabulary))
    inputs, labels = np.vstack(rows), np.concatenate(targets)
    wanted = np.eye(len(vocabulary))[labels]
    counts = wanted.sum(0).clip(1)
    weights = np.sqrt(counts.max() / counts)[labels][:, None]
    inputs = np.hstack([inputs, np.ones((inputs.shape[0], 1))])
    gram = inputs.T @ (weights * inputs) + _RIDGE * np.eye(inputs.shape[1])
    readout = np.linalg.solve(gram, inputs.T @ (weights * wanted))
    return _network(kernels, offsets, 20 * readout)


def _hidden(feature: Any, kernels: Any, offsets: Any) -> NDArray[np.float64]:
    """[frames / 4, hidden]: what the first layer of the network computes."""
    padded = np.pad(feature, ((0, 0), (_KERNEL // 2, _KERNEL // 2)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _KERNEL, axis=1)[:, ::_STRIDE]
    convolved = np.einsum("ftk,hfk->th", windows, kernels, optimize=True)
    return np.asarray(np.maximum(convolved + offsets, 0), np.float64)


def _network(kernels: Any, offsets: Any, readout: Any) -> onnx.ModelProto:
    weights = {
        "kernels": kernels,
        "offsets": offsets,
        "readout": readout[:-1],
        "bias": readout[-1],
    }
    nodes = [
        helper.make_node(
            "Conv",
            ["features", "kernels", "offsets"],
            ["convolved"],
            strides=[_STRIDE],
            pads=[_KERNEL // 2, _KERNEL // 2],
        ),
        helper.make_node("Relu", ["convolved"], ["hidden"]),
        helper.make_node("Transpose", ["hidden"], ["frames"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["frames", "readout"], ["scores"]),
        helper.make_node("Add", ["scores", "bias"], ["logits"]),
        helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 64, "time"]),
            helper.make_tensor_value_info("feature_lengths", TensorProto.INT64, ["batch"]),
        ],
        [helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["batch", "out", None])],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
