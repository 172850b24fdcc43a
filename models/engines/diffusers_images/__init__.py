"""Pictures by pipelines of diffusers, from safetensors alone."""

from models.engines.diffusers_images.quiet import silence

silence()  # before diffusers is imported

from models.engines.diffusers_images.engine import DiffusersEngine  # noqa: E402

__all__ = ["DiffusersEngine"]
