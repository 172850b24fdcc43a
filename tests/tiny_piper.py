"""A tiny voice in Piper's format: each phoneme is a tone, a second speaker an octave higher.

It is a network of VITS's shape with the inputs and outputs that Piper exports: durations that are
rounded up, frames drawn by a mean and a deviation, a flow of two couplings, a vocoder with a
convolution before its two upsamplings, random numbers drawn inside. The last upsampling has half a
sine a channel, each with a whole number of periods a frame, so a phoneme's tone is read from the
spectrum.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

SAMPLE_RATE: Final = 22_050
HOP: Final = 256
SPEAKERS: Final = ("low", "high")
TONE_HERTZ: Final = SAMPLE_RATE / HOP
"""Of tone 1; tone n has n times as much."""

FRAMES: Final = 6
"""Of a phoneme, unstretched; what is silent has 2."""

_TONES: Final = 30
_CHANNELS: Final = 2 * _TONES + 1
_SILENT: Final = "_^$ .,!?:;-'\"()ˈˌːʲ"
_LOUDNESS: Final = 0.3


def tone_of(phoneme: str, speaker: int = 0) -> float:
    """Its frequency in Hz."""
    number: int = DEFAULT_PHONEME_ID_MAP[phoneme][0]
    return (1 + number % _TONES) * (speaker + 1) * TONE_HERTZ


def loudest(samples: NDArray[np.float32]) -> float:
    """The frequency in Hz that is strongest."""
    windowed = samples * np.hanning(samples.size)
    spectrum = np.abs(np.fft.rfft(windowed, 1 << 16))
    return float(np.argmax(spectrum)) * SAMPLE_RATE / (1 << 16)


def build(folder: Path, speakers: int = 2, **config: Any) -> Path:
    """Write the voice into ``folder``; returns the path of the network."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tiny.onnx"
    onnx.save(network(speakers), path)
    write_config(folder, speakers, **config)
    return path


def write_config(folder: Path, speakers: int = 2, **changes: Any) -> None:
    """Write ``tiny.onnx.json`` with some of its values changed."""
    values = {
        "audio": {"sample_rate": SAMPLE_RATE, "quality": "medium"},
        "espeak": {"voice": "kk"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "num_symbols": 256,
        "num_speakers": speakers,
        "speaker_id_map": dict(zip(SPEAKERS, range(speakers), strict=False))
        if speakers > 1
        else {},
    } | changes
    (folder / "tiny.onnx.json").write_text(json.dumps(values), encoding="utf-8")


def network(speakers: int) -> onnx.ModelProto:
    """The graph."""
    make = helper.make_node
    many = speakers > 1
    who = ["sid"] if many else ["nobody"]
    nodes = [
        make("Gather", ["scales", "0"], ["noise_scale"], axis=0),
        make("Gather", ["scales", "1"], ["length_scale"], axis=0),
        make("Gather", ["scales", "2"], ["noise_w"], axis=0),
        # Durations.
        make("Gather", ["durations", "input"], ["lasting"], axis=0),
        make("Unsqueeze", ["lasting", "axis_1"], ["lasting_3d"]),
        make("Shape", ["input"], ["input_shape"]),
        make("Gather", ["input_shape", "1"], ["count"], axis=0),
        make("Unsqueeze", ["count", "axis_0"], ["count_1d"]),
        make("Concat", ["one_two", "count_1d"], ["noise_shape"], axis=0),
        make("ConstantOfShape", ["noise_shape"], ["zeros"]),
        make("RandomNormalLike", ["zeros"], ["rhythm"]),
        make("Slice", ["rhythm", "axis_0", "axis_1", "axis_1"], ["rhythm_1"]),
        make("Mul", ["rhythm_1", "noise_w"], ["rhythm_2"]),
        make("Mul", ["rhythm_2", "tenth"], ["rhythm_3"]),
        make("Exp", ["rhythm_3"], ["rhythm_4"]),
        make("Mul", ["lasting_3d", "rhythm_4"], ["w_1"]),
        make("Mul", ["w_1", "length_scale"], ["w"]),
        make("Ceil", ["w"], ["w_ceil"]),
        # Frames: which phoneme each belongs to.
        make("ReduceSum", ["w_ceil"], ["total"], keepdims=0),
        make("Cast", ["total"], ["length"], to=TensorProto.INT64),
        make("Range", ["0", "length", "1"], ["frame_numbers"]),
        make("Less", ["frame_numbers", "length"], ["inside"]),
        make("Cast", ["inside"], ["mask_1d"], to=TensorProto.FLOAT),
        make("Unsqueeze", ["mask_1d", "axes_01"], ["mask"]),
        make("CumSum", ["w_ceil", "2"], ["ends"]),
        make("Squeeze", ["ends", "axes_01"], ["ends_1d"]),
        make("Cast", ["frame_numbers"], ["frame_times"], to=TensorProto.FLOAT),
        make("Unsqueeze", ["frame_times", "axis_1"], ["frame_times_2d"]),
        make("LessOrEqual", ["ends_1d", "frame_times_2d"], ["over"]),
        make("Cast", ["over"], ["over_int"], to=TensorProto.INT64),
        make("ReduceSum", ["over_int", "axis_1"], ["places"], keepdims=0),
        make("Squeeze", ["input", "axis_0"], ["input_1d"]),
        make("Gather", ["input_1d", "places"], ["frame_ids"], axis=0),
        make("Gather", ["tones", *who], ["speaker_tones"], axis=0),
        make("Squeeze", ["speaker_tones", "axis_0"], ["own_tones"]),
        make("Gather", ["own_tones", "frame_ids"], ["frames"], axis=0),
        make("Transpose", ["frames"], ["frames_t"], perm=[1, 0]),
        make("Unsqueeze", ["frames_t", "axis_0"], ["m_p"]),
        make("Mul", ["m_p", "zero"], ["flat"]),
        make("Add", ["flat", "log_deviation"], ["logs_p"]),
        make("RandomNormalLike", ["m_p"], ["noise"]),
        make("Exp", ["logs_p"], ["deviation"]),
        make("Mul", ["noise", "deviation"], ["noise_1"]),
        make("Mul", ["noise_1", "noise_scale"], ["noise_2"]),
        make("Add", ["m_p", "noise_2"], ["z_p"]),
        # Flow.
        make("Split", ["z_p", "halves"], ["low_1", "high_1"], axis=1),
        make("Conv", ["high_1", "flow.high"], ["high_2"], kernel_shape=[5], pads=[2, 2]),
        make("Concat", ["low_1", "high_2"], ["half_flowed"], axis=1),
        make("Split", ["half_flowed", "halves"], ["low_3", "high_3"], axis=1),
        make("Conv", ["low_3", "flow.low"], ["low_4"], kernel_shape=[5], pads=[2, 2]),
        make("Concat", ["low_4", "high_3"], ["flowed"], axis=1),
        make("Mul", ["flowed", "mask"], ["z"]),
        # Vocoder.
        make("Gather", ["voices", *who], ["voice"], axis=0),
        make("Unsqueeze", ["voice", "axis_2"], ["g"]),
        make("Conv", ["z", "pre.weight"], ["pre"], kernel_shape=[7], pads=[3, 3]),
        make("Conv", ["g", "cond.weight"], ["cond"], kernel_shape=[1]),
        make("Add", ["pre", "cond"], ["conditioned"]),
        make("LeakyRelu", ["conditioned"], ["relu"], alpha=0.1),
        make("ConvTranspose", ["relu", "half.weight"], ["half"], kernel_shape=[2], strides=[2]),
        make("Conv", ["half", "inner.weight"], ["inner"], kernel_shape=[3], pads=[1, 1]),
        make("LeakyRelu", ["inner"], ["inner_relu"], alpha=0.1),
        make(
            "ConvTranspose",
            ["inner_relu", "up.weight"],
            ["up"],
            kernel_shape=[HOP // 2],
            strides=[HOP // 2],
        ),
        make("Tanh", ["up"], ["wave"]),
        make("Unsqueeze", ["wave", "axis_1"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if many:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, ["batch"]))
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", 1, 1, "time"])
    weights = [
        numpy_helper.from_array(np.asarray(value), name)
        for name, value in _weights(speakers).items()
        if many or name != "sid"
    ]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def _weights(speakers: int) -> dict[str, Any]:
    symbols = 256
    durations = np.full(symbols, FRAMES - 0.5, np.float32)
    tones = np.zeros((speakers, symbols, _CHANNELS), np.float32)
    for phoneme, (number, *_) in DEFAULT_PHONEME_ID_MAP.items():
        if phoneme in _SILENT:
            durations[number] = 1.5
            continue
        for speaker in range(speakers):
            tones[speaker, number, (1 + number % _TONES) * (speaker + 1)] = 1.0
    moments = 2 * np.pi * np.arange(HOP) / HOP
    sines = np.stack([np.sin(channel * moments) for channel in range(_CHANNELS)])
    return {
        **{str(number): np.int64(number) for number in range(3)},
        **{f"axis_{number}": np.array([number], np.int64) for number in range(3)},
        "axes_01": np.array([0, 1], np.int64),
        "one_two": np.array([1, 2], np.int64),
        "nobody": np.array([0], np.int64),
        "zero": np.float32(0.0),
        "tenth": np.float32(0.1),
        "log_deviation": np.float32(-5.0),
        "durations": durations,
        "tones": tones,
        "voices": np.linspace(0, 1, speakers, dtype=np.float32)[:, None],
        "halves": np.array([_TONES, _CHANNELS - _TONES], np.int64),
        "flow.low": _smoothing(_TONES, 5, 0.9),
        "flow.high": _smoothing(_CHANNELS - _TONES, 5, 0.9),
        "pre.weight": _smoothing(_CHANNELS, 7, 0.8),
        "cond.weight": np.full((_CHANNELS, 1, 1), 1e-3, np.float32),
        "half.weight": _halves(),
        "inner.weight": _smoothing(2 * _CHANNELS, 3, 0.9),
        "up.weight": (_LOUDNESS * np.concatenate(np.split(sines[:, None, :], 2, axis=2))).astype(
            np.float32
        ),
    }


def _halves() -> NDArray[np.float32]:
    """A frame becomes two: in the first half of the channels sounds, in the second the other."""
    none, each = np.zeros((_CHANNELS, _CHANNELS)), np.eye(_CHANNELS)
    kernel = np.stack([np.hstack([each, none]), np.hstack([none, each])], axis=2)
    return kernel.astype(np.float32)


def _smoothing(channels: int, width: int, middle: float) -> NDArray[np.float32]:
    """A convolution that lets each channel run on into the frames beside it."""
    kernel = np.full(width, (1 - middle) / (width - 1), np.float32)
    kernel[width // 2] = middle
    return np.eye(channels, dtype=np.float32)[:, :, None] * kernel
