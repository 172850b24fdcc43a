"""Training that is killed and goes on, and what CTranslate2 makes of the outcome.

Needs the extra ``train``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("transformers", reason="needs the extra train")
pytest.importorskip("sentencepiece", reason="needs the extra train")

from foundation.errors import FailedPrecondition
from models.recipes.starter_translator import checkpoints, shards
from models.recipes.starter_translator.architecture import Size
from models.recipes.starter_translator.back_translation import BackTranslation, translated_back
from models.recipes.starter_translator.batching import EpochPlanner, Mixture
from models.recipes.starter_translator.corpus import Row
from models.recipes.starter_translator.export import agreement, convert, write_checkpoint
from models.recipes.starter_translator.held_out import (
    HELD_OUT_FILE,
    read_held_out,
    write_held_out,
)
from models.recipes.starter_translator.schedule import Schedule
from models.recipes.starter_translator.tensors import Assembler
from models.recipes.starter_translator.trainer import Settings, Trainer
from models.recipes.starter_translator.vocabulary import PIECES_FILE, PieceEncoder, train_pieces

COLOURS = {
    "kk": ["қызыл", "жасыл", "көк", "сары", "ақ", "қара"],
    "ru": ["красный", "зелёный", "синий", "жёлтый", "белый", "чёрный"],
    "en": ["red", "green", "blue", "yellow", "white", "black"],
}
THINGS = {
    "kk": ["үй", "алма", "кітап", "есік"],
    "ru": ["дом", "плод", "том", "стол"],
    "en": ["house", "apple", "book", "door"],
}
SETTINGS = Settings(
    size=Size(width=32, feed_forward=64, heads=2, encoder_layers=2, decoder_layers=1, dropout=0.1),
    mixture=Mixture(pairs_per_direction=40, longest=30),
    schedule=Schedule(peak=5e-3, warm_up=10),
    batch_tokens=200,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = [
        Row({key: f"{COLOURS[key][a]} {THINGS[key][b]}" for key in COLOURS}, "tatoeba", "sentence")
        for a in range(6)
        for b in range(4)
    ]
    train_pieces((text for row in rows for text in row.texts.values()), 310, folder)
    shard = shards.encode(rows[:-2], PieceEncoder(folder / PIECES_FILE), variants=2)
    shards.save(shard, folder / shards.SHARD_FILE)
    write_held_out(rows[-2:], folder / HELD_OUT_FILE)
    return folder


def train(data: Path, out: Path, steps: int, settings: Settings = SETTINGS) -> Trainer:
    """Train from where ``out`` was left up to so many steps in all."""
    out.mkdir(exist_ok=True)
    trainer = Trainer(data, out, settings, bfloat16=False)
    trainer.run(600, checkpoint_every=600, validate_every=10_000, last_step=steps)
    return trainer


def weights(trainer: Trainer) -> dict[str, Any]:
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def test_training_goes_on_as_if_it_had_not_stopped(data: Path, tmp_path: Path) -> None:
    straight = train(data, tmp_path / "straight", 80)
    for steps in (4, 67):
        train(data, tmp_path / "halting", steps)
    halting = train(data, tmp_path / "halting", 80)
    assert straight.position.epoch >= 1
    assert replace(straight.position, seconds=0) == replace(halting.position, seconds=0)
    for name, value in weights(straight).items():
        assert torch.equal(value, weights(halting)[name]), name


def test_the_weights_that_do_best_are_kept(data: Path, tmp_path: Path) -> None:
    trainer = train(data, tmp_path, 40)
    trainer.validate()
    best = checkpoints.load(tmp_path / checkpoints.BEST_FILE)
    assert best is not None
    assert best["position"]["step"] == 40
    # A rate that wrecks the weights: what was best stays.
    wrecking = replace(SETTINGS, schedule=Schedule(peak=5.0, warm_up=1))
    trainer = train(data, tmp_path, 60, wrecking)
    trainer.validate()
    assert sum(trainer.held_out_loss().values()) > best["position"]["best_loss"]
    kept = checkpoints.load(tmp_path / checkpoints.BEST_FILE)
    assert kept is not None
    assert kept["position"]["step"] == 40


def test_a_write_cut_short_leaves_the_checkpoint_before(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path, 3)
    path = tmp_path / checkpoints.CHECKPOINT_FILE
    with pytest.raises(AttributeError, match="local object"):
        checkpoints.save_atomically({"model": lambda: None}, path)
    state = checkpoints.load(path)
    assert state is not None
    assert state["position"]["step"] == 3


def test_another_size_is_refused(data: Path, tmp_path: Path) -> None:
    train(data, tmp_path, 2)
    wider = replace(SETTINGS, size=replace(SETTINGS.size, feed_forward=96))
    with pytest.raises(FailedPrecondition, match="feed_forward"):
        Trainer(data, tmp_path, wider, bfloat16=False)


def test_the_converted_model_translates_as_the_checkpoint_does(data: Path, tmp_path: Path) -> None:
    trainer = train(data, tmp_path / "run", 300)
    trainer.save(0)
    assert trainer.held_out_loss()["tatoeba"] < 2.5
    model, tokenizer = write_checkpoint(data, tmp_path / "run", tmp_path / "checkpoint")
    convert(tmp_path / "checkpoint", tmp_path / "model", "float32")
    samples = read_held_out(data / HELD_OUT_FILE)
    assert len(samples) == 12
    found = agreement(model, tokenizer, tmp_path / "model", samples, "float32")
    assert found.alike == found.lines == 12


def test_the_log_says_where_training_stands(data: Path, tmp_path: Path) -> None:
    trainer = train(data, tmp_path, 50)
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    record = json.loads(lines[0])
    assert record["step"] == trainer.position.step == 50
    assert record["loss"] > 0


def test_text_is_translated_back_and_only_ever_a_source(data: Path, tmp_path: Path) -> None:
    trainer = train(data, tmp_path, 20)
    alone = [Row({"kk": "қызыл кітап"}, "news", "back"), Row({"kk": "ақ есік"}, "news", "back")]
    both = [Row({"ru": "белый дом", "en": "white house"}, "book", "prose")]
    shard = shards.encode(alone + both, PieceEncoder(data / PIECES_FILE), variants=2)
    trainer.model.eval()

    def speaks(**inputs: Any) -> Any:
        """Start token, language, as many pieces as asked for, end: what ``generate`` gives."""
        count, length = inputs["input_ids"].shape
        language = torch.full((count, 1), inputs["forced_bos_token_id"])
        text = torch.arange(10, 10 + length).repeat(count, 1)
        end = torch.full((count, 1), 2)
        return torch.cat((end, language, text, end), dim=1)

    trainer.model.generate = speaks
    tokens = trainer._tokens
    made = translated_back(shard, trainer.model, tokens, BackTranslation(batch=2), seed=1)
    new = range(3, len(made.kinds))
    assert [made.made[row].tolist() for row in new] == [
        *[[False, True, False]] * 2,
        *[[False, False, True]] * 2,
        [True, False, False],
    ]
    for row in new:
        ((language,),) = [made.made[row].nonzero()[0].tolist()]
        assert made.text(row, language, 0) == made.text(row, language, 1)
        assert made.text(row, language)[0] == 10
    assert made.text(7, 1, 1) == shard.text(2, 1, 1)
    planner = EpochPlanner(made, SETTINGS.mixture, batch_tokens=200, seed=1)
    batch = next(b for b in planner.batches(0) if made.made[b.pairs[:, 0]].any())
    example = Assembler(made, tokens, torch.device("cpu")).example(batch)
    for (row, source, target, *_), ids in zip(
        batch.pairs.tolist(), example.source.tolist(), strict=True
    ):
        assert not made.made[row, target]
        assert (ids[1] == tokens.made) == bool(made.made[row, source])


def test_a_run_begins_with_another_s_weights(data: Path, tmp_path: Path) -> None:
    first = train(data, tmp_path / "first", 20)
    first.validate()
    best = tmp_path / "first" / checkpoints.BEST_FILE
    second = Trainer(data, tmp_path / "second", replace(SETTINGS, weights=best), bfloat16=False)
    assert second.position.step == 0
    assert second.held_out_loss() == first.held_out_loss()
