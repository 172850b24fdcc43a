"""Any text-to-image pipeline of diffusers that was saved as safetensors."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import torch
from diffusers import (
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
    AutoPipelineForText2Image,
)
from diffusers.utils import logging as diffusers_logging
from PIL import Image
from transformers.utils import logging as transformers_logging

from foundation.errors import FailedPrecondition, Internal
from foundation.images import (
    GeneratedImages,
    ImageCapabilities,
    ImageProgress,
    ImageRequest,
    Picture,
)
from models.engines.base import CallContext, EngineOptions
from models.engines.diffusers_images import memory
from models.engines.diffusers_images.adapters import Adapters
from models.engines.diffusers_images.composition import Layout, composed, named_layout
from models.engines.diffusers_images.files import check_pipeline
from models.engines.diffusers_images.latents import preview
from models.engines.diffusers_images.running import Tell, told
from models.engines.diffusers_images.schedulers import Schedulers
from models.engines.diffusers_images.seamless import can_be_seamless, circular
from models.engines.diffusers_images.settings import ImageSettings, MemoryPlan, read_settings
from models.engines.images import ImageEngine

_TOKENIZERS: Final = ("tokenizer", "tokenizer_2", "tokenizer_3")


class DiffusersEngine(ImageEngine):
    """One pipeline and its views for image to image and inpainting, which share its weights.

    One call at a time: a scheduler and the adapters are the pipeline's own.
    """

    concurrent: ClassVar[bool] = False

    def __init__(
        self,
        pipeline: Any,
        folder: Path,
        settings: ImageSettings,
        languages: tuple[str, ...],
        device: str,
    ) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._model = folder.name
        pipeline.set_progress_bar_config(disable=True)
        self._schedulers = Schedulers(pipeline.scheduler)
        # What a square is laid out as is no input that the square could start from.
        self._views = {} if settings.native_side is not None else _views(pipeline)
        self._plan: MemoryPlan = settings.memory or memory.plan(
            memory.weight_bytes(pipeline), memory.free_bytes(device)
        )
        memory.place(pipeline, device, self._plan)
        self._adapters = Adapters(pipeline, folder, settings.adapters)
        if hasattr(pipeline.vae, "enable_slicing"):
            pipeline.vae.enable_slicing()
        takes = _parameters(pipeline)
        # Some pipelines insist on 8 whatever their VAE does.
        multiple = math.lcm(8, int(pipeline.image_processor.config.vae_scale_factor))
        if settings.native_side is not None and settings.native_side % multiple:
            raise FailedPrecondition(
                f"settings.native_side: {settings.native_side} is no multiple of {multiple}"
            )
        self._capabilities = ImageCapabilities(
            languages=languages,
            width=settings.side,
            height=settings.side,
            multiple=multiple,
            least_side=settings.least_side,
            most_side=settings.most_side,
            most_pixels=settings.most_pixels,
            steps=settings.steps,
            guidance=float(settings.guidance),
            scheduler=self._schedulers.own,
            schedulers=self._schedulers.names,
            adapters=self._adapters.names,
            # FLUX takes one at the price of a second guidance that it was not distilled for.
            negative_prompt="negative_prompt" in takes and "true_cfg_scale" not in takes,
            image_to_image="image" in self._views,
            inpainting="mask" in self._views,
            previews=self._plan == "resident",
            seamless=settings.native_side is not None or can_be_seamless(pipeline),
        )

    @classmethod
    def open(cls, folder: Path, options: EngineOptions) -> DiffusersEngine:
        """Load a pipeline.

        Raises:
            FailedPrecondition: the folder is no pipeline, or holds weights that are not
                safetensors; a setting is wrong; the device cannot run it.
            InvalidArgument: the compute type is not known.
        """
        settings = read_settings(options.settings)
        check_pipeline(folder)
        number_format = memory.number_format(options.compute_type, options.device)
        # As for every engine, workers are the parallelism: one thread computes one task. It also
        # fixes the order of sums, without which the same seed is not the same picture.
        torch.set_num_threads(1)
        diffusers_logging.disable_progress_bar()
        transformers_logging.disable_progress_bar()
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
        try:
            pipeline = AutoPipelineForText2Image.from_pretrained(
                folder,
                dtype=number_format,
                variant=settings.variant,
                use_safetensors=True,
                local_files_only=True,
            )
        except Exception as error:
            raise FailedPrecondition(f"cannot load a pipeline from {folder}: {error}") from error
        return cls(pipeline, folder, settings, options.languages, options.device)

    @property
    def capabilities(self) -> ImageCapabilities:
        """By the pipeline and its card."""
        return self._capabilities

    def memory_bytes(self) -> int:
        """The weights."""
        return sum(memory.weight_bytes(self._pipeline).values())

    def close(self) -> None:
        """Free the weights."""
        del self._pipeline, self._views, self._adapters
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _generate(
        self, request: ImageRequest, context: CallContext
    ) -> Iterator[ImageProgress | GeneratedImages]:
        yield from told(lambda tell: self._draw(request, context, tell))

    def _draw(self, request: ImageRequest, context: CallContext, tell: Tell) -> GeneratedImages:
        can = self._capabilities
        width, height = self.size(request)
        steps = can.steps if request.steps is None else request.steps
        guidance = can.guidance if request.guidance is None else float(request.guidance)
        view = self._view(request)
        self._adapters.apply(request.adapters)
        view.scheduler = self._schedulers.make(request.scheduler)
        native = self._settings.native_side
        drawn_width, drawn_height = (width, height) if native is None else (native, native)
        self._tile(drawn_width * drawn_height)

        def after_step(_: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
            with torch.inference_mode(False):  # other models may compute or load here
                context.give_way()
            context.check()
            done = step + 1
            of = getattr(view, "num_timesteps", steps)
            shown = None
            if request.preview_every and done % request.preview_every == 0 and done < of:
                shown = preview(view, values["latents"], drawn_width, drawn_height)
            tell(ImageProgress(done, of, shown))
            return {}

        seeds = tuple(request.seed + place for place in range(request.count))
        arguments = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt or None,
            "width": drawn_width,
            "height": drawn_height,
            "num_inference_steps": steps,
            "guidance_scale": guidance,
            "num_images_per_prompt": request.count,
            # Of the CPU on every device, so that a seed starts from the same noise on all.
            "generator": [torch.Generator("cpu").manual_seed(seed) for seed in seeds],
            "output_type": "np",
            "callback_on_step_end": after_step,
            **_inputs(request, width, height),
        }
        if self._settings.prompt_tokens is not None:
            arguments["max_sequence_length"] = self._settings.prompt_tokens
        takes = _parameters(view)
        context.check()
        tiling = circular(view) if request.seamless and native is None else nullcontext()
        # Cheaper than the no_grad of the pipeline itself; what offloads makes tensors of its own.
        bare = torch.inference_mode(self._plan == "resident")
        try:
            with tiling, bare:
                output = view(**{name: value for name, value in arguments.items() if name in takes})
        finally:
            # A pipeline that was stopped between two steps leaves a component on the device.
            self._pipeline.maybe_free_model_hooks()
        pictures = [_picture(values) for values in output.images]
        if native is not None:
            # Only tiles have opposite edges that fit.
            layout: Layout = "tile"
            if not request.seamless:
                layout = named_layout(request.prompt, self._settings.layouts)
            palette = self._settings.palette_levels
            pictures = [composed(picture, width, height, layout, palette) for picture in pictures]
        return GeneratedImages(
            pictures=tuple(pictures),
            seeds=seeds,
            model=self._model,
            width=width,
            height=height,
            asked_width=can.width if request.width is None else request.width,
            asked_height=can.height if request.height is None else request.height,
            steps=steps,
            guidance=guidance,
            scheduler=request.scheduler or can.scheduler,
            prompt_cut=self._is_cut(request.prompt),
        )

    def _view(self, request: ImageRequest) -> Any:
        if request.image is None:
            return self._pipeline
        return self._views["image" if request.mask is None else "mask"]

    def _is_cut(self, prompt: str) -> bool:
        """Is the prompt too long for every encoder? What a pipeline adds to it is not counted."""
        limit = _parameters(self._pipeline).get("max_sequence_length")
        fits = []
        for name in _TOKENIZERS:
            tokenizer = getattr(self._pipeline, name, None)
            if tokenizer is not None:
                most = tokenizer.model_max_length
                if limit is not None:
                    most = min(most, self._settings.prompt_tokens or limit.default)
                fits.append(len(tokenizer(prompt, truncation=False)["input_ids"]) <= most)
        return bool(fits) and not any(fits)

    def _tile(self, pixels: int) -> None:
        vae = self._pipeline.vae
        if pixels > self._settings.tile_above:
            vae.enable_tiling()
        elif hasattr(vae, "disable_tiling"):
            vae.disable_tiling()


def _views(pipeline: Any) -> dict[str, Any]:
    """The pipelines over the same components that start from an image, where there are some."""
    views: dict[str, Any] = {}
    kinds = {"image": AutoPipelineForImage2Image, "mask": AutoPipelineForInpainting}
    for name, kind in kinds.items():
        try:
            view = kind.from_pipe(pipeline)
        except ValueError:
            continue  # The library's word for "this family has none".
        view.set_progress_bar_config(disable=True)
        views[name] = view
    return views


def _parameters(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(pipeline.__call__).parameters


def _inputs(request: ImageRequest, width: int, height: int) -> dict[str, Any]:
    if request.image is None:
        return {}
    scaled = Image.fromarray(request.image).resize((width, height), Image.Resampling.LANCZOS)
    inputs: dict[str, Any] = {"image": scaled, "strength": request.strength}
    if request.mask is not None:
        mask = Image.fromarray(request.mask).resize((width, height), Image.Resampling.NEAREST)
        inputs["mask_image"] = mask
    return inputs


def _picture(values: np.ndarray[Any, np.dtype[np.float32]]) -> Picture:
    if not np.isfinite(values).all():
        raise Internal(
            "the model computed no numbers: its number format is too narrow for it; "
            "choose compute type float32 or bfloat16"
        )
    return np.asarray((values * 255).round(), np.uint8)
