"""NVIDIA NeMo's speech models; needs the extra ``nemo``."""

from models.engines.nemo.engine import NemoEngine

__all__ = ["NemoEngine"]
