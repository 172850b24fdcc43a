"""Train the translator, on one core if need be, from where it was left.

    python -m models.recipes.starter_translator.train --data DIR --out DIR [--hours 2]

Stops at SIGTERM or after ``--hours``, with a checkpoint; the same command goes on. The log
(``log.jsonl``) has a line every fifty steps.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import torch

from foundation.errors import FailedPrecondition
from models.recipes.starter_translator import checkpoints, shards
from models.recipes.starter_translator.architecture import Size, build
from models.recipes.starter_translator.batching import Batch, EpochPlanner, Mixture
from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.held_out import HELD_OUT_FILE, HeldOut, read_held_out
from models.recipes.starter_translator.schedule import Schedule
from models.recipes.starter_translator.vocabulary import END_ID, PAD_ID, load_tokenizer

LOG_FILE: Final = "log.jsonl"
LABEL_SMOOTHING: Final = 0.1
IGNORED: Final = -100


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run keeps to from its first step to its last."""

    size: Size = field(default_factory=Size)
    mixture: Mixture = field(default_factory=Mixture)
    schedule: Schedule = field(default_factory=Schedule)
    batch_tokens: int = 3000
    seed: int = 1
    average_decay: float = 0.999
    """Of the running average of the weights, which is what is evaluated and exported."""


@dataclass(slots=True)
class Position:
    """How far training has come."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    """Batches of this epoch that are done."""
    seconds: float = 0.0
    best_loss: float = math.inf
    """The lowest held-out loss so far, averaged over the sources."""


class Trainer:
    """Holds model, optimiser and position; ``run`` trains until told to stop."""

    def __init__(self, data: Path, out: Path, settings: Settings, *, bfloat16: bool) -> None:
        torch.manual_seed(settings.seed)
        self._out = out
        self._settings = settings
        self._bfloat16 = bfloat16
        self._shard = shards.load(data / shards.SHARD_FILE)
        self._tokenizer = load_tokenizer(data)
        self._languages = [self._tokenizer.get_lang_id(language) for language in LANGUAGES]
        self._planner = EpochPlanner(
            self._shard,
            settings.mixture,
            batch_tokens=settings.batch_tokens,
            seed=settings.seed,
        )
        self._held_out = read_held_out(data / HELD_OUT_FILE)
        self.model = build(settings.size, len(self._tokenizer))
        self._average = {
            name: value.detach().clone() for name, value in self.model.named_parameters()
        }
        self._optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.position = Position()
        self._stopping = False
        self._resume()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """End after the step that is running."""
        self._stopping = True

    def run(
        self,
        seconds: float,
        *,
        checkpoint_every: float,
        validate_every: int,
        last_step: int | None = None,
    ) -> None:
        """Train for so many seconds, to the last step, or until ``stop``; then save.

        Args:
            seconds: of wall clock.
            checkpoint_every: seconds between checkpoints.
            validate_every: steps between measurements on held-out text.
            last_step: the last to make, counted from the first of all.
        """
        began = saved = time.monotonic()
        window = Window()
        while not self._stopping:
            for batch in self._planner.batches(self.position.epoch, self.position.batch):
                window.add(*self._step(batch))
                now = time.monotonic()
                if self.position.step % 50 == 0:
                    self._log(window.report(self.position, self._rate()))
                    window = Window()
                if self.position.step % validate_every == 0:
                    self.validate()
                if now - saved > checkpoint_every:
                    self.save(now - saved)
                    saved = now
                if self._stopping or now - began > seconds or self.position.step == last_step:
                    self.save(time.monotonic() - saved)
                    return
            self.position.epoch += 1
            self.position.batch = 0

    def _step(self, batch: Batch) -> tuple[float, int, int]:
        self.position.step += 1
        self.position.batch += 1
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        source, target = self._tensors(batch)
        loss, cross_entropy, count = self._loss(source, target)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimiser.step()
        self._move_average()
        return cross_entropy * count, count, int((source != PAD_ID).sum()) + count

    def _loss(self, source: torch.Tensor, target: torch.Tensor) -> tuple[torch.Tensor, float, int]:
        """Smoothed loss, plain cross-entropy (nats a token) and the number of tokens.

        The language token is given, never predicted, and takes no part in the loss.
        """
        inputs, wanted = target[:, :-1], target[:, 1:].clone()
        wanted[:, 0] = IGNORED
        wanted[wanted == PAD_ID] = IGNORED
        with torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            states = self.model.model(
                input_ids=source,
                attention_mask=(source != PAD_ID).long(),
                decoder_input_ids=inputs,
                use_cache=False,
            ).last_hidden_state
            # Padding is left out before the widest layer.
            scored = wanted != IGNORED
            logits = self.model.lm_head(states[scored])
        log_probabilities = torch.log_softmax(logits.float(), dim=-1)
        cross_entropy = torch.nn.functional.nll_loss(log_probabilities, wanted[scored])
        uniform = -log_probabilities.mean()
        loss = (1 - LABEL_SMOOTHING) * cross_entropy + LABEL_SMOOTHING * uniform
        return loss, float(cross_entropy.detach()), int(scored.sum())

    def _tensors(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """int64 [pairs, source length] and [pairs, 1 + target length], the start token first."""
        source = torch.full((len(batch.pairs), batch.source_length), PAD_ID)
        target = torch.full((len(batch.pairs), 1 + batch.target_length), PAD_ID)
        for index, (row, left, right) in enumerate(batch.pairs.tolist()):
            ids = [self._languages[left], *self._shard.text(row, left), END_ID]
            source[index, : len(ids)] = torch.tensor(ids)
            ids = [END_ID, self._languages[right], *self._shard.text(row, right), END_ID]
            target[index, : len(ids)] = torch.tensor(ids)
        return source, target

    def _rate(self) -> float:
        return self._settings.schedule.rate(self.position.step)

    def _move_average(self) -> None:
        # Young averages forget faster, or the random start would stay in them for long.
        decay = min(self._settings.average_decay, self.position.step / (self.position.step + 10))
        names = list(self._average)
        parameters = dict(self.model.named_parameters())
        with torch.no_grad():
            torch._foreach_lerp_(
                [self._average[name] for name in names],
                [parameters[name] for name in names],
                1 - decay,
            )

    def validate(self) -> None:
        """Measure on held-out text, log it, and keep the averaged weights if they are the best."""
        losses = self.held_out_loss()
        self._log({"step": self.position.step, "held_out_loss": losses})
        loss = sum(losses.values()) / len(losses)
        if loss < self.position.best_loss:
            self.position.best_loss = loss
            checkpoints.save_atomically(
                {
                    "average": self._average,
                    "position": asdict(self.position),
                    "size": self._settings.size.as_dict(),
                },
                self._out / checkpoints.BEST_FILE,
            )

    def held_out_loss(self) -> dict[str, float]:
        """Cross-entropy (nats a token) of the averaged weights on held-out pairs, a source."""
        sums: dict[str, list[float]] = {}
        self.model.eval()
        with torch.no_grad(), self._averaged():
            for pair in self._held_out:
                _, cross_entropy, count = self._loss(*self._held_out_tensors(pair))
                total = sums.setdefault(pair.source, [0.0, 0.0])
                total[0] += cross_entropy * count
                total[1] += count
        self.model.train()
        return {source: round(total / count, 4) for source, (total, count) in sums.items()}

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The model has the averaged weights inside, and its own again after."""
        own = {name: value.clone() for name, value in self.model.named_parameters()}
        self._set_weights(self._average)
        yield
        self._set_weights(own)

    def _set_weights(self, weights: dict[str, torch.Tensor]) -> None:
        for name, parameter in self.model.named_parameters():
            parameter.copy_(weights[name])

    def _held_out_tensors(self, pair: HeldOut) -> tuple[torch.Tensor, torch.Tensor]:
        self._tokenizer.src_lang = pair.source_language
        source = self._tokenizer(pair.text)["input_ids"]
        self._tokenizer.src_lang = pair.target_language
        target = [END_ID, *self._tokenizer(pair.translation)["input_ids"]]
        return torch.tensor([source]), torch.tensor([target])

    def save(self, seconds: float) -> None:
        """Write a checkpoint; ``seconds`` have passed since the last one."""
        self.position.seconds += seconds
        checkpoints.save_atomically(
            {
                "model": self.model.state_dict(),
                "average": self._average,
                "optimiser": self._optimiser.state_dict(),
                "position": asdict(self.position),
                "random": torch.get_rng_state(),
                "size": self._settings.size.as_dict(),
            },
            self._out / checkpoints.CHECKPOINT_FILE,
        )

    def _resume(self) -> None:
        state = checkpoints.load(self._out / checkpoints.CHECKPOINT_FILE)
        if state is None:
            return
        for name, value in self._settings.size.as_dict().items():
            if state["size"].get(name) != value:
                raise FailedPrecondition(
                    f"{name} is {value}, but the checkpoint was trained with "
                    f"{state['size'].get(name)}: choose another folder"
                )
        self.model.load_state_dict(state["model"])
        self._average = state["average"]
        self._optimiser.load_state_dict(state["optimiser"])
        self.position = Position(**state["position"])
        torch.set_rng_state(state["random"])
        # The best may be younger than the checkpoint, if training was killed between the two.
        best = checkpoints.load(self._out / checkpoints.BEST_FILE)
        if best is not None:
            self.position.best_loss = best["position"]["best_loss"]

    def _log(self, record: dict[str, object]) -> None:
        with (self._out / LOG_FILE).open("a", encoding="utf-8") as writer:
            writer.write(json.dumps({"at": time.strftime("%H:%M:%S"), **record}) + "\n")


@dataclass(slots=True)
class Window:
    """Sums since the last line of the log."""

    loss: float = 0.0
    targets: int = 0
    tokens: int = 0
    began: float = field(default_factory=time.monotonic)

    def add(self, loss: float, targets: int, tokens: int) -> None:
        """Add one step: its summed loss, target tokens, and all tokens without padding."""
        self.loss += loss
        self.targets += targets
        self.tokens += tokens

    def report(self, position: Position, rate: float) -> dict[str, object]:
        """A line of the log."""
        return {
            "step": position.step,
            "epoch": position.epoch,
            "batch": position.batch,
            "loss": round(self.loss / self.targets, 4),
            "rate": float(f"{rate:.3g}"),
            "tokens_per_second": round(self.tokens / (time.monotonic() - self.began)),
        }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint and log")
    parser.add_argument("--hours", type=float, default=1e6)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bfloat16", action="store_true", help="where the processor has it")
    parser.add_argument("--checkpoint-minutes", type=float, default=4.0)
    parser.add_argument("--validate-steps", type=int, default=500)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(arguments.data, arguments.out, Settings(), bfloat16=arguments.bfloat16)
    signal.signal(signal.SIGTERM, trainer.stop)
    signal.signal(signal.SIGINT, trainer.stop)
    trainer.run(
        arguments.hours * 3600,
        checkpoint_every=arguments.checkpoint_minutes * 60,
        validate_every=arguments.validate_steps,
    )


if __name__ == "__main__":
    main()
