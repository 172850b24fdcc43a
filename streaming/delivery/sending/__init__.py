"""Sends transport streams to files, standard output and the network."""

from streaming.delivery.sending.sender import Sender, SenderCounts
from streaming.delivery.sending.targets import Target, parse_target

__all__ = ["Sender", "SenderCounts", "Target", "parse_target"]
