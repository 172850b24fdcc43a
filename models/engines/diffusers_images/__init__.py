"""Pictures by pipelines of diffusers, from safetensors alone."""

from models.engines.diffusers_images.engine import DiffusersEngine

__all__ = ["DiffusersEngine"]
