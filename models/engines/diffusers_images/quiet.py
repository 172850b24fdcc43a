"""Lines of the libraries that are not to be on standard error; all others are still said."""

from __future__ import annotations

import logging
import re
import warnings
from typing import Final

from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

_KEPT_BACK: Final = re.compile(
    # Image processors are Pillow's where there is no torchvision. Nothing here needs that.
    r"requires torchvision \(not installed\); falling back to `\w+Pil`"
    # The engine says `prompt_cut`. The second one quotes the prompt, which no log may hold.
    r"|Token indices sequence length is longer than the specified maximum"
    r"|part of your input was truncated because"
)


class _Known(logging.Filter):
    """Keeps back the lines that are known."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Is it another one?"""
        return not _KEPT_BACK.search(record.getMessage())


def silence() -> None:
    """To be called before a pipeline of diffusers is imported."""
    for library in (diffusers_logging, transformers_logging):
        library.get_logger()  # has the library add its handler
    for name in ("diffusers", "transformers"):
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(known, _Known) for known in handler.filters):
                handler.addFilter(_Known())
    # A pipeline of diffusers uses it on import.
    warnings.filterwarnings(
        "ignore", message=r"`torch\.jit\.script` is deprecated", category=FutureWarning
    )
