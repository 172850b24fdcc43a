"""What live outputs in segments share: cutting, placing, writing. The formats are their own."""

from streaming.delivery.segments.config import SegmentsConfig, Video
from streaming.delivery.segments.entries import Entry, Window
from streaming.delivery.segments.segmenter import CueCounts, Segment, Segmenter

__all__ = [
    "CueCounts",
    "Entry",
    "Segment",
    "Segmenter",
    "SegmentsConfig",
    "Video",
    "Window",
]
