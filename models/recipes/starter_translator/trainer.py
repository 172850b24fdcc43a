"""The training loop: model, optimiser and position, and how they are kept."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import torch

from foundation.errors import FailedPrecondition
from models.recipes.starter_translator import checkpoints, shards
from models.recipes.starter_translator.architecture import Size, build
from models.recipes.starter_translator.back_translation import BackTranslation, translated_back
from models.recipes.starter_translator.batching import Batch, EpochPlanner, Mixture
from models.recipes.starter_translator.filtering import LANGUAGES
from models.recipes.starter_translator.held_out import HELD_OUT_FILE, read_held_out
from models.recipes.starter_translator.schedule import Schedule
from models.recipes.starter_translator.tensors import (
    Assembler,
    Example,
    Tokens,
    held_out_examples,
)
from models.recipes.starter_translator.vocabulary import (
    MADE_TOKEN,
    PIECES_FILE,
    PieceEncoder,
    load_tokenizer,
)

LOG_FILE: Final = "log.jsonl"
LABEL_SMOOTHING: Final = 0.1


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
    anneal: bool = False
    """The run ends when its time does, and the learning rate falls until then."""
    back_translation: BackTranslation = field(default_factory=BackTranslation)
    """Of a run that is annealed."""
    weights: Path | None = None
    """A ``best.pt`` whose averaged weights a new run begins with."""


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

    def __init__(
        self,
        data: Path,
        out: Path,
        settings: Settings,
        *,
        bfloat16: bool,
        device: torch.device = torch.device("cpu"),  # noqa: B008 - immutable
    ) -> None:
        torch.manual_seed(settings.seed)
        self._out = out
        self._settings = settings
        self._bfloat16 = bfloat16
        self._device = device
        tokenizer = load_tokenizer(data)
        self._tokens = Tokens(
            tuple(tokenizer.get_lang_id(language) for language in LANGUAGES),
            tokenizer.convert_tokens_to_ids(MADE_TOKEN),
        )
        self._thread = ThreadPoolExecutor(1)
        self._ahead: dict[tuple[EpochPlanner, int], Future[list[Batch]]] = {}
        self._people = shards.load(data / shards.SHARD_FILE)
        self._plan(self._people)
        self._held_out = list(
            held_out_examples(
                read_held_out(data / HELD_OUT_FILE),
                PieceEncoder(data / PIECES_FILE),
                self._tokens,
                device,
                size=256 if device.type == "cuda" else 16,
            )
        )
        self._fused = device.type == "cuda"
        attention = "sdpa" if self._fused else "eager"
        self.model = build(settings.size, len(tokenizer), attention=attention).to(device)
        if settings.weights is not None:
            self._begin_with(settings.weights)
        self._average = {
            name: value.detach().clone() for name, value in self.model.named_parameters()
        }
        self._optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.position = Position()
        self._progress = 0.0
        self._stopping = False
        self._resume()

    def _plan(self, shard: shards.Shard) -> None:
        """Train on this shard from the next epoch on."""
        self._planner = EpochPlanner(
            shard,
            self._settings.mixture,
            batch_tokens=self._settings.batch_tokens,
            seed=self._settings.seed,
        )
        self._assembler = Assembler(shard, self._tokens, self._device)

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
        window = Window(self._device)
        waiting = sorted(self._settings.back_translation.at)
        while not self._stopping:
            for batch in self._planned():
                window.add(*self._step(self._assembler.example(batch)))
                now = time.monotonic()
                self._progress = (now - began) / seconds
                if self.position.step % 50 == 0:
                    self._log(window.report(self.position, self._rate()))
                    window = Window(self._device)
                if self.position.step % validate_every == 0:
                    self.validate()
                if now - saved > checkpoint_every:
                    self.save(now - saved)
                    saved = now
                if self._stopping or now - began > seconds or self.position.step == last_step:
                    self.validate()
                    self.save(time.monotonic() - saved)
                    return
                if waiting and self._progress >= waiting[0]:
                    waiting.pop(0)
                    self._translate_back()
                    break
            self.position.epoch += 1
            self.position.batch = 0

    def _planned(self) -> list[Batch]:
        """What is left of this epoch; the next one is planned meanwhile."""
        position, planner = self.position, self._planner
        key = (planner, position.epoch)
        ahead = self._ahead.pop(key, None)
        batches = ahead.result() if ahead else list(planner.batches(position.epoch))
        following = (planner, position.epoch + 1)
        self._ahead = {following: self._thread.submit(lambda: list(planner.batches(following[1])))}
        return batches[position.batch :]

    def _translate_back(self) -> None:
        began = time.monotonic()
        self.model.eval()
        with torch.no_grad(), self._averaged(), self._precision():
            shard = translated_back(
                self._people,
                self.model,
                self._tokens,
                self._settings.back_translation,
                self.position.step,
            )
        self.model.train()
        self._plan(shard)
        self._log(
            {
                "step": self.position.step,
                "translated_back": len(shard.kinds) - len(self._people.kinds),
                "seconds": round(time.monotonic() - began, 1),
            }
        )

    def _step(self, example: Example) -> tuple[torch.Tensor, int, int]:
        self.position.step += 1
        self.position.batch += 1
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        loss, cross_entropy, count = self._loss(example)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimiser.step()
        self._move_average()
        return cross_entropy * count, count, example.tokens

    def _precision(self) -> torch.autocast:
        return torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16)

    def _loss(self, example: Example) -> tuple[torch.Tensor, torch.Tensor, int]:
        """Smoothed loss, plain cross-entropy (nats a token) and the number of tokens."""
        with self._precision():
            states = self.model.model(
                input_ids=example.source,
                attention_mask=self._attention_mask(example),
                decoder_input_ids=example.target[:, :-1],
                use_cache=False,
            ).last_hidden_state
            # Padding is left out before the widest layer.
            logits = self.model.lm_head(states.flatten(0, 1)[example.scored])
        wanted = example.target[:, 1:].flatten()[example.scored]
        log_probabilities = torch.log_softmax(logits.float(), dim=-1)
        cross_entropy = torch.nn.functional.nll_loss(log_probabilities, wanted)
        uniform = -log_probabilities.mean()
        loss = (1 - LABEL_SMOOTHING) * cross_entropy + LABEL_SMOOTHING * uniform
        return loss, cross_entropy.detach(), len(example.scored)

    def _attention_mask(self, example: Example) -> torch.Tensor:
        """The mask in the form that costs least.

        One that is laid out for the heads is taken as it is; about any other ``transformers`` asks
        the GPU, and waits for its answer.
        """
        return example.mask[:, None, None, :] if self._fused else example.mask.long()

    def _rate(self) -> float:
        progress = self._progress if self._settings.anneal else None
        return self._settings.schedule.rate(self.position.step, progress)

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
            for name, example in self._held_out:
                _, cross_entropy, count = self._loss(example)
                total = sums.setdefault(name, [0.0, 0.0])
                total[0] += float(cross_entropy) * count
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

    def _begin_with(self, path: Path) -> None:
        state = checkpoints.load(path)
        if state is None:
            raise FailedPrecondition(f"no weights in {path}")
        with torch.no_grad():
            self._set_weights(state["average"])

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
        self._average = {name: value.to(self._device) for name, value in state["average"].items()}
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


class Window:
    """Sums since the last line of the log; the loss is read off the device only for a line."""

    def __init__(self, device: torch.device) -> None:
        self._loss = torch.zeros((), device=device)
        self._targets = 0
        self._tokens = 0
        self._began = time.monotonic()

    def add(self, loss: torch.Tensor, targets: int, tokens: int) -> None:
        """Add one step: its summed loss, target tokens, and all tokens without padding."""
        self._loss += loss
        self._targets += targets
        self._tokens += tokens

    def report(self, position: Position, rate: float) -> dict[str, object]:
        """A line of the log."""
        loss = float(self._loss) / self._targets
        return {
            "step": position.step,
            "epoch": position.epoch,
            "batch": position.batch,
            "loss": round(loss, 4),
            "rate": float(f"{rate:.3g}"),
            "tokens_per_second": round(self._tokens / (time.monotonic() - self._began)),
        }
