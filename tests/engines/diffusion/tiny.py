"""Tiny pipelines of the true classes with random weights, written to disk as real ones are.

Real compression ratios are kept; sizes are 64 x 64 and a handful of frames. Each component has a seed of its own, so
that adding one changes no other. Nothing here says how good real output looks.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import diffusers
import torch
import transformers
from transformers.utils import logging

from engines.diffusion.rig.pieces import let_old_protobuf_read_vocabularies

let_old_protobuf_read_vocabularies()
logging.disable_progress_bar()

SENTENCES = (
    "a slow camera push forward over the coast",
    "waves breaking in the foreground at dusk",
    "a lighthouse stands on the cliff above the sea",
    "the quick brown fox jumps over the lazy dog",
    "wind moves the tall grass on the hill",
    "clouds drift over the harbour in the morning",
    "no text, no people, nothing blurred",
)


def seeded(seed: int, make: Callable[[], Any]) -> Any:
    """A component with weights of its own seed, ready to infer."""
    torch.manual_seed(seed)
    made = make()
    return made.eval() if hasattr(made, "eval") else made


def t5_tokenizer(folder: Path) -> Any:
    """A sentencepiece tokenizer trained in memory on seven sentences."""
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES), model_writer=model, vocab_size=120, model_type="unigram",
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, hard_vocab_limit=False, minloglevel=2,
    )  # fmt: skip
    home = folder / "spiece"
    home.mkdir(parents=True, exist_ok=True)
    (home / "spiece.model").write_bytes(model.getvalue())
    return transformers.T5TokenizerFast.from_pretrained(home, extra_ids=0)


def t5(seed: int = 1, kind: str = "T5") -> Any:
    config = getattr(transformers, f"{kind}Config")(
        d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, vocab_size=512, dropout_rate=0.0
    )
    return seeded(seed, lambda: getattr(transformers, f"{kind}EncoderModel")(config))


def flow(**more: Any) -> Any:
    return diffusers.FlowMatchEulerDiscreteScheduler(**more)


def svd(folder: Path) -> Any:
    unet = seeded(11, lambda: diffusers.UNetSpatioTemporalConditionModel(
        sample_size=8, in_channels=8, out_channels=4, num_frames=25,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
        block_out_channels=(32, 64), layers_per_block=1, transformer_layers_per_block=1,
        cross_attention_dim=32, num_attention_heads=8, projection_class_embeddings_input_dim=96,
        addition_time_embed_dim=32,
    ))  # fmt: skip
    vae = seeded(12, lambda: diffusers.AutoencoderKLTemporalDecoder(
        block_out_channels=(32, 32, 32, 32), layers_per_block=1, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4, sample_size=64,
    ))  # fmt: skip
    vision = seeded(13, lambda: transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(
        hidden_size=32, projection_dim=32, num_hidden_layers=2, num_attention_heads=4, image_size=224,
        intermediate_size=37, patch_size=32,
    )))  # fmt: skip
    scheduler = diffusers.EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        use_karras_sigmas=True, sigma_min=0.002, sigma_max=700.0, timestep_spacing="leading",
        timestep_type="continuous", interpolation_type="linear", num_train_timesteps=1000, steps_offset=1,
    )  # fmt: skip
    return diffusers.StableVideoDiffusionPipeline(
        vae=vae, image_encoder=vision, unet=unet, scheduler=scheduler, feature_extractor=clip_processor(224)
    )


def clip_processor(size: int) -> Any:
    return transformers.CLIPImageProcessorPil(crop_size={"height": size, "width": size}, size={"shortest_edge": size})


def _ltx_vae() -> Any:
    return diffusers.AutoencoderKLLTXVideo(
        in_channels=3, out_channels=3, latent_channels=16, block_out_channels=(8, 16, 16, 16),
        decoder_block_out_channels=(8, 16, 16, 16), layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1), spatio_temporal_scaling=(True, True, True, False),
        decoder_spatio_temporal_scaling=(True, True, True, False), decoder_inject_noise=(False,) * 5,
        upsample_residual=(False,) * 4, upsample_factor=(1,) * 4, timestep_conditioning=False, patch_size=4,
        patch_size_t=1, encoder_causal=True, decoder_causal=False,
    )  # fmt: skip


def _ltx_timed_vae() -> Any:
    return diffusers.AutoencoderKLLTXVideo(
        in_channels=3, out_channels=3, latent_channels=16, block_out_channels=(8, 16, 16, 16),
        decoder_block_out_channels=(8, 16, 32), layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1), spatio_temporal_scaling=(True, True, True, False),
        decoder_spatio_temporal_scaling=(True, True, True), decoder_inject_noise=(True, True, True, False),
        upsample_residual=(True,) * 3, upsample_factor=(2,) * 3, timestep_conditioning=True, patch_size=4,
        patch_size_t=1, encoder_causal=True, decoder_causal=False,
    )  # fmt: skip


def ltx(folder: Path, timed: bool = False) -> Any:
    """``timed``: with a decoder that is told how noisy its latents are, as those since 0.9.1 are."""
    transformer = seeded(21, lambda: diffusers.LTXVideoTransformer3DModel(
        in_channels=16, out_channels=16, patch_size=1, patch_size_t=1, num_attention_heads=4, attention_head_dim=8,
        cross_attention_dim=32, num_layers=2, caption_channels=32,
    ))  # fmt: skip
    vae = seeded(22, _ltx_timed_vae if timed else _ltx_vae)
    return diffusers.LTXImageToVideoPipeline(
        scheduler=flow(use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05), vae=vae, text_encoder=t5(23),
        tokenizer=t5_tokenizer(folder), transformer=transformer,
    )  # fmt: skip


def _wan_transformer(seed: int, channels: int, out: int, **more: Any) -> Any:
    return seeded(seed, lambda: diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, in_channels=channels, out_channels=out,
        text_dim=32, freq_dim=256, ffn_dim=32, num_layers=2, cross_attn_norm=True, qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32, **more,
    ))  # fmt: skip


def _wan_vae(seed: int) -> Any:
    return seeded(seed, lambda: diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    ))  # fmt: skip


def wan21(folder: Path, **more: Any) -> Any:
    vision = seeded(31, lambda: transformers.CLIPVisionModel(transformers.CLIPVisionConfig(
        hidden_size=4, projection_dim=4, num_hidden_layers=2, num_attention_heads=2, image_size=32,
        intermediate_size=16, patch_size=1,
    )))  # fmt: skip
    return diffusers.WanImageToVideoPipeline(
        tokenizer=t5_tokenizer(folder), text_encoder=t5(32, "UMT5"), vae=_wan_vae(33), scheduler=flow(shift=7.0),
        image_processor=clip_processor(32), image_encoder=vision,
        transformer=_wan_transformer(34, 36, 16, image_dim=4, **more),
    )  # fmt: skip


def wan21_flf(folder: Path) -> Any:
    """First and last frame: the position table is for two pictures (1025 tokens each)."""
    return wan21(folder, pos_embed_seq_len=2050)


def wan22_a14b(folder: Path) -> Any:
    scheduler = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )
    return diffusers.WanImageToVideoPipeline(
        tokenizer=t5_tokenizer(folder), text_encoder=t5(41, "UMT5"), vae=_wan_vae(42), scheduler=scheduler,
        transformer=_wan_transformer(43, 36, 16), transformer_2=_wan_transformer(44, 36, 16), boundary_ratio=0.9,
    )  # fmt: skip


def wan22_5b(folder: Path) -> Any:
    vae = seeded(51, lambda: diffusers.AutoencoderKLWan(
        base_dim=3, z_dim=48, in_channels=12, out_channels=12, is_residual=True, patch_size=2,
        latents_mean=[0.0] * 48, latents_std=[1.0] * 48, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        scale_factor_spatial=16, scale_factor_temporal=4, temperal_downsample=[False, True, True],
    ))  # fmt: skip
    scheduler = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0
    )
    return diffusers.WanImageToVideoPipeline(
        tokenizer=t5_tokenizer(folder), text_encoder=t5(52, "UMT5"), vae=vae, scheduler=scheduler,
        transformer=_wan_transformer(53, 48, 48), expand_timesteps=True,
    )  # fmt: skip


def _cog(folder: Path, **more: Any) -> Any:
    transformer = seeded(61, lambda: diffusers.CogVideoXTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, in_channels=8, out_channels=4, time_embed_dim=2,
        text_embed_dim=32, num_layers=2, sample_width=8, sample_height=8, sample_frames=9, patch_size=2,
        temporal_compression_ratio=4, max_text_seq_length=226, use_rotary_positional_embeddings=True, **more,
    ))  # fmt: skip
    vae = seeded(62, lambda: diffusers.AutoencoderKLCogVideoX(
        in_channels=3, out_channels=3, block_out_channels=(8, 8, 8, 8), latent_channels=4, layers_per_block=1,
        down_block_types=("CogVideoXDownBlock3D",) * 4, up_block_types=("CogVideoXUpBlock3D",) * 4,
        norm_num_groups=2, temporal_compression_ratio=4,
    ))  # fmt: skip
    return diffusers.CogVideoXImageToVideoPipeline(
        tokenizer=t5_tokenizer(folder), text_encoder=t5(63), vae=vae, transformer=transformer,
        scheduler=diffusers.CogVideoXDDIMScheduler(),
    )  # fmt: skip


def cogvideox(folder: Path) -> Any:
    return _cog(folder)


def cogvideox15(folder: Path) -> Any:
    return _cog(folder, patch_size_t=2, ofs_embed_dim=2, patch_bias=False)


SPECIAL = (
    "<unk>", "<pad>", "<s>", "</s>", "<image>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
    "<|im_start|>", "<|im_end|>",
)  # fmt: skip


def word_tokenizer(longest: int = 1024) -> Any:
    """A word-level tokenizer, for models whose own tokenizers need downloads."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = [*SPECIAL, *sorted({word for text in SENTENCES for word in text.replace(",", " ").split()})]
    inner = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="<unk>", pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        additional_special_tokens=list(SPECIAL[4:]), model_max_length=longest,
    )  # fmt: skip
    made.chat_template = "{% for one in messages %}<|im_start|> {{ one.content }} <|im_end|> {% endfor %}"
    return made


def _llama(**more: Any) -> Any:
    return transformers.LlamaConfig(
        hidden_size=16, intermediate_size=37, num_attention_heads=4, num_key_value_heads=2, num_hidden_layers=4,
        vocab_size=200, pad_token_id=1, bos_token_id=2, eos_token_id=3, max_position_embeddings=2048, **more,
    )  # fmt: skip


def clip_text(seed: int) -> Any:
    return seeded(seed, lambda: transformers.CLIPTextModel(transformers.CLIPTextConfig(
        hidden_size=8, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, vocab_size=200,
        projection_dim=32, pad_token_id=1, bos_token_id=2, eos_token_id=3, max_position_embeddings=77,
    )))  # fmt: skip


def _hunyuan_vae(seed: int) -> Any:
    return seeded(seed, lambda: diffusers.AutoencoderKLHunyuanVideo(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(8, 8, 8, 8), layers_per_block=1,
        down_block_types=("HunyuanVideoDownBlock3D",) * 4, up_block_types=("HunyuanVideoUpBlock3D",) * 4,
        norm_num_groups=4, spatial_compression_ratio=8, temporal_compression_ratio=4,
    ))  # fmt: skip


def hunyuan(folder: Path, condition: str = "latent_concat") -> Any:
    vision = transformers.CLIPVisionConfig(
        hidden_size=8, intermediate_size=16, projection_dim=32, num_attention_heads=2, num_hidden_layers=2,
        image_size=336, patch_size=14,
    )  # fmt: skip
    llava = transformers.LlavaConfig(
        vision_config=vision, text_config=_llama(), pad_token_id=1, image_token_index=SPECIAL.index("<image>")
    )
    transformer = seeded(71, lambda: diffusers.HunyuanVideoTransformer3DModel(
        in_channels=9 if condition == "latent_concat" else 4, out_channels=4, num_attention_heads=2,
        attention_head_dim=10, num_layers=1, num_single_layers=1, num_refiner_layers=1, patch_size=1, patch_size_t=1,
        guidance_embeds=False,
        text_embed_dim=16, pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), image_condition_type=condition,
    ))  # fmt: skip
    return diffusers.HunyuanVideoImageToVideoPipeline(
        text_encoder=seeded(72, lambda: transformers.LlavaForConditionalGeneration(llava)),
        tokenizer=word_tokenizer(), transformer=transformer, vae=_hunyuan_vae(73), scheduler=flow(shift=7.0),
        text_encoder_2=clip_text(74), tokenizer_2=word_tokenizer(77), image_processor=clip_processor(336),
    )  # fmt: skip


def _siglip(seed: int) -> Any:
    return seeded(seed, lambda: transformers.SiglipVisionModel(transformers.SiglipVisionConfig(
        hidden_size=16, intermediate_size=37, num_attention_heads=2, num_hidden_layers=2, image_size=28, patch_size=14,
    )))  # fmt: skip


def _siglip_processor() -> Any:
    return transformers.SiglipImageProcessorPil(size={"height": 28, "width": 28})


def hunyuan15(folder: Path) -> Any:
    qwen = transformers.Qwen2_5_VLTextConfig(
        hidden_size=16, intermediate_size=37, num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=1,
        vocab_size=200, pad_token_id=1, bos_token_id=2, eos_token_id=3,
        rope_parameters={"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0},
    )  # fmt: skip
    transformer = seeded(81, lambda: diffusers.HunyuanVideo15Transformer3DModel(
        in_channels=9, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=1, num_refiner_layers=1,
        patch_size=1, patch_size_t=1, text_embed_dim=16, text_embed_2_dim=32, image_embed_dim=16,
        rope_axes_dim=(2, 2, 4), target_size=64,
    ))  # fmt: skip
    vae = seeded(82, lambda: diffusers.AutoencoderKLHunyuanVideo15(
        latent_channels=4, block_out_channels=(16, 16, 16, 16, 16), layers_per_block=1,
    ))  # fmt: skip
    return diffusers.HunyuanVideo15ImageToVideoPipeline(
        text_encoder=seeded(83, lambda: transformers.Qwen2_5_VLTextModel(qwen)), tokenizer=word_tokenizer(),
        transformer=transformer, vae=vae, scheduler=flow(shift=5.0), text_encoder_2=t5(84),
        tokenizer_2=transformers.ByT5Tokenizer(), guider=diffusers.ClassifierFreeGuidance(guidance_scale=6.0),
        image_encoder=_siglip(85), feature_extractor=_siglip_processor(),
    )  # fmt: skip


def framepack(folder: Path) -> Any:
    transformer = seeded(91, lambda: diffusers.HunyuanVideoFramepackTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=1, num_single_layers=1,
        num_refiner_layers=1, patch_size=2, patch_size_t=1, guidance_embeds=True, text_embed_dim=16,
        pooled_projection_dim=8, rope_axes_dim=(2, 4, 4), has_image_proj=True, image_proj_dim=16,
        has_clean_x_embedder=True,
    ))  # fmt: skip
    return diffusers.HunyuanVideoFramepackPipeline(
        text_encoder=seeded(92, lambda: transformers.LlamaModel(_llama())), tokenizer=word_tokenizer(),
        transformer=transformer, vae=_hunyuan_vae(93), scheduler=flow(), text_encoder_2=clip_text(94),
        tokenizer_2=word_tokenizer(77), image_encoder=_siglip(95), feature_extractor=_siglip_processor(),
    )  # fmt: skip


class Guardrail(torch.nn.Module):
    """Stands in for NVIDIA's guardrail, which is a download of its own: refuses one word."""

    dtype, device = torch.float32, torch.device("cpu")

    def check_text_safety(self, text: str) -> bool:
        return "forbidden" not in text

    def check_video_safety(self, video: Any) -> Any:
        return video


def cosmos2(folder: Path) -> Any:
    transformer = seeded(101, lambda: diffusers.CosmosTransformer3DModel(
        in_channels=17, out_channels=16, num_attention_heads=2, attention_head_dim=16, num_layers=2, mlp_ratio=2,
        text_embed_dim=32, adaln_lora_dim=4, max_size=(4, 32, 32), patch_size=(1, 2, 2), rope_scale=(2.0, 1.0, 1.0),
        concat_padding_mask=False,  # else it needs torchvision
    ))  # fmt: skip
    return diffusers.Cosmos2VideoToWorldPipeline(
        text_encoder=t5(102), tokenizer=t5_tokenizer(folder), transformer=transformer, vae=_wan_vae(103),
        scheduler=flow(use_karras_sigmas=True), safety_checker=Guardrail(),
    )  # fmt: skip


def ltx2(folder: Path) -> Any:
    from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder

    gemma = transformers.Gemma3Config(
        text_config={
            "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
            "num_key_value_heads": 1, "head_dim": 8, "vocab_size": 200, "pad_token_id": 1, "bos_token_id": 2,
            "eos_token_id": 3, "max_position_embeddings": 2048,
        },
        vision_config={
            "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
            "image_size": 28, "patch_size": 14,
        },
        mm_tokens_per_image=4,
    )  # fmt: skip
    transformer = seeded(111, lambda: diffusers.LTX2VideoTransformer3DModel(
        in_channels=16, out_channels=16, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
        audio_in_channels=4, audio_out_channels=4, audio_num_attention_heads=2, audio_attention_head_dim=4,
        audio_cross_attention_dim=8, num_layers=2, caption_channels=16, rope_double_precision=False,
    ))  # fmt: skip
    vae = seeded(112, lambda: diffusers.AutoencoderKLLTX2Video(
        latent_channels=16, block_out_channels=(8, 16, 32, 64), decoder_block_out_channels=(8, 16, 32),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1), spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    ))  # fmt: skip
    audio = seeded(113, lambda: diffusers.AutoencoderKLLTX2Audio(
        base_channels=4, ch_mult=(1,), num_res_blocks=1, resolution=32, latent_channels=2, mel_bins=8,
    ))  # fmt: skip
    connectors = seeded(114, lambda: LTX2TextConnectors(
        caption_channels=16, text_proj_in_factor=3, video_connector_num_attention_heads=2,
        video_connector_attention_head_dim=8, video_connector_num_layers=1,
        video_connector_num_learnable_registers=None, audio_connector_num_attention_heads=2,
        audio_connector_attention_head_dim=8, audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None, connector_rope_base_seq_len=32, rope_double_precision=False,

    ))  # fmt: skip
    vocoder = seeded(115, lambda: LTX2Vocoder(
        in_channels=16, hidden_channels=32, upsample_kernel_sizes=[4, 4], upsample_factors=[2, 2],
        resnet_kernel_sizes=[3], resnet_dilations=[[1, 3, 5]], output_sampling_rate=16000,
    ))  # fmt: skip
    return diffusers.LTX2ImageToVideoPipeline(
        scheduler=flow(), vae=vae, audio_vae=audio,
        text_encoder=seeded(116, lambda: transformers.Gemma3ForConditionalGeneration(gemma)),
        tokenizer=word_tokenizer(), connectors=connectors, transformer=transformer, vocoder=vocoder,
    )  # fmt: skip


TINY: dict[str, Callable[[Path], Any]] = {
    "svd-xt": svd,
    "ltx": ltx,
    "ltx2": ltx2,
    "wan2.1": wan21,
    "wan2.2-a14b": wan22_a14b,
    "wan2.2-5b": wan22_5b,
    "cogvideox": cogvideox,
    "cogvideox1.5": cogvideox15,
    "hunyuan": hunyuan,
    "hunyuan1.5": hunyuan15,
    "framepack": framepack,
    "cosmos2": cosmos2,
}
VARIANTS: dict[str, Callable[[Path], Any]] = {
    "wan2.1-flf": wan21_flf,
    "ltx-timed": partial(ltx, timed=True),
    "hunyuan-replace": partial(hunyuan, condition="token_replace"),
}


def build(family: str, folder: Path) -> Path:
    """Write a family's tiny pipeline; the folder that a project would name."""
    home = folder / family
    if not (home / "model_index.json").exists():
        (TINY | VARIANTS)[family](folder / f"{family}.parts").save_pretrained(home)
    return home
