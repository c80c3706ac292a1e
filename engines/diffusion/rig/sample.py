"""Sampling: from a still and embeddings to latents, one call for all seeds of an ask."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from math import log
from typing import Any

import diffusers
import torch
from PIL import Image

from edl.errors import Broken
from engines.contract import Keep
from engines.diffusion.rig.bookmark import Bookmark
from engines.diffusion.rig.families import Family, Scale
from engines.diffusion.rig.pipeline import denoisers
from engines.diffusion.rig.shape import asked_for
from engines.diffusion.rig.tape import Tape
from engines.diffusion.rig.taps import Sampled, Stills, tapped

Lock = Callable[[Any, int, torch.Tensor], torch.Tensor]


class NotFinite(Exception):
    """A step gave numbers that are none."""

    def __init__(self, step: int) -> None:
        super().__init__(f"step {step} gave numbers that are none")
        self.step = step


@dataclass(frozen=True)
class Latents:
    """One take before decoding, as its VAE wants it: ``z`` 1 x channels x frames x height x width (SVD: frames x
    channels x height x width); ``timestep`` for decoders that are conditioned on noise."""

    z: torch.Tensor
    timestep: torch.Tensor | None = None


@dataclass(frozen=True)
class Ask:
    """What is to be sampled. ``embeds`` by call keyword, batch 1. ``lock`` is applied to the latents after each step;
    ``heard`` is called after each step with the share that is done and may raise to stop. ``bookmark`` keeps where
    sampling stands."""

    family: Family
    image: Image.Image
    width: int
    height: int
    frames: int
    seeds: tuple[int, ...]
    steps: int
    guidance: float
    embeds: dict[str, torch.Tensor] = field(default_factory=dict)
    guided: bool = False
    last: Image.Image | None = None
    motion: float | None = None
    motion_raw: float | None = None
    hold: float | None = None
    lock: Lock | None = None
    heard: Callable[[float], None] = lambda share: None
    bookmark: Bookmark | None = None

    @property
    def keyed(self) -> bool:
        """Whether the family's pipeline for key frames is needed."""
        return self.family.last == "conditions" and (self.last is not None or loose(self.family, self.hold))

    @property
    def all_steps(self) -> int:
        """Steps of all sections; one family has more than one."""
        sections = -(-asked_for(self.family.temporal, self.frames) // 33) if self.family.layout == "framepack" else 1
        return self.steps * sections


@dataclass(frozen=True)
class Result:
    """What sampling gave: latents for each seed in order, and the count of steps that an earlier run had made."""

    latents: list[Latents]
    resumed: int = 0


def loose(family: Family, hold: float | None) -> bool:
    """Whether a still is to hold less than the family's plain pipeline has it, where that takes key frames."""
    return hold is not None and family.hold is not None and family.hold.keyword == "strength" and hold < 0.5


def sample(pipe: Any, ask: Ask, stills: Stills, keep: Keep) -> Result:
    """Sample all seeds of an ask in one call, going on from where an earlier run was stopped.

    :raises NotFinite: as soon as a step's latents are not finite
    :raises Broken: when the installed pipeline lacks a keyword that is needed
    """
    runner = pipe._running = _with_keyframes(pipe, ask)
    tape = Tape(ask.bookmark.find() if ask.bookmark else None)
    resumed = tape.kept.steps if tape.kept else 0
    arguments = _arguments(runner, ask, tape)
    _tune(runner, ask)
    held = None if ask.family.layout == "svd" else keep
    try:
        # Schedules with noise of their own draw from the one generator that all share.
        with torch.random.fork_rng(), tapped(pipe.vae, stills, held), tape.over(runner):
            torch.manual_seed(ask.seeds[0])
            told = runner(**arguments)
        found = _split(_untapped(pipe, ask, told[0]), None, ask)
    except Sampled as sampled:
        found = _split(sampled.latents, sampled.timestep, ask)
    finally:
        pipe.maybe_free_model_hooks()
        if ask.bookmark:
            ask.bookmark.end(tape)
    return Result(found, resumed)


def _untapped(pipe: Any, ask: Ask, latents: Any) -> torch.Tensor:
    """Latents of the one family that decodes while it samples: asked for as latents, the last section holds all."""
    if ask.family.layout != "framepack":
        raise Broken(f"{ask.family.name} ended without decoding")
    whole: torch.Tensor = latents[-1] / pipe.vae.config.scaling_factor
    return whole


def _split(z: torch.Tensor, timestep: torch.Tensor | None, ask: Ask) -> list[Latents]:
    count = len(ask.seeds)
    if not bool(torch.isfinite(z).all()):
        raise NotFinite(ask.steps)
    if z.shape[0] % count:
        raise Broken(f"{ask.family.name} gave {z.shape[0]} latents for {count} takes")
    times = timestep.detach().cpu().split(1) if timestep is not None else (None,) * count
    parts = z.detach().cpu().split(z.shape[0] // count)
    return [Latents(part.clone(), time) for part, time in zip(parts, times, strict=True)]


def _arguments(pipe: Any, ask: Ask, tape: Tape) -> dict[str, Any]:
    """The call, keyword by keyword.

    :raises Broken: for a keyword that the installed class lacks; nothing is dropped without a word
    """
    family, count = ask.family, len(ask.seeds)
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in ask.seeds]
    wanted: dict[str, Any] = {
        "image": [ask.image] * count if family.batching == "images" else ask.image,
        "num_frames": asked_for(family.temporal, ask.frames),
        "num_inference_steps": ask.steps,
        "generator": generators if count > 1 else generators[0],
        "output_type": "latent" if family.layout == "framepack" else "pt",
        "return_dict": False,
        **_repeated(pipe, ask.embeds, count),
        **_guidance(pipe, ask),
    }
    if family.name != "hunyuan1.5":
        wanted |= {"width": ask.width, "height": ask.height}
    if family.rate_word:
        rate = float(family.fps)
        wanted[family.rate_word] = int(rate) if family.rate_word == "fps" else rate
    if family.steps_heard:
        wanted["callback_on_step_end"] = _listener(ask, tape)
    else:
        tape.stepped = lambda steps, latents: _whole_step(ask, tape, steps, latents)
    if family.layout == "svd":
        wanted["decode_chunk_size"] = count * ask.frames  # all of it reaches the tap at once
    if family.last == "last_image" and ask.last is not None:
        wanted["last_image"] = ask.last
    if ask.keyed:
        del wanted["image"]
        wanted["conditions"] = _keyframes(ask)
    if family.name == "ltx" and pipe.vae.config.timestep_conditioning:
        wanted |= {"decode_timestep": 0.05, "decode_noise_scale": 0.025}  # of the model card
    wanted |= {scale.keyword: value for scale, value in _scales(ask) if scale.keyword not in ("shift", "strength")}
    known = inspect.signature(type(pipe).__call__).parameters
    if lacking := sorted(set(wanted) - set(known)):
        raise Broken(f"{type(pipe).__name__} of diffusers {diffusers.__version__} takes no {', '.join(lacking)}")
    return wanted


def _repeated(pipe: Any, embeds: dict[str, torch.Tensor], count: int) -> dict[str, torch.Tensor]:
    """Embeddings once for each take, in the format of the network that reads them."""
    dtype, device = denoisers(pipe)[0].dtype, pipe._execution_device
    placed = {name: value.to(device, dtype if value.is_floating_point() else None) for name, value in embeds.items()}
    return {name: value.expand(count, *value.shape[1:]) for name, value in placed.items()}


def _guidance(pipe: Any, ask: Ask) -> dict[str, Any]:
    """HunyuanVideo guides by an embedded number, or truly, with a negative prompt; 1.5 has a part for it."""
    if ask.family.name == "hunyuan1.5":
        pipe.guider = pipe.guider.new(guidance_scale=ask.guidance)
        return {}
    if ask.family.layout in ("hunyuan", "framepack") and ask.guided:
        return {"true_cfg_scale": ask.guidance, "guidance_scale": 1.0}
    words: dict[str, Any] = {ask.family.guidance_word: ask.guidance}
    if getattr(pipe.config, "boundary_ratio", None) is not None:
        words["guidance_scale_2"] = ask.guidance
    return words


def _scales(ask: Ask) -> list[tuple[Scale, float]]:
    """Controls of 0 to 1, and raw ones, as the family's own numbers."""
    found: list[tuple[Scale, float]] = []
    if ask.family.motion and (ask.motion is not None or ask.motion_raw is not None):
        scale = ask.family.motion
        value = ask.motion_raw if ask.motion_raw is not None else scale.at(ask.motion or 0.0)
        found.append((scale, round(value) if scale.keyword == "motion_bucket_id" else value))
    if ask.family.hold and ask.hold is not None:
        found.append((ask.family.hold, ask.family.hold.at(ask.hold)))
    return found


def _tune(pipe: Any, ask: Ask) -> None:
    """Give the pipeline a schedule for this order; the one it was loaded with is kept beside it."""
    base = getattr(pipe, "_loaded_scheduler", None) or pipe.scheduler
    pipe._loaded_scheduler = base
    value = next((value for scale, value in _scales(ask) if scale.keyword == "shift"), None)
    config: dict[str, Any] = dict(base.config)
    if isinstance(pipe, diffusers.LTXConditionPipeline):  # it brings a schedule of its own that does not shift by size
        config |= {"use_dynamic_shifting": False}
    if value is not None:
        config |= _shifted(config, value, raw=ask.motion_raw is not None)
    pipe.scheduler = base if config == dict(base.config) else type(base).from_config(config)


def _shifted(config: Any, value: float, raw: bool) -> dict[str, float]:
    if config.get("use_dynamic_shifting"):  # there the shift is the exponential of a number that grows with the size
        low, high = config["base_shift"], config["max_shift"]
        return {"base_shift": log(value) + (0 if raw else low), "max_shift": log(value) + (0 if raw else high)}
    name = "flow_shift" if config.get("flow_shift") is not None else "shift"
    return {name: value if raw else value * float(config.get(name) or 1.0)}


def _with_keyframes(pipe: Any, ask: Ask) -> Any:
    """The sibling of a pipeline that takes key frames, made of the same parts."""
    if not ask.keyed:
        return pipe
    kind = diffusers.LTX2ConditionPipeline if ask.family.name == "ltx2" else diffusers.LTXConditionPipeline
    sibling = kind(**{name: part for name, part in pipe.components.items() if name in _taken_by(kind)})
    sibling.set_progress_bar_config(disable=True)
    return sibling


def _taken_by(kind: Any) -> set[str]:
    return set(inspect.signature(kind.__init__).parameters)


def _keyframes(ask: Ask) -> list[Any]:
    strength = next((value for scale, value in _scales(ask) if scale.keyword == "strength"), 1.0)
    if ask.family.name == "ltx2":
        from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition

        first = LTX2VideoCondition(ask.image, 0, strength)
        return [first, *([LTX2VideoCondition(ask.last, -1, 1.0)] if ask.last else [])]
    from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition

    first = LTXVideoCondition(ask.image, frame_index=0, strength=strength)
    return [first, *([LTXVideoCondition(ask.last, frame_index=ask.frames - 1)] if ask.last else [])]


def _listener(ask: Ask, tape: Tape) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    """What the pipeline calls after each step. While the tape plays only the lock is at work, for it holds latents too
    that no step changes."""
    count = 0

    def heard(pipe: Any, step: int, time: Any, held: dict[str, Any]) -> dict[str, Any]:
        nonlocal count
        count += 1
        _whole_step(ask, tape, count, held["latents"])
        return {"latents": ask.lock(pipe, step, held["latents"])} if ask.lock else {}

    return heard


def _whole_step(ask: Ask, tape: Tape, count: int, latents: torch.Tensor) -> None:
    """Look at the numbers, keep them now and then, report, and stop if that is wished."""
    if tape.kept is not None and count <= tape.kept.steps:
        return
    if not bool(torch.isfinite(latents).all()):
        raise NotFinite(count)
    tape.mark()
    if ask.bookmark:
        ask.bookmark.note(tape)
    ask.heard(min(1.0, count / ask.all_steps))
