"""Attention to neighbours: as VITS's text encoder is exported, and as it is run."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.engines.piper.attention import narrow_attention

_HEADS, _WIDTH, _REACH = 2, 6, 4
_KEYS, _VALUES = "emb_rel_k", "emb_rel_v"


class _Exported:
    """Writes operations as PyTorch's export does: shapes are computed, then padded and cut."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: dict[str, NDArray[Any]] = {}

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def numbers(self, *values: int) -> str:
        name = "n" + "_".join(map(str, values))
        self.weights[name] = np.array(values, np.int64)
        return name

    def row(self, *parts: int | str) -> str:
        named = [self.numbers(part) if isinstance(part, int) else part for part in parts]
        return self("Concat", *named, axis=0)

    def cut(self, name: str, start: str, end: str, axis: int) -> str:
        return self("Slice", name, start, end, self.numbers(axis))


def _graph(spoil: bool = False) -> onnx.ModelProto:
    """Scores of keys by distance, added to others; values by distance, weighted."""
    make = _Exported()
    random = np.random.default_rng(3)
    for name in (_KEYS, _VALUES):
        make.weights[name] = random.standard_normal((1, 2 * _REACH + 1, _WIDTH), dtype=np.float32)
    count = make.cut(make("Shape", "query"), make.numbers(2), make.numbers(3), 0)
    less = make("Sub", count, make.numbers(1))
    beyond = make("Sub", count, make.numbers(_REACH + 1))
    double = make("Mul", count, make.numbers(2))
    distances = make("Sub", double, make.numbers(1))
    heads = make.numbers(_HEADS)

    def spread(name: str) -> str:
        padded = make("Pad", name, make.row(0, beyond, 0, 0, beyond, 0))
        return make("Unsqueeze", make.cut(padded, make.numbers(0), distances, 1), make.numbers(0))

    turned = make("Transpose", spread(_KEYS), perm=[0, 1, 3, 2])
    product = make("MatMul", "query", turned)
    padded = make("Pad", product, make.numbers(0, 0, 0, 0, 0, 0, 0, 1))
    flat = make("Reshape", padded, make.row(1, heads, make("Mul", count, double)))
    longer = make("Pad", flat, make.row(0, 0, 0, 0, 0, less))
    more = make("Add", count, make.numbers(1))
    rows = make("Reshape", longer, make.row(1, heads, more, distances))
    placed = make.cut(make.cut(rows, make.numbers(0), count, 2), less, make.numbers(1 << 40), 3)
    scores = make("Add", "scores", placed)

    padded = make("Pad", "weights", make.row(0, 0, 0, 0, 0, 0, 0, less))
    flat = make("Reshape", padded, make.row(1, heads, make("Mul", count, distances)))
    longer = make("Pad", flat, make.row(0, 0, count, 0, 0, 0))
    rows = make("Reshape", longer, make.row(1, heads, count, double))
    by_distance = make.cut(rows, make.numbers(1), make.numbers(1 << 40), 3)
    values = make("MatMul", by_distance, spread(_VALUES))
    outputs = [scores, values]
    if spoil:
        outputs.append(make("Neg", product))
    graph = helper.make_graph(
        make.nodes,
        "attention",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, _HEADS, "places", width])
            for name, width in (("query", _WIDTH), ("scores", "places"), ("weights", "places"))
        ],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in make.weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def _needed(graph: Any) -> list[Any]:
    """The operations that its outputs are computed by."""
    made = {name: node for node in graph.node for name in node.output}
    found: dict[str, Any] = {}
    names = [value.name for value in graph.output]
    while names:
        node = made.get(names.pop())
        if node is not None and node.output[0] not in found:
            found[node.output[0]] = node
            names += node.input
    return list(found.values())


def _run(model: onnx.ModelProto, places: int) -> list[NDArray[np.float32]]:
    random = np.random.default_rng(places)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feeds = {
        name: random.standard_normal((1, _HEADS, places, width), dtype=np.float32)
        for name, width in (("query", _WIDTH), ("scores", places), ("weights", places))
    }
    return [np.asarray(output) for output in session.run(None, feeds)]


@pytest.mark.parametrize("places", [5, 6, 8, 9, 33, 200])
def test_what_comes_out_is_the_same(places: int) -> None:
    exported, narrow = _graph(), _graph()
    narrow_attention(narrow.graph)
    for wide, close in zip(_run(exported, places), _run(narrow, places), strict=True):
        assert wide.shape == close.shape
        assert np.allclose(wide, close, atol=1e-5)


def test_nothing_is_padded_to_all_distances() -> None:
    model = _graph()
    narrow_attention(model.graph)
    read = {name for node in _needed(model.graph) for name in node.input}
    assert not {_KEYS, _VALUES} & read


def test_what_others_read_as_well_stays_as_it_is() -> None:
    exported, narrow = _graph(spoil=True), _graph(spoil=True)
    narrow_attention(narrow.graph)
    read = {name for node in _needed(narrow.graph) for name in node.input}
    assert {_KEYS, _VALUES} & read == {_KEYS}
    for wide, close in zip(_run(exported, 9), _run(narrow, 9), strict=True):
        assert np.allclose(wide, close, atol=1e-5)
