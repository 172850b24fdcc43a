"""Attention to neighbours, computed for neighbours only.

In VITS's text encoder a phoneme knows those up to four places away by vectors of their own (Shaw,
Uszkoreit and Vaswani, NAACL 2018). As exported, these few vectors are padded with zeros to all
distances that a sentence has, multiplied, and shifted to their places: twice as much as the rest of
attention. Here they are multiplied as they are. What comes out is the same, to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_SPREAD: Final = ("Pad", "Slice", "Unsqueeze")
_TO_PLACES: Final = ("Pad", "Reshape", "Pad", "Reshape", "Slice")
_TO_DISTANCES: Final = ("Pad", "Reshape", "Pad", "Reshape", "Slice")


def narrow_attention(graph: Any) -> None:
    """Change a graph's attention in place, as far as it is of this kind."""
    _Narrower(graph).change()


class _Narrower:
    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._made = {name: node for node in graph.node for name in node.output}
        self._readers: dict[str, list[Any]] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)
        self._weights: list[Any] = []
        self._new: dict[str, list[Any]] = {}
        """Nodes to stand before the one that makes the named tensor."""

    def change(self) -> None:
        for weight in list(self._graph.initializer):
            if len(weight.dims) == 3 and weight.dims[1] % 2 == 1:
                self._narrow(weight)
        self._graph.initializer.extend(self._weights)
        nodes = []
        for node in self._graph.node:
            nodes += self._new.get(node.output[0], [])
            nodes.append(node)
        del self._graph.node[:]
        self._graph.node.extend(nodes)

    def _narrow(self, weight: Any) -> None:
        """Follow vectors of distances to where they are multiplied."""
        end = self._follow(weight.name, _SPREAD)
        if end is None:
            return
        vectors = numpy_helper.to_array(weight)[None]
        turned = self._follow(end, ("Transpose",))
        product = self._reader(turned or end, "MatMul")
        if product is None or product.input[1] != (turned or end):
            return
        if turned is not None:
            self._of_keys(product, vectors)
        else:
            self._of_values(product, vectors)

    def _of_keys(self, product: Any, vectors: NDArray[np.float32]) -> None:
        """Queries by distances → the same at the places that lie so far away."""
        end = self._follow(product.output[0], _TO_PLACES)
        while end is not None and (further := self._follow(end, ("Slice",))):
            end = further
        scores = None if end is None else self._reader(end, "Add")
        if end is None or scores is None:
            return
        query, reach = product.input[0], vectors.shape[2] // 2
        make = _Maker(f"{product.output[0]}/narrow")
        count = make.length(query)
        width = make("Add", count, make.numbers(2 * reach))
        near = make("MatMul", query, make.weight(vectors.swapaxes(2, 3)))
        padded = make("Pad", near, make("Concat", make.numbers(*[0] * 7), count, axis=0))
        flat = make("Reshape", padded, make.numbers(0, 0, -1))
        kept = make("Slice", flat, make.numbers(0), make("Mul", count, width), make.numbers(2))
        shape = make("Concat", make.numbers(0, 0, -1), width, axis=0)
        ends = make("Add", count, make.numbers(reach))
        rows = make("Reshape", kept, shape)
        placed = make("Slice", rows, make.numbers(reach), ends, make.numbers(3))
        self._put(make, scores)
        scores.input[list(scores.input).index(end)] = placed

    def _of_values(self, product: Any, vectors: NDArray[np.float32]) -> None:
        """Weights of all places → those of the near ones, by distance."""
        weights = self._back(product.input[0], _TO_DISTANCES)
        if weights is None:
            return
        reach = vectors.shape[2] // 2
        make = _Maker(f"{product.output[0]}/narrow")
        count = make.length(weights)
        width = make("Add", count, make.numbers(2 * reach + 1))
        padded = make("Pad", weights, make.numbers(0, 0, 0, reach, 0, 0, 0, reach))
        flat = make("Reshape", padded, make.numbers(0, 0, -1))
        longer = make("Pad", flat, make("Concat", make.numbers(*[0] * 5), count, axis=0))
        shape = make("Concat", make.numbers(0, 0, -1), width, axis=0)
        rows = make("Reshape", longer, shape)
        near = make("Slice", rows, make.numbers(0), make.numbers(2 * reach + 1), make.numbers(3))
        product.input[:] = [near, make.weight(vectors)]
        self._put(make, product)

    def _put(self, make: _Maker, before: Any) -> None:
        self._new.setdefault(before.output[0], []).extend(make.nodes)
        self._weights += make.weights

    def _follow(self, name: str, kinds: Sequence[str]) -> str | None:
        """Where a tensor comes to through operations of these kinds, one after the other."""
        for kind in kinds:
            reader = self._reader(name, kind)
            if reader is None or reader.input[0] != name:
                return None
            name = reader.output[0]
        return name

    def _back(self, name: str, kinds: Sequence[str]) -> str | None:
        """What a tensor was before them."""
        for kind in reversed(kinds):
            node = self._made.get(name)
            if node is None or node.op_type != kind:
                return None
            name = node.input[0]
        return name

    def _reader(self, name: str, kind: str) -> Any | None:
        """What of a kind reads a tensor, if it is the only one but for those that ask its shape."""
        readers = [node for node in self._readers.get(name, []) if node.op_type != "Shape"]
        return readers[0] if len(readers) == 1 and readers[0].op_type == kind else None


class _Maker:
    """Makes operations; each call gives the name of what it computes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def __call__(self, kind: str, *inputs: str, **attributes: Any) -> str:
        output = f"{self._name}/{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def length(self, name: str) -> str:
        """Places of a tensor [batch, heads, places, …], as [1]."""
        return self("Slice", self("Shape", name), self.numbers(2), self.numbers(3))

    def numbers(self, *values: int) -> str:
        return self.weight(np.array(values, np.int64))

    def weight(self, values: NDArray[Any]) -> str:
        name = f"{self._name}/weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name
