"""What speaks against a wish before any work: weights, memory, licence terms, and controls that a family lacks."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from math import ceil
from pathlib import Path

from pydantic import BaseModel

from edl.findings import Code, Finding, Place, Severity
from edl.project import AnySegment, Cutaway
from engines.contract import Wish
from engines.diffusion._params import PHRASES, DiffusionParams, family_of, find, held_at, shares_calls, told_by, typed
from engines.diffusion._weights import Lacking, Weights
from engines.diffusion.rig.families import Family
from engines.diffusion.rig.shape import block, stable

WEIGHTS_MISSING = Code(
    "diffusion-weights",
    Severity.ERROR,
    "Nothing is downloaded while rendering; the weights of a model must be on this machine, whole.",
    "Download them first, or name a local folder under params.weights.",
)
WRONG_FAMILY = Code(
    "diffusion-family",
    Severity.ERROR,
    "Sizes, frame counts and controls follow the family; weights of another one would fail deep inside.",
    "Leave params.family out, or name the family of the weights.",
)
MEMORY = Code(
    "diffusion-memory",
    Severity.WARNING,
    "A model that does not fit ends in an out-of-memory failure after minutes of loading.",
    "Set params.offload to model (or sequential) or params.precision to fp8, a smaller family, or another machine.",
)
NO_GPU = Code(
    "diffusion-slow",
    Severity.WARNING,
    "Without a graphics card a shot takes hours instead of minutes.",
    "Render on a machine with a graphics card, or use graphics/parallax for drafts.",
)
NO_CONTROL = Code(
    "diffusion-control",
    Severity.ERROR,
    "A control that a family does not have would be ignored without a word.",
    "Leave it out, or choose a family that has it: see the table in docs/diffusion.md.",
)
CAMERA_MASK = Code(
    "diffusion-camera-mask",
    Severity.ERROR,
    "A moving camera moves everything; outside a mask nothing may move.",
    "Leave out camera or mask.",
)
CAMERA_UNKNOWN = Code(
    "diffusion-camera",
    Severity.ERROR,
    "Camera moves are written into the prompt with words that the models know.",
    f"Write one of {', '.join(PHRASES)}, or describe the move in the prompt.",
)
PROMPT_UNHEARD = Code(
    "diffusion-prompts",
    Severity.WARNING,
    "Each part of a shot takes the prompt that holds where the part begins; one that holds nowhere there is unheard.",
    "Move it to where a part begins, or make shots of their own.",
)
NO_OPTION = Code(
    "diffusion-option",
    Severity.ERROR,
    "An option that this family or this machine does not have would fail minutes later, or do nothing.",
    "Leave it out, or choose a family that has it: see the table in docs/diffusion.md.",
)
IDLE_OPTION = Code(
    "diffusion-idle",
    Severity.WARNING,
    "The option would be paid for, or waited for, and give nothing.",
    "Leave it out, or change what it needs.",
)
CODES = (
    WEIGHTS_MISSING,
    WRONG_FAMILY,
    MEMORY,
    NO_GPU,
    NO_CONTROL,
    CAMERA_MASK,
    CAMERA_UNKNOWN,
    PROMPT_UNHEARD,
    NO_OPTION,
    IDLE_OPTION,
)


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """All findings of one wish."""
    wanted = typed(params)
    family = family_of(wanted)
    return (
        *_weights(wanted, family, wish.segment),
        *_controls(wanted, family, wish.segment),
        *_options(wanted, family, wish.segment),
        *_prompts(wanted, family, wish),
    )


def _weights(params: DiffusionParams, family: Family, segment: AnySegment) -> Iterator[Finding]:
    place = Place(path="params.weights" if params.weights else "engine")
    try:
        weights = find(params)
    except Lacking as lack:
        yield WEIGHTS_MISSING.at(place, str(lack), lack.remedy)
        return
    if (told := told_by(weights)) is None:
        yield WRONG_FAMILY.at(
            place, f"{weights.pipeline or 'this pipeline'} is not one that sets stills in motion here"
        )
    elif told.pipeline != family.pipeline or (told != family and told.name[:3] != "svd"):
        yield WRONG_FAMILY.at(place, f"the weights are of {told.name}, not {family.name}")
    for lora in params.loras:
        if not Path(lora.file).expanduser().is_file():
            yield WEIGHTS_MISSING.at(Place(path="params.loras"), f"there is no LoRA file {lora.file}")
    for module in family.requires:
        if importlib.util.find_spec(module) is None:
            yield WEIGHTS_MISSING.at(
                place, f"{family.name} needs {module}, which is not installed", f"Run: pip install {module}"
            )
    yield from _both_ends(family, weights, segment)
    yield from _memory(params, family, weights, place)


def _both_ends(family: Family, weights: Weights, segment: AnySegment) -> Iterator[Finding]:
    """Wan 2.1 comes in two kinds of weights: for a first frame, and for a first and a last one."""
    if family.name != "wan2.1" or not isinstance(segment, Cutaway):
        return
    for_both = weights.config("transformer").get("pos_embed_seq_len") is not None
    if segment.last and not for_both:
        yield NO_CONTROL.at(
            Place(path="last"),
            "these weights of wan2.1 know no last frame",
            "Leave last out, or use the first-and-last-frame weights (Wan-AI/Wan2.1-FLF2V-14B-720P-Diffusers).",
        )
    if for_both and not segment.last:
        yield NO_CONTROL.at(Place(path="image"), "these weights of wan2.1 need a last frame", "Name one under last.")


def _options(params: DiffusionParams, family: Family, segment: AnySegment) -> Iterator[Finding]:
    def at(name: str) -> Place:
        return Place(path=f"params.{name}")

    kind = params.step_cache if isinstance(params.step_cache, str) else "first-block"
    if params.step_cache and kind not in family.caches:
        there = ", ".join(sorted(family.caches)) or "none"
        yield NO_OPTION.at(at("step_cache"), f"{family.name} has no {kind} cache; it has: {there}")
    if params.tiling and not family.tiles:
        yield NO_OPTION.at(at("tiling"), f"the decoder of {family.name} cannot work in tiles")
    if params.attention and family.layout == "svd":
        yield NO_OPTION.at(at("attention"), f"{family.name} has no choice of attention")
    if params.compile and params.step_cache:
        yield NO_OPTION.at(at("compile"), "a step cache decides anew at every step what is computed")
    if params.compile and not any(shutil.which(name) for name in ("c++", "g++", "clang++")):
        yield NO_OPTION.at(at("compile"), "torch.compile needs a C++ compiler, and there is none", "Install g++.")
    if params.precision and params.offload in ("group", "sequential"):
        yield NO_OPTION.at(at("offload"), f"{params.offload} offload and fp8 move the same weights", "Choose one.")
    if params.offload and card_memory() is None:
        yield IDLE_OPTION.at(at("offload"), "there is no graphics card to spare; offload is left out")
    yield from _batch(params, family, segment)


def _batch(params: DiffusionParams, family: Family, segment: AnySegment) -> Iterator[Finding]:
    """Takes are sampled together in blocks of seeds that are counted from 1; a block that is not asked for whole is
    sampled whole."""
    if params.batch < 2:
        return
    place = Place(path="params.batch")
    if not shares_calls(params):
        yield NO_OPTION.at(place, f"{family.name} makes one take at a time: seeds would not stay their own")
        return
    asked = set(segment.seeds)
    made = {seed for each in asked for seed in block(each, params.batch)}
    if more := sorted(made - asked):
        words = f"blocks of {params.batch} seeds begin at 1: {len(made)} takes are sampled for {len(asked)} asked for"
        remedy = f"Ask for seeds {', '.join(map(str, more))} too, or let seed and takes fit the blocks."
        yield IDLE_OPTION.at(place, words, remedy)


def _need(params: DiffusionParams, family: Family, weights: Weights) -> float:
    """GiB of memory: the weights and what they work on, or what the family is known for; eight bits halve the
    networks."""
    spared = 0.5 * weights.size_of("transformer", "transformer_2", "unet") if params.precision == "fp8" else 0.0
    return max((weights.size - spared) * 1.2, family.memory * 2**30 - spared) / 2**30


def _memory(params: DiffusionParams, family: Family, weights: Weights, place: Place) -> Iterator[Finding]:
    need = weights.size * 1.2 / 2**30
    card = card_memory()
    if card is None:
        if need > 1:
            yield NO_GPU.at(place, f"{family.name} would run on the processor: no graphics card was found")
        if (room := machine_memory()) and need > room:
            yield MEMORY.at(place, f"{family.name} needs about {need:.0f} GiB, this machine has {room:.0f} GiB")
    elif not params.offload and need > 1 and (need := _need(params, family, weights)) > card:
        yield MEMORY.at(place, f"{family.name} needs about {need:.0f} GiB, the graphics card has {card:.0f} GiB")


def _controls(params: DiffusionParams, family: Family, segment: AnySegment) -> Iterator[Finding]:
    if params.camera and params.camera not in PHRASES:
        close = get_close_matches(params.camera.casefold().replace(" ", "_").replace("-", "_"), PHRASES, 1, 0.5)
        remedy = f"Did you mean {close[0]}?" if close else ""
        yield CAMERA_UNKNOWN.at(Place(path="camera"), f"{params.camera!r} is not a camera move", remedy)
    asked = {
        "camera": bool(params.camera) and not family.speaks,
        "prompts": bool(params.prompts) and not family.speaks,
        "negative": bool(params.negative) and not family.negative,
        "motion": (params.motion is not None or params.motion_raw is not None) and family.motion is None,
        "hold": params.hold is not None and family.hold is None,
    }
    for name, lacking in asked.items():
        if lacking:
            yield NO_CONTROL.at(Place(path=name), f"{family.name} has no control {name}")
    if isinstance(segment, Cutaway) and segment.mask:
        if params.camera and params.camera != "static":
            yield CAMERA_MASK.at(Place(path="camera"), "a camera move is asked for together with a mask")
        if segment.last:
            yield NO_CONTROL.at(Place(path="last"), "a last frame and a mask cannot both be kept")


def _prompts(params: DiffusionParams, family: Family, wish: Wish) -> Iterator[Finding]:
    fps, count = wish.delivery.fps, ceil(wish.seconds / stable(family))
    starts = [wish.seconds * part / count for part in range(count)]
    heard = {held_at(params, start, fps) for start in starts}
    for timed in params.prompts:
        if timed not in heard and family.speaks:
            begins = ", ".join(f"{float(start):.2f} s" for start in starts)
            words = f"no part of the shot begins while the prompt at {timed.at} holds; parts begin at {begins}"
            yield PROMPT_UNHEARD.at(Place(path="params.prompts"), words)


@cache
def card_memory() -> float | None:
    """Memory of the largest graphics card in GiB; None where there is none. Asked of the driver's own program, so
    that checking need not load torch."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    asked = [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True).stdout
        return max(float(line) for line in told.split()) / 1024
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def machine_memory() -> float:
    """Memory of this machine in GiB; 0 where it cannot be told."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemTotal:"):
                return float(line.split()[1]) / 2**20
    except OSError:
        return 0.0
    return 0.0
