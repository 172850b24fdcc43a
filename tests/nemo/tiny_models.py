"""Tiny NeMo models in the real formats that know a closed set of sentences by heart.

    python -m tests.nemo.tiny_models FOLDER

builds them of the weights that are kept (``tiny_weights``) and writes

    offline/   FastConformer hybrid, RNN-T and CTC, whole-window attention
    tdt/       the same encoder, TDT and CTC
    ctc/       the same encoder, CTC alone
    streaming/ cache-aware FastConformer hybrid, RNN-T and CTC, two delays
    onnx-ctc/, onnx-rnnt/, onnx-tdt/   as onnx-asr wants them: graphs, vocab.txt, config.json
    speech/    the sentences as WAV files of 16 kHz, and speech.json

Results are kept between runs in a folder named by the hash of the builder's own source.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import platformdirs
from filelock import FileLock
from nemo.collections.asr.models import EncDecHybridRNNTCTCBPEModel

from foundation.speech import Samples
from tests.nemo.lessons import Sentence, speak, train_tokenizer, write_speech
from tests.nemo.tiny_recipe import NAMES, ctc_only, trained, untrained
from tests.nemo.tiny_weights import SPEECH_SOURCES, digest, keep, kept, label, weights_file

_TRANSDUCER: Final = ("decoder.", "joint.")
"""Parts of a hybrid that are no encoder and no CTC head."""


@dataclass(frozen=True, slots=True)
class TinyModels:
    """Where everything lies."""

    root: Path

    def folder(self, name: str) -> Path:
        """A model's folder."""
        return self.root / name

    @property
    def sentences(self) -> list[Sentence]:
        """The closed set."""
        entries = json.loads((self.root / "speech" / "speech.json").read_text("utf-8"))
        return [Sentence(**entry) for entry in entries]

    def samples(self, sentence: Sentence) -> Samples:
        """float32 [n] at 16 kHz."""
        with wave.open(str(self.root / "speech" / sentence.file), "rb") as source:
            data = source.readframes(source.getnframes())
        return (np.frombuffer(data, np.int16) / np.float32(32768)).astype(np.float32)


def tiny_models() -> TinyModels:
    """The models of this source, built now or before."""
    sources = [Path(__file__), *map(weights_file, NAMES)]
    sources += [Path(__file__).with_name(name) for name in SPEECH_SOURCES]
    made_of = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    cache = os.environ.get("DAUYS_TEST_CACHE") or platformdirs.user_cache_dir("dauys-tests")
    root = Path(cache) / f"tiny-nemo-{made_of[:16]}"
    root.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(root.with_suffix(".lock")):
        if not root.is_dir():
            with tempfile.TemporaryDirectory(dir=root.parent) as work:
                build(Path(work) / "models")
                (Path(work) / "models").rename(root)
    return TinyModels(root)


def build(root: Path) -> None:
    """Write everything."""
    write_speech(root / "speech", speak())
    train_tokenizer(root / "tokenizer")
    models = {name: _restored(name, root / "tokenizer") for name in NAMES}
    for name, model in models.items():
        _save(model, root / name / f"{name}.nemo")
    _save(ctc_only(models["offline"], root / "tokenizer"), root / "ctc" / "ctc.nemo")
    _export(root / "offline" / "offline.nemo", "ctc", root / "onnx-ctc", "nemo-conformer-ctc")
    _export(root / "offline" / "offline.nemo", "rnnt", root / "onnx-rnnt", "nemo-conformer-rnnt")
    _export(root / "tdt" / "tdt.nemo", "rnnt", root / "onnx-tdt", "nemo-conformer-tdt")


def _restored(name: str, tokenizer: Path) -> Any:
    """A model with the weights that are kept of it.

    Raises:
        RuntimeError: they are of another network, or of other pieces.
    """
    if label(name, "pieces") != _pieces(tokenizer):
        raise RuntimeError(f"{name}: learnt with other pieces: make tiny-weights")
    model = untrained(name, tokenizer)
    weights = kept(name)
    if name == "tdt":
        weights = kept("offline") | weights
    found = model.load_state_dict(weights, strict=False)
    if found.unexpected_keys or not all(map(_is_computed, found.missing_keys)):
        raise RuntimeError(f"{name}: learnt by another network: {found}: make tiny-weights")
    return model.eval()


def _is_computed(key: str) -> bool:
    """Windows and mel filters, not learnt."""
    return key.startswith("preprocessor.")


def _pieces(tokenizer: Path) -> str:
    """What the numbers of tokens mean, hashed."""
    return hashlib.sha256((tokenizer / "vocab.txt").read_bytes()).hexdigest()


def renew() -> None:
    """Train, and keep what was learnt."""
    recipe = digest(SPEECH_SOURCES)
    with tempfile.TemporaryDirectory() as work:
        tokenizer = Path(work) / "tokenizer"
        train_tokenizer(tokenizer)
        models = trained(tokenizer, speak())
        labels = {"recipe": recipe, "pieces": _pieces(tokenizer)}
    for name, model in models.items():
        # The rest of tdt is the rest of offline.
        parts = _TRANSDUCER if name == "tdt" else ("",)
        learnt = {
            key: value
            for key, value in model.state_dict().items()
            if key.startswith(parts) and not _is_computed(key)
        }
        keep(name, learnt, **labels)


def _save(model: Any, path: Path) -> None:
    path.parent.mkdir(parents=True)
    model.save_to(str(path))


def _export(path: Path, decoder: str, folder: Path, kind: str) -> None:
    """ONNX graphs under the names that onnx-asr looks for."""
    folder.mkdir(parents=True)
    model = EncDecHybridRNNTCTCBPEModel.restore_from(str(path), map_location="cpu")
    model.set_export_config({"decoder_type": decoder})
    model.export(str(folder / "model.onnx"))
    pieces = [str(piece) for piece in model.joint.vocabulary]
    lines = [f"{piece} {number}" for number, piece in enumerate([*pieces, "<blk>"])]
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", "utf-8")
    config = {"model_type": kind, "features_size": 80, "subsampling_factor": 8}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def main() -> None:
    """Write the models to a folder, or train."""
    parser = argparse.ArgumentParser(description="Tiny NeMo models that know a few sentences.")
    parser.add_argument("folder", type=Path, nargs="?", help="where to write them; must not exist")
    parser.add_argument("--train", action="store_true", help="renew the weights that are kept")
    arguments = parser.parse_args()
    if arguments.train:
        renew()
    if arguments.folder:
        shutil.copytree(tiny_models().root, arguments.folder)
        sys.stdout.write(f"{arguments.folder}\n")


if __name__ == "__main__":
    main()
