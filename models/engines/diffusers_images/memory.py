"""Which number format a pipeline computes in, and where its components live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch

from foundation.errors import FailedPrecondition, InvalidArgument
from models.engines.diffusers_images.settings import MemoryPlan

_WORKSPACE: Final = 3 << 30
"""Bytes that activations, the VAE's decoding most of all, may take beside the weights."""

_TYPES: Final[Mapping[str, torch.dtype]] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def number_format(compute_type: str, device: str) -> torch.dtype:
    """The type of weights and activations: float32 on CPUs, bfloat16 on GPUs by default.

    Raises:
        InvalidArgument: the type is not known.
    """
    if compute_type in ("default", "int8"):
        # int8 is the default of CPU speech models in one setting for all engines.
        return torch.float32 if device == "cpu" else torch.bfloat16
    try:
        return _TYPES[compute_type]
    except KeyError:
        known = ", ".join(("default", *_TYPES))
        raise InvalidArgument("compute_type", f"{compute_type!r} is not one of {known}") from None


def plan(weights: Mapping[str, int], free: int | None) -> MemoryPlan:
    """Where components live, by the bytes of their weights and the device's free ones.

    Args:
        weights: Of each component, in the format that is computed in.
        free: None on CPUs, which have nothing to offload to.
    """
    if free is None or sum(weights.values()) + _WORKSPACE <= free:
        return "resident"
    if max(weights.values(), default=0) + _WORKSPACE <= free:
        return "offload"
    return "sequential"


def free_bytes(device: str) -> int | None:
    """The device's free memory; None for CPUs.

    Raises:
        FailedPrecondition: there is no such device.
    """
    if device == "cpu":
        return None
    try:
        return int(torch.cuda.mem_get_info(torch.device(device))[0])
    except (RuntimeError, AssertionError, ValueError) as error:
        raise FailedPrecondition(f"device {device!r} cannot be used: {error}") from error


def place(pipeline: Any, device: str, chosen: MemoryPlan) -> None:
    """Put a pipeline where the plan says."""
    if chosen == "resident":
        pipeline.to(device)
    elif chosen == "offload":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.enable_sequential_cpu_offload(device=device)


def weight_bytes(pipeline: Any) -> dict[str, int]:
    """Bytes of each component's parameters, in the format they were loaded in."""
    return {
        name: sum(p.numel() * p.element_size() for p in part.parameters())
        for name, part in pipeline.components.items()
        if isinstance(part, torch.nn.Module)
    }
