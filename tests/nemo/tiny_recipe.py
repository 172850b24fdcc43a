"""The networks of the tiny NeMo models, and how they are trained on a CPU.

What they have learnt is kept beside this file; ``tiny_weights`` says how to renew it.
"""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from nemo.collections.asr.models import EncDecCTCModelBPE, EncDecHybridRNNTCTCBPEModel
from omegaconf import OmegaConf

from foundation.speech import SAMPLE_RATE
from tests.nemo.espeak import Spoken
from tests.nemo.lessons import Lesson, Lessons
from tests.nemo.transducer_loss import transducer_loss

NAMES: Final = ("offline", "tdt", "streaming")
"""Whole windows, RNN-T; the same encoder, TDT; cache-aware, RNN-T."""

_WIDTH: Final = 64
_TERMS: Final = 3
"""Courses, until a model knows every sentence."""

_PREDICTION: Final = 64
_DURATIONS: Final = (0, 1, 2, 3, 4)


def untrained(name: str, tokenizer: Path) -> Any:
    """A model with the CTC head and a transducer, one of ``NAMES``."""
    config = _config(tokenizer, streaming=name == "streaming", tdt=name == "tdt")
    return EncDecHybridRNNTCTCBPEModel(cfg=config)


def trained(tokenizer: Path, spoken: list[list[Spoken]]) -> dict[str, Any]:
    """The models by name; takes a quarter of an hour of one core."""
    torch.manual_seed(1)
    random.seed(1)
    # A second thread gains a little on an idle machine and loses tenfold on a busy one.
    torch.set_num_threads(1)
    lessons = Lessons([one for variants in spoken for one in variants])
    plain = [variants[0] for variants in spoken]
    offline = untrained("offline", tokenizer)
    _teach(offline, lessons, plain, _Course(aligned=700, ctc=150, transducer=450))
    ctc_only(offline, tokenizer)  # draws the numbers that the weights kept were begun with
    tdt = untrained("tdt", tokenizer)
    tdt.encoder.load_state_dict(offline.encoder.state_dict())
    tdt.ctc_decoder.load_state_dict(offline.ctc_decoder.state_dict())
    _teach(tdt, lessons, plain, _Course(aligned=0, ctc=0, transducer=900))
    streaming = untrained("streaming", tokenizer)
    _teach(streaming, lessons, plain, _Course(aligned=1100, ctc=150, transducer=450))
    return {"offline": offline, "tdt": tdt, "streaming": streaming}


def ctc_only(hybrid: Any, tokenizer: Path) -> Any:
    """The CTC half of a hybrid as a model of its own."""
    config = OmegaConf.create(OmegaConf.to_container(hybrid.cfg))
    config.decoder, config.decoding = config.aux_ctc.decoder, config.aux_ctc.decoding
    config.tokenizer = {"dir": str(tokenizer), "type": "bpe"}
    for name in ("joint", "loss", "aux_ctc", "labels", "target", "nemo_version"):
        config.pop(name, None)
    model = EncDecCTCModelBPE(cfg=config)
    model.encoder.load_state_dict(hybrid.encoder.state_dict())
    model.decoder.load_state_dict(hybrid.ctc_decoder.state_dict())
    model.eval()
    return model


def _config(tokenizer: Path, *, streaming: bool, tdt: bool = False) -> Any:
    modules = "nemo.collections.asr.modules"
    encoder: dict[str, Any] = {
        "_target_": f"{modules}.ConformerEncoder",
        "feat_in": 80,
        "feat_out": -1,
        "n_layers": 3,
        "d_model": _WIDTH,
        "subsampling": "dw_striding",
        "subsampling_factor": 8,
        "subsampling_conv_channels": 24,
        "causal_downsampling": streaming,
        "ff_expansion_factor": 2,
        "self_attention_model": "rel_pos",
        "n_heads": 4,
        "att_context_size": [[16, 3], [16, 1]] if streaming else [-1, -1],
        "att_context_style": "chunked_limited" if streaming else "regular",
        "xscaling": False,
        "untie_biases": True,
        "pos_emb_max_len": 500,
        "conv_kernel_size": 9,
        "conv_norm_type": "layer_norm" if streaming else "batch_norm",
        "conv_context_size": "causal" if streaming else None,
        "dropout": 0.05,
        "dropout_pre_encoder": 0.0,
        "dropout_emb": 0.0,
        "dropout_att": 0.0,
    }
    transducer: dict[str, Any] = {
        "strategy": "greedy_batch",
        "greedy": {"max_symbols": 10},
        "beam": {"beam_size": 2},
    }
    joint: dict[str, Any] = {
        "_target_": f"{modules}.RNNTJoint",
        "log_softmax": None,
        "preserve_memory": False,
        "fuse_loss_wer": False,
        "fused_batch_size": -1,
        "jointnet": {"joint_hidden": _PREDICTION, "activation": "relu", "dropout": 0.0},
    }
    loss: dict[str, Any] = {"loss_name": "default"}
    defaults: dict[str, Any] = {
        "enc_hidden": _WIDTH,
        "pred_hidden": _PREDICTION,
        "joint_hidden": _PREDICTION,
    }
    if tdt:
        transducer |= {"model_type": "tdt", "durations": list(_DURATIONS)}
        joint["num_extra_outputs"] = len(_DURATIONS)
        kwargs = {"durations": list(_DURATIONS), "sigma": 0.02}
        loss = {"loss_name": "tdt", "tdt_kwargs": kwargs}
        defaults |= {"tdt_durations": list(_DURATIONS), "num_tdt_durations": len(_DURATIONS)}
    return OmegaConf.create(
        {
            "sample_rate": SAMPLE_RATE,
            "log_prediction": False,
            "compute_eval_loss": False,
            "model_defaults": defaults,
            "tokenizer": {"dir": str(tokenizer), "type": "bpe"},
            "preprocessor": {
                "_target_": f"{modules}.AudioToMelSpectrogramPreprocessor",
                "sample_rate": SAMPLE_RATE,
                "normalize": "NA" if streaming else "per_feature",
                "window_size": 0.025,
                "window_stride": 0.01,
                "window": "hann",
                "features": 80,
                "n_fft": 512,
                "frame_splicing": 1,
                "dither": 0.00001,
                "pad_to": 0,
            },
            "encoder": encoder,
            "decoder": {
                "_target_": f"{modules}.RNNTDecoder",
                "normalization_mode": None,
                "random_state_sampling": False,
                "blank_as_pad": True,
                "prednet": {
                    "pred_hidden": _PREDICTION,
                    "pred_rnn_layers": 1,
                    "t_max": None,
                    "dropout": 0.1,
                },
            },
            "joint": joint,
            "decoding": transducer,
            "aux_ctc": {
                "ctc_loss_weight": 0.3,
                "use_cer": False,
                "ctc_reduction": "mean_batch",
                "decoder": {
                    "_target_": f"{modules}.ConvASRDecoder",
                    "feat_in": _WIDTH,
                    "num_classes": -1,
                    "vocabulary": [],
                },
                "decoding": {"strategy": "greedy_batch"},
            },
            "loss": loss,
            "optim": {"name": "adamw", "lr": 0.002},
        }
    )


@dataclass(frozen=True, slots=True)
class _Course:
    """Steps of training."""

    aligned: int
    """Encoder and CTC head, each frame told its label."""

    ctc: int
    """Encoder and CTC head, with the CTC loss."""

    transducer: int
    """Prediction and joint network, on what the encoder has learnt."""


def _teach(model: Any, lessons: Lessons, sentences: list[Spoken], course: _Course) -> None:
    """Train until the model knows every sentence.

    Raises:
        RuntimeError: it does not learn them.
    """
    for _ in range(_TERMS):
        _train(model, lessons, course)
        unknown = missed(model, sentences)
        if not unknown:
            return
        sys.stderr.write(f"not known yet: {unknown}\n")
        course = replace(course, aligned=0)
    raise RuntimeError(f"the model does not learn: {unknown}")


def missed(model: Any, sentences: list[Spoken]) -> list[str]:
    """What NeMo's own decoding makes of the sentences that it does not get right."""
    wrong = []
    contexts = list(model.encoder.att_context_size_all)
    for context, spoken, pause in itertools.product(contexts, sentences, (0.5, 0.9)):
        model.encoder.set_default_att_context_size(context)
        around = (round(0.3 * SAMPLE_RATE), round(pause * SAMPLE_RATE))
        samples = np.pad(spoken.samples, around)
        with torch.inference_mode():
            encoded, lengths = model(
                input_signal=torch.from_numpy(samples)[None],
                input_signal_length=torch.tensor([samples.size]),
            )
            log_probs = model.ctc_decoder(encoder_output=encoded)
            heard = [
                model.decoding.rnnt_decoder_predictions_tensor(encoded, lengths)[0].text,
                model.ctc_decoding.ctc_decoder_predictions_tensor(log_probs, lengths)[0].text,
            ]
        wrong += [text for text in heard if text != spoken.text]
    model.encoder.set_default_att_context_size(contexts[0])
    return wrong


def _train(model: Any, lessons: Lessons, course: _Course) -> None:
    """The encoder by its CTC head, then the transducer on what the encoder has learnt.

    espeak-ng tells when each word is spoken: a CTC head that is first shown which token belongs to
    which frame learns in minutes what takes it hours to find out.
    """
    model.train()
    parameters = [*model.encoder.parameters(), *model.ctc_decoder.parameters()]
    for lesson in _steps(model, lessons, parameters, course.aligned):
        encoded, lengths = model(input_signal=lesson.signals, input_signal_length=lesson.lengths)
        log_probs = model.ctc_decoder(encoder_output=encoded)
        targets = _aligned(model, lesson.said, log_probs.shape[1])
        heard = torch.arange(log_probs.shape[1]) < lengths[:, None]
        lesson.learn(torch.nn.functional.nll_loss(log_probs[heard], targets[heard]))
    for lesson in _steps(model, lessons, parameters, course.ctc):
        encoded, lengths = model(input_signal=lesson.signals, input_signal_length=lesson.lengths)
        loss = torch.nn.functional.ctc_loss(
            model.ctc_decoder(encoder_output=encoded).transpose(0, 1),
            lesson.targets,
            lengths,
            lesson.target_lengths,
            blank=len(model.joint.vocabulary),
            zero_infinity=True,
        )
        lesson.learn(loss)
    model.encoder.eval()
    parameters = [*model.decoder.parameters(), *model.joint.parameters()]
    durations = model.cfg.model_defaults.get("tdt_durations", ())
    for lesson in _steps(model, lessons, parameters, course.transducer):
        with torch.no_grad():
            encoded, lengths = model(
                input_signal=lesson.signals, input_signal_length=lesson.lengths
            )
        predicted, _, _ = model.decoder(targets=lesson.targets, target_length=lesson.target_lengths)
        joint = model.joint(encoder_outputs=encoded, decoder_outputs=predicted)
        losses = transducer_loss(joint, lesson.targets, lengths, lesson.target_lengths, durations)
        lesson.learn((losses / lesson.target_lengths).mean())
    model.eval()


@dataclass(frozen=True, slots=True)
class _Step:
    signals: Any
    lengths: Any
    said: list[Lesson]
    targets: Any
    target_lengths: Any
    learn: Callable[[Any], None]


def _steps(model: Any, lessons: Lessons, parameters: list[Any], count: int) -> Iterator[_Step]:
    if not count:
        return
    optimiser = torch.optim.AdamW(parameters, lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, count, pct_start=0.15)
    done = 0

    def learn(loss: Any) -> None:
        nonlocal done
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        done += 1
        if done % 50 == 0:
            sys.stderr.write(f"step {done} of {count}: loss {float(loss.detach()):.3f}\n")

    for _ in range(count):
        signals, lengths, said = lessons.batch()
        ids = [model.tokenizer.text_to_ids(lesson.text) for lesson in said]
        target_lengths = torch.tensor([len(one) for one in ids])
        targets = torch.zeros((len(ids), int(target_lengths.max())), dtype=torch.int64)
        for row, one in enumerate(ids):
            targets[row, : len(one)] = torch.tensor(one)
        yield _Step(signals, lengths, said, targets, target_lengths, learn)


def _aligned(model: Any, said: list[Lesson], frames: int) -> Any:
    """The label of each frame [n, frames]: a word's tokens spread over it, blanks between."""
    labels = torch.full((len(said), frames), len(model.joint.vocabulary), dtype=torch.int64)
    samples = 8 * SAMPLE_RATE // 100
    for row, lesson in enumerate(said):
        free = 0
        for word, start, end in lesson.words:
            ids = model.tokenizer.text_to_ids(word)
            for place, token in enumerate(ids):
                moment = start + (end - start) * (place + 0.6) / len(ids)
                frame = max(free, int(moment / samples))
                if frame < frames:
                    labels[row, frame] = token
                free = frame + 1
    return labels
