"""Fixtures of push outputs."""

from tests.unit.delivery.certificates import certificate

__all__ = ["certificate"]
