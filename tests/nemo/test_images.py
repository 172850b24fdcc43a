"""The image engine on a tiny pipeline of each family, beside diffusers itself."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("peft")
with warnings.catch_warnings():
    # It warns of itself when it is imported; our tests make warnings errors.
    warnings.simplefilter("ignore")
    import diffusers.pipelines.auto_pipeline  # noqa: F401

import torch
from diffusers import DiffusionPipeline
from PIL import Image
from safetensors.torch import save_file

from foundation.errors import Cancelled, FailedPrecondition, InvalidArgument
from foundation.images import (
    GeneratedImages,
    ImageAdapter,
    ImageProgress,
    ImageRequest,
    Picture,
)
from models.engines import open_engine
from models.engines.base import CallContext, EngineOptions
from models.engines.diffusers_images import DiffusersEngine, memory, running
from models.engines.diffusers_images.seamless import circular
from models.engines.diffusers_images.settings import read_settings
from tests.nemo.tiny_pipelines import FAMILIES, build, write_adapter
from workers.in_process import InProcessPool
from workers.interface import Task

pytestmark = pytest.mark.nemo

SETTINGS: dict[str, Any] = {"steps": 4, "side": 64, "guidance": 3.0}
KK = EngineOptions(languages=("kk", "en"), settings=SETTINGS)
PLAIN = ImageRequest("қошқар мүйіз, көк және алтын", seed=5)
FLOW = ("flux", "lumina2", "z-image")

Opened = Callable[[str], DiffusersEngine]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pipelines")
    made = {family: build(family, root / family) for family in FAMILIES}
    for name in ("felt", "silk.v2"):
        write_adapter(made["stable-diffusion"], name)
    return made


@pytest.fixture(scope="module")
def opened(folders: dict[str, Path]) -> Opened:
    engines: dict[str, DiffusersEngine] = {}

    def engine(family: str) -> DiffusersEngine:
        if family not in engines:
            adapters = {
                name: f"adapters/{name}/pytorch_lora_weights.safetensors"
                for name in ("felt", "silk.v2")
                if family == "stable-diffusion"
            }
            options = replace(KK, settings={**SETTINGS, "adapters": adapters})
            engines[family] = DiffusersEngine.open(folders[family], options)
        return engines[family]

    return engine


@pytest.fixture(scope="module")
def photo() -> Picture:
    across, down = np.meshgrid(np.linspace(0, 255, 80), np.linspace(0, 255, 80))
    return np.stack([across, down, 255 - across], axis=-1).astype(np.uint8)


def draw(engine: DiffusersEngine, **change: Any) -> GeneratedImages:
    return engine.generate(replace(PLAIN, **change), CallContext())


@pytest.mark.parametrize("family", FAMILIES)
def test_it_draws_what_diffusers_draws(
    opened: Opened, folders: dict[str, Path], family: str
) -> None:
    pipeline = DiffusionPipeline.from_pretrained(folders[family], use_safetensors=True)
    theirs = pipeline(
        prompt=PLAIN.prompt,
        width=64,
        height=96,
        num_inference_steps=4,
        guidance_scale=3.0,
        generator=torch.Generator("cpu").manual_seed(5),
    ).images[0]
    ours = draw(opened(family), height=96)
    assert np.array_equal(ours.pictures[0], np.asarray(theirs))
    assert (ours.model, ours.seeds, ours.steps, ours.guidance) == (family, (5,), 4, 3.0)


@pytest.mark.parametrize("family", ["stable-diffusion", "lumina2"])
def test_it_gives_way_after_each_step(opened: Opened, family: str) -> None:
    ways: list[int] = []
    context = CallContext(give_way=lambda: ways.append(len(ways)))
    *steps, drawn = opened(family).stream_generation(PLAIN, context)
    assert isinstance(drawn, GeneratedImages)
    assert isinstance(steps[-1], ImageProgress)
    # Some schedulers take a step more than was asked for.
    assert len(ways) == steps[-1].steps >= drawn.steps
    assert drawn.seconds > 0


def test_what_it_gives_way_to_computes_as_elsewhere(opened: Opened) -> None:
    layers: list[torch.nn.Linear] = []

    def load_and_train() -> None:
        layers.append(torch.nn.Linear(2, 2))
        layers[-1](torch.ones(2)).sum().backward()

    for _ in opened("stable-diffusion").stream_generation(
        PLAIN, CallContext(give_way=load_and_train)
    ):
        pass
    assert layers
    assert not any(layer.weight.is_inference() for layer in layers)


@pytest.mark.parametrize("family", FAMILIES)
def test_seeds_steps_previews_and_sizes(opened: Opened, family: str) -> None:
    engine = opened(family)
    request = replace(PLAIN, count=2, width=67, height=101, preview_every=2)
    *steps, last = engine.stream_generation(request, CallContext())
    assert isinstance(last, GeneratedImages)
    # Previews and what was drawn in between change nothing.
    draw(engine, prompt="түйе табан", seed=1)
    again = draw(engine, count=2, width=67, height=101)
    for first, second in zip(last.pictures, again.pictures, strict=True):
        assert first.tobytes() == second.tobytes()
    assert not np.array_equal(last.pictures[0], last.pictures[1])
    other = draw(engine, count=1, seed=6, width=67, height=101)
    assert not np.array_equal(other.pictures[0], last.pictures[0])
    # The second of a batch is what its own seed draws, but for the order of sums.
    near = np.abs(other.pictures[0].astype(int) - last.pictures[1]).max()
    assert near <= 1

    multiple = engine.capabilities.multiple
    assert last.snapped
    assert (last.asked_width, last.asked_height) == (67, 101)
    assert abs(last.width - 67) <= multiple / 2
    assert abs(last.height - 101) <= multiple / 2
    assert last.pictures[0].shape == (last.height, last.width, 3)
    assert last.pictures[0].dtype == np.uint8

    told = [step for step in steps if isinstance(step, ImageProgress)]
    assert len(told) == len(steps)
    numbers = [step.step for step in told]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == told[-1].steps


def test_quick_steps_are_not_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    preview = np.zeros((1, 1, 3), np.uint8)
    wanted = {1, 3, 4, 6, 7}  # the first, 0.12 s later, a preview, 0.12 s later, the last
    seen = {step: threading.Event() for step in wanted}
    drawn = GeneratedImages((), (), "", 1, 1, 1, 1, 7, 1.0, "")

    def draw(tell: Callable[[ImageProgress], None]) -> GeneratedImages:
        for step in range(1, 8):
            tell(ImageProgress(step, 7, preview if step == 4 else None))
            if step in wanted:
                assert seen[step].wait(10)
            clock[0] += 0.06
        return drawn

    told = []
    for item in running.told(draw):
        told.append(item)
        if isinstance(item, ImageProgress):
            seen[item.step].set()
    assert [item.step for item in told[:-1] if isinstance(item, ImageProgress)] == sorted(wanted)
    assert told[-1] is drawn


def test_a_preview_is_the_picture_on_its_way(opened: Opened) -> None:
    engine = opened("stable-diffusion")
    request = replace(PLAIN, scheduler="euler", steps=6, preview_every=1, width=320, height=80)
    items = list(engine.stream_generation(request, CallContext()))
    final = items[-1]
    assert isinstance(final, GeneratedImages)
    previews = [i.preview for i in items if isinstance(i, ImageProgress) and i.preview is not None]
    assert previews
    assert all(p.shape == (64, 256, 3) and p.dtype == np.uint8 for p in previews)
    small = np.asarray(Image.fromarray(final.pictures[0]).resize((256, 64), Image.Resampling.BOX))
    away = [np.abs(p.astype(int) - small).mean() for p in previews]
    assert away[-1] <= away[0]


@pytest.mark.parametrize("family", ["stable-diffusion", "stable-diffusion-xl"])
def test_every_scheduler_draws_its_own_picture(opened: Opened, family: str) -> None:
    engine = opened(family)
    drawn = {
        name: draw(engine, scheduler=name).pictures[0].tobytes()
        for name in engine.capabilities.schedulers
    }
    assert len(drawn) == 10
    assert len(set(drawn.values())) >= 9
    # The model's own is back, unharmed.
    own = engine.capabilities.scheduler
    assert draw(engine).pictures[0].tobytes() == drawn[own]
    assert draw(engine).scheduler == own


@pytest.mark.parametrize("family", FLOW)
def test_flow_models_keep_their_scheduler(opened: Opened, family: str) -> None:
    engine = opened(family)
    assert engine.capabilities.schedulers == ("flow-euler",)
    with pytest.raises(InvalidArgument, match="'ddim' is not one of flow-euler"):
        draw(engine, scheduler="ddim")


@pytest.mark.parametrize("family", FAMILIES)
def test_prompts_and_guidance_count(opened: Opened, family: str) -> None:
    engine = opened(family)
    plain = draw(engine).pictures[0]
    assert not np.array_equal(plain, draw(engine, prompt="су").pictures[0])
    if not engine.capabilities.negative_prompt:
        assert family == "flux"
        return
    assert not np.array_equal(plain, draw(engine, guidance=9.0).pictures[0])
    assert not np.array_equal(plain, draw(engine, negative_prompt="тұман").pictures[0])


def test_a_cut_prompt_is_told(opened: Opened) -> None:
    engine = opened("stable-diffusion")
    assert not draw(engine, prompt="a" * 75).prompt_cut
    assert draw(engine, prompt="a" * 76).prompt_cut


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "lumina2"])
def test_from_an_image(opened: Opened, photo: Picture, family: str) -> None:
    engine = opened(family)
    start = {"image": photo, "width": 96, "steps": 10}
    little, much = (draw(engine, strength=s, **start).pictures[0] for s in (0.2, 1.0))
    assert little.shape == (64, 96, 3)
    assert not np.array_equal(little, much)
    assert np.array_equal(little, draw(engine, strength=0.2, **start).pictures[0])
    two = draw(engine, strength=0.5, count=2, **start).pictures
    assert len(two) == 2
    assert not np.array_equal(*two)
    # Text to image is as it was.
    assert draw(engine).pictures[0].shape == (64, 64, 3)


@pytest.mark.parametrize("family", [family for family in FAMILIES if family != "lumina2"])
def test_a_part_painted_anew(opened: Opened, photo: Picture, family: str) -> None:
    engine = opened(family)
    left = np.zeros(photo.shape[:2], np.uint8)
    left[:, :40] = 255
    request: dict[str, Any] = {"image": photo, "mask": left, "steps": 6, "strength": 1.0}
    first = draw(engine, **request).pictures[0].astype(int)
    second = draw(engine, **request, prompt="су", seed=9).pictures[0].astype(int)
    change = np.abs(first - second).mean(axis=(0, 2))
    # What is kept is kept in the latents; the VAE's attention reaches from there everywhere.
    assert change[:24].mean() > 2.5 * change[-16:].mean()


def test_lumina_starts_from_text_alone(opened: Opened, photo: Picture) -> None:
    can = opened("lumina2").capabilities
    assert (can.image_to_image, can.inpainting, can.multiple) == (False, False, 16)
    with pytest.raises(InvalidArgument, match="does not start from an image"):
        draw(opened("lumina2"), image=photo)


def test_adapters_by_name_and_weight(opened: Opened) -> None:
    engine = opened("stable-diffusion")
    assert engine.capabilities.adapters == ("felt", "silk.v2")
    plain = draw(engine).pictures[0]

    def adapted(**weights: float) -> Picture:
        names = {"felt": "felt", "silk": "silk.v2"}
        adapters = tuple(ImageAdapter(names[name], weight) for name, weight in weights.items())
        return draw(engine, adapters=adapters).pictures[0]

    felt, half, both = adapted(felt=1.0), adapted(felt=0.5), adapted(felt=1.0, silk=1.0)
    silk = adapted(silk=1.0)
    pictures = [one.tobytes() for one in (plain, felt, half, both, silk)]
    assert len(set(pictures)) == 5
    assert np.array_equal(felt, adapted(felt=1.0))
    assert np.array_equal(plain, adapted(felt=0.0))
    assert np.array_equal(plain, draw(engine).pictures[0])


def test_adapters_that_do_not_fit_are_refused(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(folders["stable-diffusion"], tmp_path / "model")
    save_file({"other.lora_A.weight": torch.zeros(2, 2)}, folder / "strange.safetensors")
    settings = {**SETTINGS, "adapters": {"strange": "strange.safetensors"}}
    engine = DiffusersEngine.open(folder, replace(KK, settings=settings))
    plain = draw(engine).pictures[0]
    with pytest.raises(FailedPrecondition, match="adapter strange"):
        draw(engine, adapters=(ImageAdapter("strange"),))
    assert np.array_equal(plain, draw(engine).pictures[0])
    (folder / "strange.safetensors").write_bytes(pickle.dumps({"weights": [0.0] * 100}))
    with pytest.raises(FailedPrecondition, match=r"strange\.safetensors is not safetensors"):
        DiffusersEngine.open(folder, replace(KK, settings=settings))


def test_cancelled_between_two_steps(opened: Opened) -> None:
    engine = opened("stable-diffusion")
    before = draw(engine).pictures[0]
    context = CallContext()
    stream = engine.stream_generation(replace(PLAIN, steps=150, width=256), context)
    first = next(stream)
    assert isinstance(first, ImageProgress)
    context.cancelled.set()
    with pytest.raises(Cancelled):
        list(stream)
    # One who closes the stream stops the model, too.
    stream = engine.stream_generation(replace(PLAIN, steps=150, width=256), CallContext())
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name == "image-generation"]
    assert np.array_equal(before, draw(engine).pictures[0])


def test_large_pictures_are_decoded_in_tiles(folders: dict[str, Path]) -> None:
    whole = DiffusersEngine.open(folders["stable-diffusion"], KK)
    settings = {**SETTINGS, "tile_above": 64 * 64}
    tiled = DiffusersEngine.open(folders["stable-diffusion"], replace(KK, settings=settings))
    sizes = {"width": 128, "height": 128}
    small, large = draw(whole).pictures[0], draw(whole, **sizes).pictures[0]
    assert not np.array_equal(large, draw(tiled, **sizes).pictures[0])
    assert np.array_equal(small, draw(tiled).pictures[0])


def test_seamless_pictures_have_no_edge(opened: Opened) -> None:
    engine = opened("stable-diffusion")
    plain, tiling = draw(engine).pictures[0], draw(engine, seamless=True).pictures[0]
    assert not np.array_equal(plain, tiling)
    # Only that request: the next is as the first.
    assert np.array_equal(plain, draw(engine).pictures[0])
    with pytest.raises(InvalidArgument, match="seamless"):
        draw(opened("flux"), seamless=True)


def test_around_the_edge_a_shifted_latent_is_a_shifted_picture(folders: dict[str, Path]) -> None:
    pipeline = DiffusionPipeline.from_pretrained(folders["stable-diffusion"], use_safetensors=True)
    latents = torch.randn(1, 4, 16, 16, generator=torch.Generator().manual_seed(1))
    moved = torch.roll(latents, (4, 8), (2, 3))
    scale = pipeline.vae_scale_factor
    text = torch.zeros(1, 4, pipeline.unet.config.cross_attention_dim)

    def apart() -> tuple[float, float]:
        with torch.no_grad():
            noise, noise_moved = (pipeline.unet(one, 500, text).sample for one in (latents, moved))
            picture, picture_moved = (pipeline.vae.decode(one).sample for one in (latents, moved))
        noise = torch.roll(noise, (4, 8), (2, 3))
        picture = torch.roll(picture, (4 * scale, 8 * scale), (2, 3))
        return (
            float((noise - noise_moved).abs().max()),
            float((picture - picture_moved).abs().max()),
        )

    assert min(apart()) > 1e-2
    with circular(pipeline):
        assert max(apart()) < 1e-4
    assert min(apart()) > 1e-2


def test_a_model_of_squares_fills_pictures_of_any_size(folders: dict[str, Path]) -> None:
    settings = {**SETTINGS, "native_side": 32, "layouts": {"frame": ["рамка"]}}
    engine = DiffusersEngine.open(folders["stable-diffusion"], replace(KK, settings=settings))
    can = engine.capabilities
    assert (can.seamless, can.image_to_image, can.inpainting) == (True, False, False)
    drawn = draw(engine, width=192, height=104, count=2)
    assert [picture.shape for picture in drawn.pictures] == [(104, 192, 3)] * 2
    framed = draw(engine, prompt="мотив, рамка", width=192, height=104).pictures[0]
    assert np.array_equal(framed, framed[:, ::-1])
    with pytest.raises(FailedPrecondition, match="native_side"):
        wrong = replace(KK, settings={**settings, "native_side": 33})
        DiffusersEngine.open(folders["stable-diffusion"], wrong)


def test_what_a_card_says_of_weights_and_tokens(
    opened: Opened, folders: dict[str, Path], tmp_path: Path
) -> None:
    pipeline = DiffusionPipeline.from_pretrained(folders["z-image"], use_safetensors=True)
    pipeline.save_pretrained(tmp_path / "z-image", variant="fp16")
    settings = {**SETTINGS, "variant": "fp16", "prompt_tokens": 16}
    engine = DiffusersEngine.open(tmp_path / "z-image", replace(KK, settings=settings))
    same, other = (draw(engine, prompt="a" * 16 + more) for more in ("b", "c"))
    assert np.array_equal(same.pictures[0], other.pictures[0])
    assert same.prompt_cut
    whole = draw(engine, prompt="a" * 16)
    assert not whole.prompt_cut
    assert np.array_equal(whole.pictures[0], draw(opened("z-image"), prompt="a" * 16).pictures[0])
    assert not draw(opened("z-image"), prompt="a" * 17).prompt_cut
    with pytest.raises(FailedPrecondition, match="cannot load a pipeline"):
        DiffusersEngine.open(tmp_path / "z-image", KK)


def test_half_precision_as_on_gpus(folders: dict[str, Path]) -> None:
    options = replace(KK, compute_type="bfloat16")
    engine = DiffusersEngine.open(folders["z-image"], options)
    full = DiffusersEngine.open(folders["z-image"], KK)
    assert 2 * engine.memory_bytes() == full.memory_bytes()
    half, whole = draw(engine).pictures[0], draw(full).pictures[0]
    assert 0 < np.abs(half.astype(int) - whole).mean() < 20


class Harm:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["diffusion_pytorch_model.safetensors", "pytorch_model.bin"])
def test_pickles_are_never_read(folders: dict[str, Path], tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(folders["stable-diffusion"], tmp_path / "model")
    harm = tmp_path / "harm"
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    (folder / "unet" / name).write_bytes(pickle.dumps(Harm(harm)))
    with pytest.raises(FailedPrecondition, match=f"unet/{name}.*only safetensors are loaded"):
        DiffusersEngine.open(folder, KK)
    assert not harm.exists()


@pytest.mark.parametrize(
    "component",
    [
        ["diffusers_modules", "Harm"],
        ["harm", "Harm"],
        ["diffusers", "a.b"],
        ["diffusers"],
        ["diffusers", "OnnxRuntimeModel"],
    ],
)
def test_foreign_classes_are_not_built(
    folders: dict[str, Path], tmp_path: Path, component: list[str]
) -> None:
    folder = shutil.copytree(folders["stable-diffusion"], tmp_path / "model")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, "unet": component}))
    with pytest.raises(FailedPrecondition, match="wants unet to be"):
        DiffusersEngine.open(folder, KK)


@pytest.mark.parametrize(
    "name",
    ["unet/model_index.json", "text_encoder/adapter_config.json", "unet/diffusers.py"],
)
def test_components_lead_to_no_other_files(
    folders: dict[str, Path], tmp_path: Path, name: str
) -> None:
    """The libraries would open pickles, code or files elsewhere that these files name."""
    folder = shutil.copytree(folders["stable-diffusion"], tmp_path / "model")
    (folder / name).write_text("{}")
    with pytest.raises(FailedPrecondition, match=f"{re.escape(name)}: .*; remove it"):
        DiffusersEngine.open(folder, KK)


def test_weights_that_never_end_are_not_waited_for(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(folders["stable-diffusion"], tmp_path / "model")
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    weights.symlink_to("/dev/zero")
    with pytest.raises(FailedPrecondition, match="it is no file"):
        DiffusersEngine.open(folder, KK)


def test_folders_that_are_no_pipelines(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(FailedPrecondition, match=r"model_index\.json is missing"):
        DiffusersEngine.open(tmp_path, KK)
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "StableAudioPipeline"}))
    with pytest.raises(FailedPrecondition, match="cannot load a pipeline"):
        DiffusersEngine.open(tmp_path, KK)
    folder = shutil.copytree(folders["stable-diffusion"], tmp_path / "model")
    shards = {"weight_map": {"a": "../../weights.safetensors"}}
    (folder / "unet" / "model.safetensors.index.json").write_text(json.dumps(shards))
    with pytest.raises(FailedPrecondition, match="which is not safetensors"):
        DiffusersEngine.open(folder, KK)
    with pytest.raises(FailedPrecondition, match="device 'cuda:99' cannot be used"):
        DiffusersEngine.open(folders["flux"], replace(KK, device="cuda:99"))
    with pytest.raises(InvalidArgument, match="compute_type"):
        DiffusersEngine.open(folders["flux"], replace(KK, compute_type="int4"))


@pytest.mark.parametrize(
    "settings",
    [
        {"stepz": 3},
        {"steps": 0},
        {"steps": True},
        {"guidance": "high"},
        {"memory": "none"},
        {"adapters": {"a": "a.bin"}},
        {"side": 1.5},
        {"variant": "../x"},
        {"prompt_tokens": 0},
        {"native_side": 0},
        {"layouts": {"frame": ["frame"]}},
        {"layouts": {"spiral": ["spiral"]}, "native_side": 64},
        {"layouts": {"frame": "frame"}, "native_side": 64},
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(FailedPrecondition, match=rf"settings\.{next(iter(settings))}"):
        read_settings(settings)


def test_the_memory_plan_follows_the_device() -> None:
    gib = 1 << 30
    weights = {"text_encoder": 5 * gib, "transformer": 12 * gib, "vae": gib}
    assert memory.plan(weights, None) == "resident"
    assert memory.plan(weights, 24 * gib) == "resident"
    assert memory.plan(weights, 16 * gib) == "offload"
    assert memory.plan(weights, 8 * gib) == "sequential"
    assert memory.number_format("default", "cpu") is torch.float32
    assert memory.number_format("default", "cuda:0") is torch.bfloat16


async def test_through_the_pool(folders: dict[str, Path]) -> None:
    def load(model: str) -> Any:
        return open_engine("diffusers", folders["z-image"], KK)

    async with InProcessPool(load) as pool:
        can = await pool.call(Task("tiny", "capabilities", None))
        assert can.languages == ("kk", "en")
        items = [item async for item in pool.stream(Task("tiny", "stream_generation", PLAIN))]
        assert isinstance(items[-1], GeneratedImages)
        whole = await pool.call(Task("tiny", "generate", PLAIN))
        assert np.array_equal(whole.pictures[0], items[-1].pictures[0])
        # Cancel frees the worker.
        stream = pool.stream(Task("tiny", "stream_generation", replace(PLAIN, steps=150)))
        assert isinstance(await anext(stream), ImageProgress)
        await stream.aclose()
        assert (await pool.call(Task("tiny", "capabilities", None))).steps == 4
