"""MPEG transport streams: what outputs read of them, and add to them."""

from streaming.delivery.mpeg_ts.packets import Packetiser, pes_packet
from streaming.delivery.mpeg_ts.timed_pieces import PieceCutter, TimedPiece

__all__ = ["Packetiser", "PieceCutter", "TimedPiece", "pes_packet"]
