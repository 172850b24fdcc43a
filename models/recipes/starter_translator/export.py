"""Turn a checkpoint into what ships: a CTranslate2 model in int8, beside its SentencePiece model.

    python -m models.recipes.starter_translator.export --data DIR --run DIR --out DIR

The averaged weights become a ``transformers`` checkpoint (``OUT/checkpoint``), which CTranslate2's
own converter takes (``OUT/model``). Then both translate the same lines: at full precision they must
agree to the token; how far int8 agrees is printed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from foundation.errors import FailedPrecondition
from models.recipes.starter_translator import checkpoints
from models.recipes.starter_translator.architecture import Size, build
from models.recipes.starter_translator.held_out import HELD_OUT_FILE, HeldOut, read_held_out
from models.recipes.starter_translator.prepare import CARD_FILE
from models.recipes.starter_translator.translator import Translator
from models.recipes.starter_translator.vocabulary import PIECES_FILE, load_tokenizer

LONGEST_OUTPUT: Final = 80


@dataclass(frozen=True, slots=True)
class Agreement:
    """Lines that CTranslate2 and ``transformers`` translated alike."""

    alike: int
    lines: int

    def __str__(self) -> str:
        return f"{self.alike} of {self.lines} lines alike"


def write_checkpoint(data: Path, run: Path, folder: Path) -> tuple[Any, Any]:
    """Write the averaged weights and the tokenizer as a ``transformers`` checkpoint.

    The weights are those that did best on held-out text, or the last where none were measured.

    Returns:
        The model, in evaluation mode, and the tokenizer.

    Raises:
        FailedPrecondition: there is no checkpoint in ``run``.
    """
    best = checkpoints.load(run / checkpoints.BEST_FILE)
    state = best or checkpoints.load(run / checkpoints.CHECKPOINT_FILE)
    if state is None:
        raise FailedPrecondition(f"no {checkpoints.CHECKPOINT_FILE} in {run}: train first")
    tokenizer = load_tokenizer(data)
    model = build(Size(**state["size"]), len(tokenizer))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(state["average"][name])
    model.eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model, tokenizer


def convert(checkpoint: Path, folder: Path, quantization: str) -> None:
    """Run CTranslate2's converter; ``folder`` then also holds the SentencePiece model."""
    from ctranslate2.converters import TransformersConverter

    TransformersConverter(str(checkpoint), copy_files=[PIECES_FILE]).convert(
        str(folder), quantization=quantization, force=True
    )


def agreement(
    model: Any, tokenizer: Any, converted: Path, samples: Sequence[HeldOut], compute_type: str
) -> Agreement:
    """Translate samples greedily with both, and count the lines that come out alike."""
    translator = Translator(converted, compute_type=compute_type, beam_size=1)
    alike = 0
    for sample in samples:
        direction = (sample.source_language, sample.target_language)
        theirs = translator.translate([sample.text], *direction, longest=LONGEST_OUTPUT)[0]
        alike += theirs == _greedy(model, tokenizer, sample)
    return Agreement(alike, len(samples))


def _greedy(model: Any, tokenizer: Any, sample: HeldOut) -> str:
    tokenizer.src_lang = sample.source_language
    inputs = tokenizer(sample.text, return_tensors="pt")
    with torch.no_grad():
        output = model.generate(
            **inputs,
            num_beams=1,
            do_sample=False,
            # transformers counts the start token, CTranslate2 does not.
            max_length=LONGEST_OUTPUT + 1,
            forced_bos_token_id=tokenizer.get_lang_id(sample.target_language),
            forced_eos_token_id=None,
        )
    text: str = tokenizer.decode(output[0], skip_special_tokens=True)
    return text.strip()


def main() -> None:
    """Run from the command line.

    Raises:
        FailedPrecondition: the converted model does not do what the checkpoint does.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what prepare wrote")
    parser.add_argument("--run", type=Path, required=True, help="where train left its checkpoint")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=60)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    checkpoint, shipped = arguments.out / "checkpoint", arguments.out / "model"
    model, tokenizer = write_checkpoint(arguments.data, arguments.run, checkpoint)
    held_out = read_held_out(arguments.data / HELD_OUT_FILE)
    samples = held_out[:: max(1, len(held_out) // arguments.samples)]
    with tempfile.TemporaryDirectory() as folder:
        exact_folder = Path(folder) / "float32"
        convert(checkpoint, exact_folder, "float32")
        exact = agreement(model, tokenizer, exact_folder, samples, "float32")
    convert(checkpoint, shipped, "int8")
    shutil.copy(arguments.data / CARD_FILE, shipped / CARD_FILE)
    rounded = agreement(model, tokenizer, shipped, samples, "int8")
    print(json.dumps({"float32": str(exact), "int8": str(rounded)}))  # noqa: T201
    if exact.alike < exact.lines:
        raise FailedPrecondition(f"CTranslate2 at float32 differs from transformers: {exact}")


if __name__ == "__main__":
    main()
