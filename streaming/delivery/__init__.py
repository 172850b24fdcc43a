"""From a session's events to screens: one folder an output."""

from streaming.delivery.interface import Output

__all__ = ["Output"]
