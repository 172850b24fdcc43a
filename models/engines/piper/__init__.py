"""Piper voices: VITS in ONNX, phonemes by espeak-ng."""

from models.engines.piper.engine import PiperEngine

__all__ = ["PiperEngine"]
