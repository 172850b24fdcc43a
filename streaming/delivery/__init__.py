"""From a session's events to screens: one folder an output (docs/OUTPUTS.md)."""

from streaming.delivery.interface import Output

__all__ = ["Output"]
