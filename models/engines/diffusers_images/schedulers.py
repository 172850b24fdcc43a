"""Schedulers by name. Those of diffusion models and those of flow matching are two families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import diffusers

from foundation.errors import FailedPrecondition

_DIFFUSION: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "ddim": ("DDIMScheduler", {}),
    "ddpm": ("DDPMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpm++2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    "dpm++2m-karras": (
        "DPMSolverMultistepScheduler",
        {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True},
    ),
    "unipc": ("UniPCMultistepScheduler", {}),
    "pndm": ("PNDMScheduler", {}),
    "lcm": ("LCMScheduler", {}),
}

_FLOW: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "flow-euler": ("FlowMatchEulerDiscreteScheduler", {}),
}
"""Others of diffusers take no ``mu`` or no ``sigmas`` and so fail in some pipeline of the kind."""


_NO_SAMPLE: Final = ("euler-ancestral", "heun", "pndm")
"""These take no denoiser that says the picture itself instead of its noise."""


class Schedulers:
    """What a model's own scheduler can be replaced by.

    Args:
        own: As the pipeline was saved with.

    Raises:
        FailedPrecondition: it is of no known kind.
    """

    def __init__(self, own: Any) -> None:
        flow = "FlowMatch" in type(own).__name__
        self._family = _FLOW if flow else _DIFFUSION
        if own.config.get("prediction_type") == "sample":
            self._family = {
                known: made for known, made in self._family.items() if known not in _NO_SAMPLE
            }
        self._own = own
        name = type(own).__name__
        if not hasattr(diffusers, name):
            raise FailedPrecondition(f"scheduler {name} is none of diffusers")
        karras = bool(own.config.get("use_karras_sigmas"))
        self.own: str = next(
            (
                known
                for known, (class_name, more) in self._family.items()
                if class_name == name and bool(more.get("use_karras_sigmas")) == karras
            ),
            name,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All, the model's own first."""
        return tuple(dict.fromkeys((self.own, *self._family)))

    def make(self, name: str) -> Any:
        """A new scheduler of that name; empty: the model's own.

        Always a new one, for they keep what they computed last.
        """
        if not name or name == self.own:
            return type(self._own).from_config(self._own.config)
        class_name, more = self._family[name]
        return getattr(diffusers, class_name).from_config(self._own.config, **more)
