"""Cut the filtered text into pieces, on the machine that trains.

    python -m models.recipes.starter_translator.encode --data DIR [--variants 5]

Several variants of each text, all but the first sampled, keep a model that sees its text many times
from learning it by heart (Kudo 2018, *Subword Regularization*). On one core, where no text is seen
often, one variant will do.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from models.recipes.starter_translator import shards
from models.recipes.starter_translator.rows import ROWS_FILE, read_rows
from models.recipes.starter_translator.vocabulary import PIECES_FILE, PieceEncoder


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--variants", type=int, default=1)
    arguments = parser.parse_args()
    shard = shards.encode(
        read_rows(arguments.data / ROWS_FILE),
        PieceEncoder(arguments.data / PIECES_FILE),
        variants=arguments.variants,
    )
    shards.save(shard, arguments.data / shards.SHARD_FILE)


if __name__ == "__main__":
    main()
