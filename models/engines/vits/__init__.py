"""VITS checkpoints of transformers, Meta's MMS voices among them."""

from models.engines.vits.engine import VitsEngine

__all__ = ["VitsEngine"]
