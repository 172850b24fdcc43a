"""In which of the suite's languages a text is written."""

from text.identification.identifier import Identified, identify

__all__ = ["Identified", "identify"]
