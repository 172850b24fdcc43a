"""How ONNX Runtime is to use a device."""

from __future__ import annotations

from typing import Any

import onnxruntime

from foundation.errors import FailedPrecondition


def single_threaded() -> Any:
    """Options of a session: workers are the parallelism, one thread computes one task."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return options


def providers(device: str) -> list[Any]:
    """What runs a session on ``cpu`` or ``cuda:N``.

    Raises:
        FailedPrecondition: this ONNX Runtime cannot use it.
    """
    kind, _, index = device.partition(":")
    if kind == "cpu":
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise FailedPrecondition(
            f"device {device!r}: this ONNX Runtime has no CUDA; install onnxruntime-gpu"
        )
    return [("CUDAExecutionProvider", {"device_id": int(index or 0)}), "CPUExecutionProvider"]
