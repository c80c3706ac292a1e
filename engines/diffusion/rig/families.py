"""The families of image-to-video models, one row each: everything that differs between them, as data.

Sizes and frame counts are snapped to these rules by us (:mod:`engines.diffusion.rig.shape`), because the pipelines
round, stretch or fail deep inside. A keyword that a row names and that the installed pipeline class lacks is an
error, never dropped (:mod:`engines.diffusion.rig.denoise`).

Numbers are start values: steps, guidance and sizes of the model cards; memory of vendors and users, not measured here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

# How the latents that the pipeline steps through lie in memory and how they are normalised.
Layout = Literal["svd", "ltx", "wan", "cog", "hunyuan", "framepack", "cosmos"]
# How several takes go into one call: image and prompt lists, prompt list with one image, or one by one.
Batching = Literal["images", "prompts", "single"]


@dataclass(frozen=True)
class Temporal:
    """Allowed frame counts: ``stride`` x k + 1, at most ``most``.

    ``asked``: what the pipeline must be asked for k strides where it counts otherwise (FramePack asks 33, makes 36).
    """

    stride: int
    most: int
    asked: int = 0


@dataclass(frozen=True)
class Scale:
    """One control of 0 to 1 laid over a model's own: straight from ``zero`` over ``half`` to ``one``.

    ``keyword`` is the argument of the pipeline's call; ``shift`` means the noise schedule's time shift, in multiples
    of the scheduler's own, and ``strength`` how strongly a key frame holds.
    """

    keyword: str
    zero: float
    half: float
    one: float

    def at(self, share: float) -> float:
        if share <= 0.5:
            return self.zero + (self.half - self.zero) * share * 2
        return self.half + (self.one - self.half) * (share - 0.5) * 2


@dataclass(frozen=True)
class Terms:
    """The licence of the weights as far as known; the model card decides."""

    name: str
    commercial: str


@dataclass(frozen=True)
class Family:
    """One family. ``memory`` in GiB of a graphics card in bfloat16 without offload; ``stable``: seconds after which
    shots get worse. ``embeds``: what encoding a prompt gives, by call keyword. ``text``: components that only encoding
    needs. ``last``: keyword for a last frame. ``steps_heard``: the pipeline reports every step; where it does not, its
    schedule is listened to. ``locks``: latents can be locked outside a mask."""

    name: str
    pipeline: str
    hub: str
    terms: Terms
    width: int
    height: int
    multiple: int
    temporal: Temporal
    fps: Fraction
    steps: int
    guidance: float
    stable: Fraction
    memory: float
    layout: Layout
    batching: Batching
    guidance_word: str = "guidance_scale"
    rate_word: str = ""
    last: str = ""
    motion: Scale | None = None
    hold: Scale | None = None
    embeds: tuple[str, ...] = ("prompt_embeds",)
    text: tuple[str, ...] = ("text_encoder", "tokenizer")
    tokens: int = 0
    negative: bool = True
    one_size: bool = False
    steps_heard: bool = True
    locks: bool = True
    speaks: bool = True  # has a prompt
    caches: frozenset[str] = frozenset()  # step caches that leave work out in this family
    tiles: bool = True  # its decoder can work in tiles
    requires: tuple[str, ...] = ()


_STABILITY = Terms("Stability AI Community", "free below 1 M dollars of yearly revenue; 1.1 may be research only")
_LTX = Terms("LTX-Video Open Weights", "free below 10 M dollars of yearly revenue; 0.9.5 is OpenRAIL-M")
_LTX2 = Terms("LTX-2 Community", "free below 10 M dollars of yearly revenue")
_APACHE = Terms("Apache-2.0", "yes")
_COG = Terms("CogVideoX", "after registration")
_TENCENT = Terms("Tencent Hunyuan Community", "not in the EU, the United Kingdom or South Korea")
_NVIDIA = Terms("NVIDIA Open Model", "yes, with its guardrail left in place")

_SHIFT = Scale("shift", 0.5, 1.0, 2.0)
_LLAMA = ("prompt_embeds", "pooled_prompt_embeds", "prompt_attention_mask")
_TWO_ENCODERS = ("text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2")

_STRENGTH = Scale("strength", 0.5, 1.0, 1.0)
_CACHES = frozenset({"first-block", "pyramid", "taylor"})
_COG_CACHES = frozenset({*_CACHES, "faster"})

_ROWS = (
    Family(
        "svd", "StableVideoDiffusionPipeline", "stabilityai/stable-video-diffusion-img2vid", _STABILITY,
        1024, 576, 64, Temporal(1, 14), Fraction(7), 25, 3.0, Fraction(2), 16, "svd", "images",
        guidance_word="max_guidance_scale", rate_word="fps", motion=Scale("motion_bucket_id", 1, 127, 255),
        hold=Scale("noise_aug_strength", 0.2, 0.02, 0.0), embeds=(), text=(), negative=False, speaks=False, tiles=False,
    ),
    Family(
        "svd-xt", "StableVideoDiffusionPipeline", "stabilityai/stable-video-diffusion-img2vid-xt", _STABILITY,
        1024, 576, 64, Temporal(1, 25), Fraction(7), 25, 3.0, Fraction(25, 7), 20, "svd", "images",
        guidance_word="max_guidance_scale", rate_word="fps", motion=Scale("motion_bucket_id", 1, 127, 255),
        hold=Scale("noise_aug_strength", 0.2, 0.02, 0.0), embeds=(), text=(), negative=False, speaks=False, tiles=False,
    ),
    Family(
        "ltx", "LTXImageToVideoPipeline", "Lightricks/LTX-Video", _LTX,
        704, 480, 32, Temporal(8, 257), Fraction(25), 40, 3.0, Fraction(5), 12, "ltx", "images",
        rate_word="frame_rate", last="conditions", motion=_SHIFT, hold=_STRENGTH,
        embeds=("prompt_embeds", "prompt_attention_mask"), tokens=128, caches=_CACHES,
    ),
    Family(
        "ltx2", "LTX2ImageToVideoPipeline", "Lightricks/LTX-2", _LTX2,
        768, 512, 32, Temporal(8, 241), Fraction(24), 30, 3.0, Fraction(6), 60, "ltx", "single",
        rate_word="frame_rate", last="conditions", motion=Scale("motion_speed", 0.5, 1.0, 2.0), hold=_STRENGTH,
        embeds=("prompt_embeds", "prompt_attention_mask"), tokens=1024, caches=frozenset({"taylor"}),
    ),
    Family(
        "wan2.1", "WanImageToVideoPipeline", "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers", _APACHE,
        832, 480, 16, Temporal(4, 81), Fraction(16), 40, 5.0, Fraction(5), 48, "wan", "prompts",
        last="last_image", motion=_SHIFT, tokens=512, caches=_CACHES,
    ),
    Family(
        "wan2.2-a14b", "WanImageToVideoPipeline", "Wan-AI/Wan2.2-I2V-A14B-Diffusers", _APACHE,
        832, 480, 16, Temporal(4, 81), Fraction(16), 40, 3.5, Fraction(5), 80, "wan", "prompts",
        last="last_image", motion=_SHIFT, tokens=512, caches=_CACHES,
    ),
    Family(
        "wan2.2-5b", "WanImageToVideoPipeline", "Wan-AI/Wan2.2-TI2V-5B-Diffusers", _APACHE,
        1280, 704, 32, Temporal(4, 121), Fraction(24), 50, 5.0, Fraction(5), 24, "wan", "prompts",
        motion=_SHIFT, tokens=512, caches=_CACHES,
    ),
    Family(
        "cogvideox", "CogVideoXImageToVideoPipeline", "THUDM/CogVideoX-5b-I2V", _COG,
        720, 480, 16, Temporal(8, 49), Fraction(8), 50, 6.0, Fraction(6), 26, "cog", "images",
        tokens=226, one_size=True, caches=_COG_CACHES,
    ),
    Family(
        "cogvideox1.5", "CogVideoXImageToVideoPipeline", "THUDM/CogVideoX1.5-5B-I2V", _COG,
        1360, 768, 16, Temporal(16, 81), Fraction(16), 50, 6.0, Fraction(5), 30, "cog", "images",
        tokens=226, caches=_COG_CACHES,
    ),
    Family(
        "hunyuan", "HunyuanVideoImageToVideoPipeline", "hunyuanvideo-community/HunyuanVideo-I2V", _TENCENT,
        960, 544, 16, Temporal(4, 129), Fraction(24), 50, 6.0, Fraction(5), 60, "hunyuan", "single",
        motion=_SHIFT, embeds=_LLAMA, text=(*_TWO_ENCODERS, "image_processor"), tokens=256,
    ),
    Family(
        "hunyuan1.5", "HunyuanVideo15ImageToVideoPipeline",
        "hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-480p_i2v", _TENCENT,
        848, 480, 16, Temporal(4, 121), Fraction(24), 50, 6.0, Fraction(5), 24, "hunyuan", "single",
        guidance_word="", motion=_SHIFT,
        embeds=("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2"),
        text=_TWO_ENCODERS, steps_heard=False, locks=False, caches=frozenset({"pyramid", "taylor"}),
    ),
    Family(
        "framepack", "HunyuanVideoFramepackPipeline", "hunyuanvideo-community/FramePackI2V_HY", _TENCENT,
        832, 480, 16, Temporal(36, 1081, asked=33), Fraction(30), 30, 9.0, Fraction(20), 24, "framepack", "single",
        last="last_image", embeds=_LLAMA, text=_TWO_ENCODERS, tokens=256, locks=False, caches=frozenset({"pyramid"}),
    ),
    Family(
        "cosmos2", "Cosmos2VideoToWorldPipeline", "nvidia/Cosmos-Predict2-2B-Video2World", _NVIDIA,
        1280, 704, 16, Temporal(4, 93), Fraction(16), 35, 7.0, Fraction(29, 5), 33, "cosmos", "single",
        rate_word="fps", hold=Scale("sigma_conditioning", 0.2, 0.0001, 0.0), tokens=512,
        requires=("cosmos_guardrail", "torchvision"),
    ),
)  # fmt: skip

FAMILIES: dict[str, Family] = {row.name: row for row in _ROWS}
DEFAULT = FAMILIES["wan2.2-5b"]
