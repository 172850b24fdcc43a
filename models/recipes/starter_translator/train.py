r"""Train the translator, on one core if need be, from where it was left.

    python -m models.recipes.starter_translator.train --data DIR --out DIR [--hours 2]
    python -m models.recipes.starter_translator.train --data DIR --out DIR --device cuda \
        --bfloat16 --hours 0.15 --anneal --back-translate 0.35 0.65 --batch-tokens 50000

Stops at SIGTERM or after ``--hours``, with a checkpoint; the same command goes on. The log
(``log.jsonl``) has a line every fifty steps.
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

import torch

from models.recipes.starter_translator.architecture import Size
from models.recipes.starter_translator.back_translation import BackTranslation
from models.recipes.starter_translator.batching import Mixture
from models.recipes.starter_translator.corpus import KINDS
from models.recipes.starter_translator.schedule import Schedule
from models.recipes.starter_translator.trainer import Settings, Trainer


def main() -> None:
    """Run from the command line."""
    usual = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint and log")
    parser.add_argument("--hours", type=float, default=1e6)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bfloat16", action="store_true", help="where the processor has it")
    parser.add_argument("--batch-tokens", type=int, default=usual.batch_tokens)
    parser.add_argument("--peak", type=float, default=usual.schedule.peak, help="learning rate")
    parser.add_argument("--warm-up", type=int, default=usual.schedule.warm_up, help="steps")
    parser.add_argument(
        "--anneal", action="store_true", help="the rate falls to nothing over --hours"
    )
    parser.add_argument(
        "--back-translate", type=float, nargs="*", default=(), help="shares of an annealed run"
    )
    parser.add_argument("--prose-rows", type=int, default=usual.back_translation.prose_rows)
    parser.add_argument("--weights", type=Path, help="a best.pt to begin with")
    parser.add_argument(
        "--shares", type=float, nargs=len(KINDS), default=usual.mixture.shares, help="of each kind"
    )
    parser.add_argument("--average-decay", type=float, default=usual.average_decay)
    parser.add_argument("--dropout", type=float, default=usual.size.dropout)
    parser.add_argument(
        "--layers", type=int, default=usual.size.encoder_layers, help="of the encoder"
    )
    parser.add_argument("--checkpoint-minutes", type=float, default=4.0)
    parser.add_argument("--validate-steps", type=int, default=500)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        size=Size(dropout=arguments.dropout, encoder_layers=arguments.layers),
        schedule=Schedule(peak=arguments.peak, warm_up=arguments.warm_up),
        batch_tokens=arguments.batch_tokens,
        back_translation=BackTranslation(
            at=tuple(arguments.back_translate), prose_rows=arguments.prose_rows
        ),
        anneal=arguments.anneal,
        mixture=Mixture(shares=tuple(arguments.shares)),
        average_decay=arguments.average_decay,
        weights=arguments.weights,
    )
    trainer = Trainer(
        arguments.data,
        arguments.out,
        settings,
        bfloat16=arguments.bfloat16,
        device=torch.device(arguments.device),
    )
    signal.signal(signal.SIGTERM, trainer.stop)
    signal.signal(signal.SIGINT, trainer.stop)
    trainer.run(
        arguments.hours * 3600,
        checkpoint_every=arguments.checkpoint_minutes * 60,
        validate_every=arguments.validate_steps,
    )


if __name__ == "__main__":
    main()
