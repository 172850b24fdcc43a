"""Numbers between speech and print, for Kazakh, Russian and English.

``InverseNormaliser`` writes what a recogniser heard ("отыз бес пайызға") as a viewer reads it
(``35 %-ға``); ``text.spoken`` turns print into words to be spoken, by the same tables. Our own,
though NeMo-text-processing does Russian and English well: live subtitles need to know which words
may still change (``open_tail``) and which words a written form stands for, its pynini takes
hundreds of megabytes, and Kazakh needs an engine in any case.
"""

from text.normalisation.inverse import InverseNormaliser, Written
from text.normalisation.options import (
    ALL_CLASSES,
    NormalisationOptions,
    NumberClass,
    parse_number_classes,
)

__all__ = [
    "ALL_CLASSES",
    "InverseNormaliser",
    "NormalisationOptions",
    "NumberClass",
    "Written",
    "parse_number_classes",
]
