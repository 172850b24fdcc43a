"""Tiny pipelines as diffusers saves them: the real architectures, random weights, text by bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    Lumina2Pipeline,
    Lumina2Transformer2DModel,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from peft import LoraConfig, get_peft_model_state_dict
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Gemma2Config,
    Gemma2Model,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
)

MULTIPLE: Final = 4
"""Of the diffusion models here; those of flow matching have twice that, for their patches."""

_LETTERS: Final = sorted(pre_tokenizers.ByteLevel.alphabet())


def build(family: str, folder: Path) -> Path:
    """Write the family's pipeline into ``folder``."""
    torch.manual_seed(0)
    FAMILIES[family]().save_pretrained(folder, safe_serialization=True)
    return folder


def write_adapter(pipeline_folder: Path, name: str) -> str:
    """Write a LoRA adapter of a Stable Diffusion pipeline; its path in the folder."""
    unet = UNet2DConditionModel.from_pretrained(pipeline_folder / "unet")
    torch.manual_seed(len(name))
    config = LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False)
    unet.add_adapter(config)
    layers = get_peft_model_state_dict(unet)
    StableDiffusionPipeline.save_lora_weights(
        pipeline_folder / "adapters" / name, unet_lora_layers=layers, safe_serialization=True
    )
    return f"adapters/{name}/pytorch_lora_weights.safetensors"


def _vae(**more: Any) -> Any:
    return AutoencoderKL(
        block_out_channels=(8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=4,
        sample_size=64,
        **more,
    ).eval()


def _flow_vae() -> Any:
    return _vae(latent_channels=16, scaling_factor=0.3611, shift_factor=0.1159)


def _clip_tokenizer() -> Any:
    symbols = [*_LETTERS, *(f"{letter}</w>" for letter in _LETTERS)]
    symbols += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {symbol: number for number, symbol in enumerate(symbols)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def _clip(projected: bool = False) -> Any:
    torch.manual_seed(1)
    config = CLIPTextConfig(
        vocab_size=2 * len(_LETTERS) + 2,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        projection_dim=16,
        bos_token_id=2 * len(_LETTERS),
        eos_token_id=2 * len(_LETTERS) + 1,
        pad_token_id=2 * len(_LETTERS) + 1,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config).eval()


def _byte_tokenizer(ends: bool = False, template: str | None = None) -> Any:
    vocabulary = {letter: number for number, letter in enumerate(["<pad>", "</s>", *_LETTERS])}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if ends:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", 1)]
        )
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", model_max_length=512
    )
    made.chat_template = template
    return made


def _unet(**more: Any) -> Any:
    return UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=16,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=4,
        **more,
    ).eval()


def _stable_diffusion() -> Any:
    return StableDiffusionPipeline(
        vae=_vae(latent_channels=4),
        text_encoder=_clip(),
        tokenizer=_clip_tokenizer(),
        unet=_unet(cross_attention_dim=16, attention_head_dim=4),
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1, beta_schedule="scaled_linear"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _stable_diffusion_xl() -> Any:
    return StableDiffusionXLPipeline(
        vae=_vae(latent_channels=4, scaling_factor=0.13025),
        text_encoder=_clip(),
        text_encoder_2=_clip(projected=True),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=_unet(
            cross_attention_dim=32,
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 1),
            projection_class_embeddings_input_dim=6 * 8 + 16,
        ),
        scheduler=EulerDiscreteScheduler(beta_schedule="scaled_linear", steps_offset=1),
    )


def _flux() -> Any:
    torch.manual_seed(1)
    t5 = T5EncoderModel(
        T5Config(
            vocab_size=len(_LETTERS) + 2,
            d_model=16,
            d_kv=8,
            d_ff=16,
            num_layers=1,
            num_heads=2,
            feed_forward_proj="gated-gelu",
        )
    )
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_flow_vae(),
        text_encoder=_clip(),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=t5.eval(),
        tokenizer_2=_byte_tokenizer(ends=True),
        transformer=FluxTransformer2DModel(
            patch_size=1,
            in_channels=64,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            pooled_projection_dim=16,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=False,
        ).eval(),
    )


def _lumina() -> Any:
    encoder = Gemma2Model(
        Gemma2Config(
            vocab_size=len(_LETTERS) + 2,
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=4,
        )
    )
    return Lumina2Pipeline(
        transformer=Lumina2Transformer2DModel(
            sample_size=16,
            patch_size=2,
            in_channels=16,
            hidden_size=8,
            num_layers=1,
            num_refiner_layers=1,
            num_attention_heads=1,
            num_kv_heads=1,
            multiple_of=16,
            axes_dim_rope=(4, 2, 2),
            axes_lens=(600, 64, 64),
            cap_feat_dim=8,
        ).eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=6.0),
        # Its pipeline takes a factor of 8 for granted.
        vae=AutoencoderKL(
            block_out_channels=(8, 8, 8, 8),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=16,
            scaling_factor=0.3611,
            shift_factor=0.1159,
        ).eval(),
        text_encoder=encoder.eval(),
        tokenizer=_byte_tokenizer(),
    )


def _z_image() -> Any:
    encoder = Qwen3Model(
        Qwen3Config(
            vocab_size=len(_LETTERS) + 2,
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=8,
        )
    )
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_flow_vae(),
        text_encoder=encoder.eval(),
        tokenizer=_byte_tokenizer(template=template),
        transformer=ZImageTransformer2DModel(
            in_channels=16,
            dim=32,
            n_layers=1,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=16,
            axes_dims=[8, 4, 4],
            axes_lens=[1024, 64, 64],
        ).eval(),
    )


FAMILIES: Final[Mapping[str, Callable[[], Any]]] = {
    "stable-diffusion": _stable_diffusion,
    "stable-diffusion-xl": _stable_diffusion_xl,
    "flux": _flux,
    "lumina2": _lumina,
    "z-image": _z_image,
}
