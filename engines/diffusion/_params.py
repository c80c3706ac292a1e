"""What a project may ask of a diffusion model, and which family and weights that means."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from edl.clock import parse_time
from engines.contract import Params, Wish
from engines.diffusion._weights import Lacking, Weights, fingerprint, locate
from engines.diffusion.rig.families import DEFAULT, FAMILIES, Family

Share = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[int, Field(ge=0, le=4096)]

# Parameters that need another pipeline in memory; all others change from shot to shot.
LOADED = (
    "family",
    "weights",
    "revision",
    "loras",
    "dtype",
    "precision",
    "offload",
    "tiling",
    "compile",
    "attention",
    "step_cache",
)

PHRASES = {
    "push_in": "the camera slowly pushes in",
    "pull_out": "the camera slowly pulls back",
    "pan_left": "the camera pans to the left",
    "pan_right": "the camera pans to the right",
    "tilt_up": "the camera tilts up",
    "tilt_down": "the camera tilts down",
    "orbit_left": "the camera orbits to the left around the subject",
    "orbit_right": "the camera orbits to the right around the subject",
    "crane_up": "the camera rises on a crane",
    "handheld": "handheld camera with a slight natural shake",
    "static": "static camera on a tripod, no camera movement",
}


class Lora(Params):
    """A LoRA file (safetensors, absolute path) and how strongly it acts."""

    file: Annotated[str, StringConstraints(pattern=r"^[/~].*\.safetensors$")]
    weight: Annotated[float, Field(ge=-4, le=4)] = 1.0


def _moment(text: str) -> str:
    if (time := parse_time(text)).negative:
        raise ValueError(f'"{text}" lies before the shot')
    return str(time)


class Timed(Params):
    """A prompt and from when it holds, counted from the start of the shot."""

    at: Annotated[str, AfterValidator(_moment)]
    prompt: str

    def begins(self, fps: Fraction) -> Fraction:
        """Seconds, at a delivery rate."""
        return parse_time(self.at).exact(fps) / fps


class DiffusionParams(Params):
    """Everything is optional; what is left out is as the family likes it.

    ``prompt``, ``negative``, ``camera``, ``motion``, ``hold`` and ``join`` come from the segment, the others are set
    under ``params:``. ``motion`` and ``hold`` are 0 to 1 with .5 as the family's own; ``motion_raw`` is the family's
    own number instead (a motion bucket, a schedule shift). ``batch``: so many takes are denoised in one call; the ones
    not asked for yet wait as latents. ``threads``: of a processor; left out, all of its cores. ``overlap``: frames that
    a chained part makes again before its first new one.
    ``prompts``: prompts by time; each part of a shot takes the one that holds where it begins. ``step_cache``: the
    threshold of the first-block cache, or another cache's name.
    """

    family: Literal[tuple(FAMILIES)] | None = None  # type: ignore[valid-type]
    weights: str = ""
    revision: str = ""
    prompt: str = ""
    prompts: tuple[Timed, ...] = ()
    negative: str = ""
    camera: str | None = None
    motion: Share | None = None
    motion_raw: Annotated[float, Field(gt=0, le=1000)] | None = None
    hold: Share | None = None
    join: Literal["cut", "chain"] = "cut"
    steps: Annotated[int, Field(ge=1, le=200)] | None = None
    guidance: Annotated[float, Field(ge=0, le=50)] | None = None
    width: Side = 0
    height: Side = 0
    batch: Annotated[int, Field(ge=1, le=16)] = 1
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    overlap: Annotated[int, Field(ge=1, le=16)] = 4
    feather: Annotated[float, Field(ge=0, le=200)] = 8.0
    loras: tuple[Lora, ...] = ()
    dtype: Literal["", "float32", "bfloat16", "float16"] = ""
    precision: Literal["", "fp8"] = ""
    offload: Literal["", "model", "group", "sequential"] = ""
    tiling: bool = False
    compile: bool = False
    attention: str = ""
    step_cache: Share | Literal["pyramid", "taylor", "faster"] = 0.0

    @property
    def loaded(self) -> DiffusionParams:
        """Only what decides how a pipeline is loaded."""
        return DiffusionParams.model_validate({name: getattr(self, name) for name in LOADED})

    @property
    def words(self) -> str:
        """The prompt, with the camera move as a phrase."""
        phrase = PHRASES.get(self.camera or "", "")
        return ", ".join(part for part in (self.prompt.strip(), phrase) if part)


def of_part(wish: Wish, params: BaseModel) -> DiffusionParams:
    """The parameters of one part: of prompts by time only the one that holds where it begins."""
    wanted = typed(params)
    if not wanted.prompts:
        return wanted
    held = held_at(wanted, wish.start, wish.delivery.fps)
    return wanted.model_copy(update={"prompts": (), "prompt": held.prompt if held else wanted.prompt})


def held_at(params: DiffusionParams, start: Fraction, fps: Fraction) -> Timed | None:
    """The prompt that holds at a moment. Parts begin on whole frames, so a frame more or less is none."""
    begun = [timed for timed in params.prompts if timed.begins(fps) <= start + 1 / fps]
    return max(begun, key=lambda timed: timed.begins(fps), default=None)


def typed(params: BaseModel) -> DiffusionParams:
    """The parameters as what they are."""
    assert isinstance(params, DiffusionParams)
    return params


def family_of(params: DiffusionParams) -> Family:
    """The family that is named, or that the weights are of, or the default."""
    if params.family:
        return FAMILIES[params.family]
    if params.weights:
        for row in FAMILIES.values():
            if row.hub == params.weights:
                return row
        try:
            return told_by(find(params)) or DEFAULT
        except Lacking:
            return DEFAULT
    return DEFAULT


def find(params: DiffusionParams) -> Weights:
    """The weights that are wanted.

    :raises Lacking: when they are not here or not whole
    """
    written = params.weights or (FAMILIES[params.family] if params.family else DEFAULT).hub
    return locate(written, params.revision)


def told_by(weights: Weights) -> Family | None:
    """The family that weights are of, by the class and settings of their pipeline."""
    index, kind = weights.index, weights.pipeline
    name = {
        "StableVideoDiffusionPipeline": "svd-xt" if _number(weights.config("unet").get("num_frames")) > 14 else "svd",
        "LTXImageToVideoPipeline": "ltx",
        "LTXPipeline": "ltx",
        "LTXConditionPipeline": "ltx",
        "LTX2ImageToVideoPipeline": "ltx2",
        "LTX2Pipeline": "ltx2",
        "LTX2ConditionPipeline": "ltx2",
        "WanImageToVideoPipeline": "wan2.2-5b"
        if index.get("expand_timesteps")
        else ("wan2.2-a14b" if index.get("boundary_ratio") is not None else "wan2.1"),
        "WanPipeline": "wan2.2-5b" if index.get("expand_timesteps") else "",
        "CogVideoXImageToVideoPipeline": "cogvideox1.5"
        if weights.config("transformer").get("patch_size_t")
        else "cogvideox",
        "HunyuanVideoImageToVideoPipeline": "hunyuan",
        "HunyuanVideo15ImageToVideoPipeline": "hunyuan1.5",
        "HunyuanVideoFramepackPipeline": "framepack",
        "Cosmos2VideoToWorldPipeline": "cosmos2",
    }.get(kind, "")
    return FAMILIES.get(name)


def shares_calls(params: DiffusionParams) -> bool:
    """Whether one call may sample several seeds so that each take is its own. An LTX decoder that is conditioned on
    noise gets it from one generator for all."""
    family = family_of(params)
    if family.layout != "ltx" or family.batching == "single":
        return family.batching != "single"
    try:
        return not find(params).config("vae").get("timestep_conditioning")
    except Lacking:
        return True


def bucket_base(params: DiffusionParams) -> int:
    """The side of the square that HunyuanVideo 1.5 cuts its sizes from; 0 for families whose size is free."""
    if family_of(params).name != "hunyuan1.5":
        return 0
    try:
        return _number(find(params).config("transformer").get("target_size")) or 640
    except Lacking:
        return 640


def weights_digest(params: BaseModel) -> str:
    """Which weights and LoRA files decide the pixels; empty while they are not here."""
    wanted = typed(params)
    try:
        weights = find(wanted)
    except Lacking:
        return ""
    loras = [Path(lora.file).expanduser() for lora in wanted.loras]
    if not all(file.is_file() for file in loras):
        return ""
    model = weights.commit or fingerprint(weights.folder)
    return f"{model}+{fingerprint(*loras)}" if loras else model


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
