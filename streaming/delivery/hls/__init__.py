"""Live HLS: WebVTT segments and playlists on the feed's own clock (RFC 8216)."""

from streaming.delivery.hls.config import HlsConfig
from streaming.delivery.hls.output import HlsOutput
from streaming.delivery.renditions import Rendition
from streaming.delivery.segments import CueCounts, Segment, Segmenter

__all__ = ["CueCounts", "HlsConfig", "HlsOutput", "Rendition", "Segment", "Segmenter"]
