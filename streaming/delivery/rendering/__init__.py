"""Lines of text as small pictures with transparency, in a font that has every Kazakh letter."""

from streaming.delivery.rendering.config import COLOURS, LABEL_COLOUR, Colour, Look, colour
from streaming.delivery.rendering.letters import Letters, font_path
from streaming.delivery.rendering.palette import reduced
from streaming.delivery.rendering.renderer import Canvas, Overlay, Renderer, TextBlock

__all__ = [
    "COLOURS",
    "LABEL_COLOUR",
    "Canvas",
    "Colour",
    "Letters",
    "Look",
    "Overlay",
    "Renderer",
    "TextBlock",
    "colour",
    "font_path",
    "reduced",
]
