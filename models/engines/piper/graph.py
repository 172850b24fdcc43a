"""Takes a Piper voice's network apart: acoustics, then the stages of its flow and vocoder.

Piper exports VITS (Kim, Kong and Son, ICML 2021) as one graph that draws its own random numbers.
Taken apart, it can be given them, so that the same request gives the same samples; it tells how
long each phoneme lasts; and what follows, where most of the time goes, can make the beginning of a
sentence before the rest. That is cut before each upsampling and after each coupling of the flow, so
that where two stretches of a sentence meet each stage computes only its own reach twice, and little
of it at the rate of samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import onnx
from onnx import TensorProto, helper

from foundation.errors import FailedPrecondition
from models.engines.piper.attention import narrow_attention

# fmt: off
_LOCAL: Final = frozenset((
    "Abs", "Add", "Cast", "Clip", "Concat", "Constant", "ConstantOfShape", "Cos", "Div", "Erf",
    "Exp", "Expand", "Gather", "Identity", "LeakyRelu", "Log", "Mul", "Neg", "PRelu", "Pow",
    "Relu", "Shape", "Sigmoid", "Sin", "Slice", "Softplus", "Split", "Sqrt", "Squeeze", "Sub",
    "Tanh", "Transpose", "Unsqueeze", "Where",
))
# fmt: on
"""Operations that look at one moment only, as networks of this kind use them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the network."""

    model: bytes
    """ONNX."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    radius: int | None = None
    """Steps of the first input that an output depends on, to either side; None: all of them."""

    factor: int = 1
    """Steps of the output for one of the first input."""


@dataclass(frozen=True, slots=True)
class Network:
    """The parts, in the order they run."""

    acoustics: Part
    """Phoneme ids → what each frame is drawn from."""

    stages: tuple[Part, ...]
    """Frames as drawn → samples. Each one's first input is what the one before it gives, the first
    one's ``frame_noise``. Other inputs over time are outputs of ``acoustics``, a step a frame."""

    durations: str
    """Output of ``acoustics``: frames of each id, whole numbers, float32 [1, 1, ids]."""

    unrounded: str
    """Output of ``acoustics``: the same before they are rounded up."""

    mean: str
    """Output of ``acoustics``: float32 [1, channels, frames]."""

    duration_noise: str | None
    """Input of ``acoustics``: standard normal numbers, float32 [1, 2, ids]."""

    frame_noise: str
    """Input of the first stage: standard normal numbers in the shape of ``mean``."""

    has_speakers: bool

    @property
    def size(self) -> int:
        """Bytes of weights, roughly."""
        return sum(len(part.model) for part in (self.acoustics, *self.stages))

    def without_weights(self) -> Network:
        """What is to be known of it once sessions hold the weights."""
        return replace(
            self,
            acoustics=replace(self.acoustics, model=b""),
            stages=tuple(replace(stage, model=b"") for stage in self.stages),
        )


def take_apart(data: bytes) -> Network:
    """Take an exported voice apart.

    Raises:
        FailedPrecondition: it is no ONNX model, or not one of Piper's kind.
    """
    try:
        model = onnx.load_model_from_string(data)
        narrow_attention(model.graph)
        return _Cutter(model).network()
    except _NotPiper as error:
        raise FailedPrecondition(f"it is not a network of Piper's kind: {error}") from error
    except Exception as error:
        raise FailedPrecondition(f"it is no ONNX model: {type(error).__name__}") from error


class _NotPiper(Exception):  # noqa: N818 - it never leaves this module
    pass


class _Cutter:
    def __init__(self, model: Any) -> None:
        self._model = model
        self._graph = model.graph
        self._nodes = list(self._graph.node)
        self._made = {name: node for node in self._nodes for name in node.output}
        self._weights = {weight.name: weight for weight in self._graph.initializer}
        self._given = {value.name: value for value in self._graph.input}
        if not {"input", "input_lengths", "scales"} <= set(self._given):
            raise _NotPiper(f"its inputs are {', '.join(self._given) or 'none'}")
        self._constant = self._constants()

    def network(self) -> Network:
        samples = self._graph.output[0].name
        frames = self._vocoder_input()
        rounding = self._only("Ceil")
        durations, unrounded = rounding.output[0], rounding.input[0]
        of_durations = self._needs([durations])
        noises = [node for node in self._nodes if node.op_type == "RandomNormalLike"]
        inner = [node for node in noises if id(node) in of_durations]
        outer = [node for node in noises if id(node) not in of_durations]
        if len(outer) != 1 or len(inner) > 1:
            raise _NotPiper("it draws random numbers in other places")
        drawn, mean = outer[0].output[0], outer[0].input[0]
        in_vocoder = self._needs([samples]) & self._follow([frames])
        in_flow = self._needs([frames]) & self._follow([drawn])
        # What depends on neither, masks and speakers for example, is acoustics.
        in_first = self._needs([samples]) - in_flow - in_vocoder - {id(outer[0])}
        to_flow = self._crossing(in_flow)
        to_vocoder = self._crossing(in_vocoder)
        if (set(to_vocoder) - {frames}) & self._outputs(in_flow) or drawn in to_vocoder:
            raise _NotPiper("its vocoder takes more than the flow's frames")
        inner_noise = inner[0].output[0] if inner else None
        passed = _unique([durations, unrounded, mean, *to_flow, *to_vocoder])
        first_outputs = [name for name in passed if name in self._outputs(in_first)]
        return Network(
            acoustics=self._part(
                in_first - {id(node) for node in inner},
                [*self._given, *([inner_noise] if inner_noise else [])],
                first_outputs,
            ),
            stages=(
                *self._stages(in_flow, drawn, frames, self._couplings(in_flow)),
                *self._stages(in_vocoder, frames, samples, self._upsampled(in_vocoder)),
            ),
            durations=durations,
            unrounded=unrounded,
            mean=mean,
            duration_noise=inner_noise,
            frame_noise=drawn,
            has_speakers="sid" in self._given,
        )

    def _only(self, kind: str) -> Any:
        found = [node for node in self._nodes if node.op_type == kind]
        if len(found) != 1:
            raise _NotPiper(f"it has {len(found)} {kind} operations, not one")
        return found[0]

    def _vocoder_input(self) -> str:
        """What the convolution before the first upsampling reads."""
        rising = next((node for node in self._nodes if node.op_type == "ConvTranspose"), None)
        if rising is None:
            raise _NotPiper("it has no upsampling")
        open_names = [rising.input[0]]
        while open_names:
            node = self._made.get(open_names.pop(0))
            if node is None:
                continue
            # The one beside it, of width 1, brings the speaker in.
            if node.op_type == "Conv" and max(self._kernel(node)) > 1:
                return str(node.input[0])
            open_names += node.input
        raise _NotPiper("no convolution stands before its upsampling")

    def _couplings(self, nodes: set[int]) -> list[str]:
        """What a flow's couplings give: the channels they left alone beside those they changed."""
        return [
            node.output[0] for node in self._nodes if id(node) in nodes and node.op_type == "Concat"
        ]

    def _upsampled(self, nodes: set[int]) -> list[str]:
        """What upsamplings read."""
        return [
            node.input[0]
            for node in self._nodes
            if id(node) in nodes and node.op_type == "ConvTranspose"
        ]

    def _stages(self, nodes: set[int], first: str, last: str, borders: Sequence[str]) -> list[Part]:
        """A part in a row of smaller ones.

        Args:
            nodes: The part's.
            first: What it reads, over time.
            last: What it gives.
            borders: Where it may be cut, in order, if nothing else passes there.
        """
        stages: list[Part] = []
        left = nodes
        for border in borders:
            before = left & self._needs([border])
            after = left - before
            passing = set(self._crossing(after)) & (self._outputs(before) | {first})
            if passing == {border} and self._looks_aside(before) and self._looks_aside(after):
                stages.append(self._stage(before, first, border))
                left, first = after, border
        return [*stages, self._stage(left, first, last)]

    def _looks_aside(self, nodes: set[int]) -> bool:
        """Does anything of it read more than one moment? Else it is no stage worth its call."""
        return any(
            node.op_type in ("Conv", "ConvTranspose") and max(self._kernel(node)) > 1
            for node in self._nodes
            if id(node) in nodes
        )

    def _stage(self, nodes: set[int], first: str, last: str) -> Part:
        inputs = [first, *(name for name in self._crossing(nodes) if name != first)]
        part = self._part(nodes, inputs, [last])
        radius, factor = self._reach(nodes, inputs, last)
        return replace(part, radius=radius, factor=factor)

    def _needs(self, names: Iterable[str]) -> set[int]:
        """The nodes that some tensors are computed by."""
        found: set[int] = set()
        open_names = list(names)
        while open_names:
            node = self._made.get(open_names.pop())
            if node is not None and id(node) not in found:
                found.add(id(node))
                open_names += node.input
        return found

    def _follow(self, names: Iterable[str]) -> set[int]:
        """The nodes that some tensors have a part in."""
        tainted = set(names)
        found = set()
        for node in self._nodes:  # in the order they run, as ONNX has them
            if tainted & set(node.input):
                found.add(id(node))
                tainted |= set(node.output)
        return found

    def _constants(self) -> set[str]:
        """Tensors that depend on no input; each part computes them anew."""
        constant = set(self._weights) | {""}
        for node in self._nodes:
            if "Random" not in node.op_type and all(name in constant for name in node.input):
                constant |= set(node.output)
        return constant

    def _outputs(self, nodes: set[int]) -> set[str]:
        return {name for node in self._nodes if id(node) in nodes for name in node.output}

    def _crossing(self, nodes: set[int]) -> list[str]:
        """What nodes take from others, in the order they take it."""
        own = self._outputs(nodes)
        return _unique(
            name
            for node in self._nodes
            if id(node) in nodes
            for name in node.input
            if name not in own and name not in self._constant
        )

    def _part(self, nodes: set[int], inputs: Sequence[str], outputs: Sequence[str]) -> Part:
        again = self._needs(
            name
            for node in self._nodes
            if id(node) in nodes
            for name in node.input
            if name in self._constant
        )
        chosen = [node for node in self._nodes if id(node) in nodes | again]
        used = {name for node in chosen for name in node.input} | set(outputs)
        given = [
            self._given.get(name) or helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in inputs
        ]
        graph = helper.make_graph(
            chosen,
            "part",
            given,
            [helper.make_empty_tensor_value_info(name) for name in outputs],
            [weight for name, weight in self._weights.items() if name in used],
        )
        model = helper.make_model(
            graph, opset_imports=self._model.opset_import, ir_version=self._model.ir_version
        )
        assert isinstance(model, onnx.ModelProto)
        return Part(model.SerializeToString(), tuple(inputs), tuple(outputs))

    def _reach(
        self, nodes: set[int], over_time: Sequence[str], output: str
    ) -> tuple[int | None, int]:
        """How far convolutions look to either side, and how many steps they make of one.

        None: something looks further than they do.
        """
        reach: dict[str, tuple[float, int]] = dict.fromkeys(over_time, (0.0, 1))
        for node in self._nodes:
            inputs = [reach[name] for name in node.input if id(node) in nodes and name in reach]
            if not inputs:
                continue
            radius, factor = max(one[0] for one in inputs), max(one[1] for one in inputs)
            if node.op_type in ("Conv", "ConvTranspose"):
                attributes = _attributes(node)
                width = (max(self._kernel(node)) - 1) * max(attributes.get("dilations", [1]))
                stride = max(attributes.get("strides", [1]))
                if node.op_type == "Conv":
                    if stride != 1:
                        return None, 1
                    radius += max(attributes.get("pads") or [width]) / factor
                else:
                    radius += math.ceil((width + 1) / stride) / factor
                    factor *= stride
            elif node.op_type not in _LOCAL:
                return None, 1
            for name in node.output:
                reach[name] = (radius, factor)
        radius, factor = reach[output]
        return math.ceil(radius), factor

    def _kernel(self, node: Any) -> list[int]:
        kernel: list[int] = _attributes(node).get("kernel_shape") or list(
            self._weights[node.input[1]].dims[2:]
        )
        return kernel


def _attributes(node: Any) -> Mapping[str, list[int]]:
    return {attribute.name: list(attribute.ints) for attribute in node.attribute}


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
