"""Lines in a grid of so many columns and rows."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from foundation.errors import InvalidArgument
from streaming.formats.losses import Loss, LossKind


def fit(
    index: int, lines: Sequence[str], columns: int, rows: int
) -> tuple[tuple[str, ...], tuple[Loss, ...]]:
    """The lines as they are where they fit, else their words in new ones.

    Args:
        index: of the cue.
        lines: of the cue.
        columns: letters of a row.
        rows: at most.

    Raises:
        InvalidArgument: there are more rows than fit.
    """
    if len(lines) <= rows and all(len(line) <= columns for line in lines):
        return tuple(lines), ()
    wrapped = tuple(textwrap.wrap(" ".join(lines), columns, break_on_hyphens=False))
    if len(wrapped) > rows:
        raise InvalidArgument(
            "cues",
            f"cue {index} takes {len(wrapped)} rows of {columns} letters, at most {rows} fit",
        )
    return wrapped, (Loss(index, LossKind.LAYOUT, "\n".join(lines), "\n".join(wrapped)),)
