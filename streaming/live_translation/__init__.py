"""Live text into other languages, as it is recognised."""

from streaming.live_translation.config import LiveTranslationConfig
from streaming.live_translation.plain_text import LiveTextTranslator, TextUpdate
from streaming.live_translation.preparation import Protectors
from streaming.live_translation.requests import Effort
from streaming.live_translation.translator import LiveTranslator
from streaming.live_translation.warm_up import load_route, warm_up_route

__all__ = [
    "Effort",
    "LiveTextTranslator",
    "LiveTranslationConfig",
    "LiveTranslator",
    "Protectors",
    "TextUpdate",
    "load_route",
    "warm_up_route",
]
