"""Teach a text encoder of CLIP's shape to say the codes that the denoiser reads.

    python -m models.recipes.starter_ornament.training.train_text --out RUN --minutes 6

At the end of a text and after it stands the code of what the text asks for; before, a blank. The
codes are those of the denoiser's checkpoint, which never change.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from models.recipes.starter_ornament.training.checkpoints import save
from models.recipes.starter_ornament.training.texts import prompt
from models.recipes.starter_ornament.training.train_denoiser import WIDTH, Codes

LENGTH: Final = 64
_PIECES: Final = 1_500
_START, _END = "<|startoftext|>", "<|endoftext|>"


def tokenizer(seed: int = 0) -> CLIPTokenizer:
    """Pieces of bytes learnt on prompts."""
    rng = np.random.default_rng([seed, 6])
    texts = [prompt(rng)[0] for _ in range(20_000)]
    plain = CLIPTokenizer()
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    learner.normalizer = plain.backend_tokenizer.normalizer
    learner.pre_tokenizer = plain.backend_tokenizer.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=_PIECES,
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    import json

    merges = json.loads(learner.to_str())["model"]["merges"]
    pairs = [tuple(one) if isinstance(one, list) else tuple(one.split(" ")) for one in merges]
    pieces = [*alphabet, *(letter + "</w>" for letter in alphabet), *("".join(p) for p in pairs)]
    unique = list(dict.fromkeys(pieces))
    vocabulary = {piece: place for place, piece in enumerate([*unique, _START, _END])}
    return CLIPTokenizer(vocab=vocabulary, merges=pairs, model_max_length=LENGTH)


def text_encoder(pieces: CLIPTokenizer) -> CLIPTextModel:
    """Three layers, as wide as the denoiser reads."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(pieces),
            hidden_size=WIDTH,
            intermediate_size=4 * WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=LENGTH,
            bos_token_id=pieces.bos_token_id,
            eos_token_id=pieces.eos_token_id,
            pad_token_id=pieces.pad_token_id,
        )
    )


def known_codes(out: Path) -> Codes | None:
    """The denoiser's codes, averaged."""
    path = out / "denoiser.pt"
    if not path.exists():
        return None
    average = torch.load(path, weights_only=True)["average"]
    codes = Codes()
    codes.load_state_dict(
        {
            key.removeprefix("codes."): value
            for key, value in average.items()
            if key.startswith("codes.")
        }
    )
    codes.requires_grad_(False)
    return codes


def targets(codes: Codes, ids: torch.Tensor, attributes: torch.Tensor, end: int) -> torch.Tensor:
    """What the encoder should say at each place, ``[n, LENGTH, WIDTH]``."""
    after = (ids == end).cumsum(1) > 0
    return torch.where(after[..., None], codes(attributes)[:, None], codes.blanks())


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    out: Path = options.out
    folder = out / "tokenizer"
    if folder.exists():
        pieces = CLIPTokenizer.from_pretrained(folder)
    else:
        pieces = tokenizer()
        pieces.save_pretrained(folder)
    model = text_encoder(pieces)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98))
    checkpoint = out / "text.pt"
    step, spent = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
    rng = np.random.default_rng([options.seed, step])
    began = saved = time.monotonic()
    codes = known_codes(out)
    if codes is None:
        raise SystemExit("the denoiser has no checkpoint yet")
    sums = []
    with (out / "text.log").open("a") as log:
        while True:
            done = (spent + time.monotonic() - began) / (60 * options.minutes)
            if done >= 1:
                break
            rate = (
                options.rate * min(1, (step + 1) / 100) * (0.03 + 0.97 * min(1, 1.6 * (1 - done)))
            )
            for group in optimiser.param_groups:
                group["lr"] = rate
            texts, attributes = zip(*(prompt(rng) for _ in range(options.batch)), strict=True)
            ids = pieces(
                list(texts),
                padding="max_length",
                truncation=True,
                max_length=LENGTH,
                return_tensors="pt",
            )["input_ids"]
            wanted = targets(codes, ids, torch.tensor(attributes), pieces.eos_token_id)
            said = model(ids).last_hidden_state
            error = ((said - wanted) ** 2).mean(dim=2)
            after = (ids == pieces.eos_token_id).cumsum(1) > 0
            # A text's end counts as much as its beginning, however long it is.
            loss = error[after].mean() + 0.3 * error[~after].mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            step += 1
            sums.append(float(error[after].mean().detach()))
            if step % 50 == 0:
                print(f"{step} done {done:.3f} error {np.mean(sums):.4f}", file=log, flush=True)
                sums = []
            if time.monotonic() - saved > 60:
                save(
                    checkpoint,
                    step,
                    spent + time.monotonic() - began,
                    model=model,
                    optimiser=optimiser,
                )
                saved = time.monotonic()
    save(checkpoint, step, spent + time.monotonic() - began, model=model, optimiser=optimiser)


if __name__ == "__main__":
    main()
