"""The style library: motifs, dress, architecture, landscapes and crafts as words for prompts."""

from __future__ import annotations

from models.styles.library import (
    DEFAULT_LIBRARY,
    KINDS,
    LANGUAGES,
    Style,
    StyleError,
    Texts,
    load_styles,
    styled_prompt,
)

__all__ = [
    "DEFAULT_LIBRARY",
    "KINDS",
    "LANGUAGES",
    "Style",
    "StyleError",
    "Texts",
    "load_styles",
    "styled_prompt",
]
