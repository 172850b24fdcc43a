"""espeak-ng: phonemes for other voices, and speech of last resort."""

from models.engines.espeak.engine import EspeakEngine

__all__ = ["EspeakEngine"]
