"""From an order to a finished part: prepare, sample (or find kept latents), decode, and hand frames to the sink."""

from __future__ import annotations

import hashlib
import importlib.metadata
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load as unpack
from safetensors.torch import save as pack

from edl.errors import Broken, EnvironmentLacks, Refused
from edl.recipe import Native, Recipe, differing
from engines.contract import Made, Order
from engines.diffusion._params import DiffusionParams, family_of, find, typed, weights_digest
from engines.diffusion._weights import Lacking
from engines.diffusion.rig.chain import keep_tail, match, read_tail, sharpen
from engines.diffusion.rig.decode import Developed, develop
from engines.diffusion.rig.families import Family
from engines.diffusion.rig.faults import free, memory_at
from engines.diffusion.rig.frozen import frozen
from engines.diffusion.rig.pipeline import Setup, best_device, best_dtype, load
from engines.diffusion.rig.prompts import Prompter, usual_negative
from engines.diffusion.rig.region import Brush, Weight, composite, soften
from engines.diffusion.rig.sample import Ask, Latents, NotFinite, sample
from engines.diffusion.rig.shape import frames_for
from engines.diffusion.rig.taps import Stills
from engines.media.sink import FrameSink
from engines.media.still import cover_still, read_still

Pixels = NDArray[np.uint8]
SAMPLING = 0.9  # the share of progress that belongs to sampling


@dataclass(frozen=True)
class Scene:
    """An order made ready: stills cut to the native size, what to make, and which takes share the call."""

    order: Order
    params: DiffusionParams
    family: Family
    native: Native
    anchor: Pixels
    start: Pixels
    skipped: int  # frames at the start that repeat the previous part
    frames: int  # to be sampled
    seeds: tuple[int, ...]
    last: Pixels | None
    weight: Weight | None
    mask: Weight | None


class Stage:
    """A loaded pipeline and what belongs to it."""

    def __init__(self, device: str) -> None:
        self._device = best_device(device)
        self._setup: Setup | None = None
        self._pipe: Any = None
        self._exact = False
        self._prompter: Prompter | None = None
        self._stills = Stills("")
        self.loads = 0

    def close(self) -> None:
        """Give everything back."""
        self._pipe = self._prompter = self._setup = None
        free()

    def shoot(self, order: Order) -> Made:
        """Make one part; see :meth:`engines.diffusion._session.Rig.render`."""
        scene = ready(order)
        return self._made(scene)

    def _made(self, scene: Scene) -> Made:
        order, began = scene.order, time.monotonic()
        self._prepare(scene)
        latents, ran = self._latents(scene)
        sampled = time.monotonic()
        developed = self._developed(scene, latents)
        media = _write(scene, developed)
        facts = {
            **_conditions(self._setup_now()),
            "seed": order.seed,
            "batch": len(scene.seeds),
            "sampling_seconds": round(sampled - began, 2),
            "decoding_seconds": round(time.monotonic() - sampled, 2),
            "peak_bytes": _peak(self._device),
            "frozen": list(frozen(developed.frames)),
        }
        return Made(media, {"diffusion": facts}, tuple(dict.fromkeys((*ran, *developed.ran))))

    def _prepare(self, scene: Scene) -> None:
        try:
            weights = find(scene.params)
        except Lacking as lack:
            raise EnvironmentLacks(str(lack), lack.remedy) from lack
        dtype = best_dtype(scene.params.dtype, self._device)
        setup = Setup(scene.family, weights.folder, self._device, dtype, scene.params.loaded)
        if setup == self._setup:
            return
        self.close()
        digest = weights_digest(scene.params)
        self._setup, self._exact = setup, False
        self._prompter = Prompter(setup, digest, self._loaded)
        self._stills = Stills(digest)

    def _setup_now(self) -> Setup:
        assert self._setup is not None
        return self._setup

    def _loaded(self) -> Any:
        if self._pipe is None:
            setup = self._setup_now()
            self._pipe = load(setup.exact() if self._exact else setup)
            self.loads += 1
        return self._pipe

    def _latents(self, scene: Scene) -> tuple[Latents, tuple[str, ...]]:
        """The take's latents: kept ones, or newly sampled together with those of the takes that share its batch."""
        order = scene.order
        if (file := order.keep.find(latents_recipe(scene, order.seed))) is not None:
            kept = unpack(file.read_bytes())
            return Latents(kept["z"], kept.get("timestep")), ("float32",) if "exact" in kept else ()
        try:
            found, exact = self._sampled(scene), False
        except NotFinite as fault:
            found, exact = self._again_exactly(scene, fault), True
        own = found[scene.seeds.index(order.seed)]
        for seed, latents in zip(scene.seeds, found, strict=True):
            if seed != order.seed:
                _keep(scene, seed, latents, exact)
        return own, ("float32",) if exact else ()

    def _again_exactly(self, scene: Scene, fault: NotFinite) -> list[Latents]:
        setup = self._setup_now()
        if "float32" not in scene.order.permitted or setup == setup.exact():
            raise Broken(f"{fault}; try another seed or fewer changes to the family's settings") from fault
        self._pipe, self._exact = None, True
        free()
        try:
            return self._sampled(scene)
        except NotFinite as again:
            raise Broken(f"{again}, in float32 too; try another seed") from again
        finally:
            self._pipe, self._exact = None, False
            free()

    def _sampled(self, scene: Scene) -> list[Latents]:
        params, family, order = scene.params, scene.family, scene.order
        pipe = self._loaded()
        embeds, guided = self._embeds(scene)
        image = Image.fromarray(scene.start)

        def heard(share: float) -> None:
            order.stop_if_cancelled()
            order.progress(share * SAMPLING, "")

        ask = Ask(
            family,
            image,
            scene.native.width,
            scene.native.height,
            _asked_frames(pipe, family, scene.frames),
            scene.seeds,
            params.steps or family.steps,
            params.guidance if params.guidance is not None else family.guidance,
            embeds,
            guided,
            Image.fromarray(scene.last) if scene.last is not None else None,
            params.motion,
            params.motion_raw,
            params.hold,
            self._brush(scene, _asked_frames(pipe, family, scene.frames)),
            heard,
        )
        order.stop_if_cancelled()
        with memory_at("while sampling", "set params.offload, a smaller width and height, or a smaller batch"):
            return sample(pipe, ask, self._stills, order.keep)

    def _brush(self, scene: Scene, frames: int) -> Brush | None:
        if scene.mask is None or not scene.family.locks:
            return None
        seed = scene.order.seed if len(scene.seeds) == 1 else scene.seeds[0]
        return Brush(scene.family, scene.mask, scene.anchor, frames, seed)

    def _embeds(self, scene: Scene) -> tuple[dict[str, torch.Tensor], bool]:
        """Embeddings by call keyword, and whether a negative prompt truly guides."""
        params, family = scene.params, scene.family
        if not family.embeds or self._prompter is None:
            return {}, False
        seen = digest = None
        if family.name == "hunyuan":
            seen, digest = Image.fromarray(scene.start), hashlib.sha256(scene.start.tobytes()).hexdigest()
        keep = scene.order.keep
        found = self._prompter.embeds(params.words, keep, seen, digest or "")
        guided = _guided(self._loaded(), params, family)
        if guided:
            if seen is not None:
                black = np.zeros_like(scene.start)
                seen, digest = Image.fromarray(black), hashlib.sha256(black.tobytes()).hexdigest()
            against = self._prompter.embeds(params.negative or usual_negative(self._loaded()), keep, seen, digest or "")
            found = found | {f"negative_{name}": value for name, value in against.items()}
        self._prompter.done()
        return found, guided

    def _developed(self, scene: Scene, latents: Latents) -> Developed:
        pipe = self._loaded()
        try:
            developed = develop(pipe, scene.family, latents, scene.order.permitted)
        except Exception:
            _keep(scene, scene.order.seed, latents, exact=False)
            raise
        if (checker := getattr(pipe, "safety_checker", None)) is None:
            return developed
        passed = checker.check_video_safety((developed.frames * 255).astype(np.uint8))
        if passed is None:
            raise Refused(f"the guardrail of {scene.family.name} refuses what was made")
        return replace(developed, frames=passed.astype(np.float32) / 255)


def ready(order: Order) -> Scene:
    """Read and cut the stills of an order. Pictures are cropped around their centre, never stretched."""
    params, native = typed(order.params), order.shape()
    family = family_of(params)
    size = native.width, native.height
    anchor = cover_still(read_still(order.inputs["image"]), *size)
    start, skipped, frames = anchor, 0, native.frames
    if "previous" in order.inputs:
        tail = read_tail(order.inputs["previous"], params.overlap)
        frames = frames_for(family.temporal, Fraction(native.frames + len(tail)))
        skipped = min(len(tail), frames - native.frames)  # a full part has no room to make frames again
        start = cover_still(tail[-max(1, skipped)], *size)
    weight = mask = None
    if "mask" in order.inputs:
        drawn = cover_still(read_still(order.inputs["mask"]), *size)[:, :, 0]
        weight = soften(drawn, params.feather)
        mask = (weight > 0).astype(np.float32)
    last = cover_still(read_still(order.inputs["last"]), *size) if "last" in order.inputs else None
    first = (order.seed - 1) // params.batch * params.batch + 1
    seeds = tuple(range(first, first + params.batch))
    return Scene(order, params, family, native, anchor, start, skipped, frames, seeds, last, weight, mask)


def latents_recipe(scene: Scene, seed: int) -> Recipe:
    """The recipe of one take's latents, whoever asks for it."""
    order = scene.order
    return Recipe(
        "diffusion/latents",
        1,
        differing(scene.params),
        scene.native,
        seed,
        {name: _digest(path) for name, path in order.inputs.items()},
        weights_digest(scene.params),
        order.permitted,
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _keep(scene: Scene, seed: int, latents: Latents, exact: bool) -> None:
    tensors = {"z": latents.z.contiguous()}
    if latents.timestep is not None:
        tensors["timestep"] = latents.timestep
    if exact:
        tensors["exact"] = torch.ones(1)
    scene.order.keep.put(latents_recipe(scene, seed), pack(tensors))


def _guided(pipe: Any, params: DiffusionParams, family: Family) -> bool:
    """Whether a second prompt is needed: never for embedded guidance without a negative prompt."""
    guidance = params.guidance if params.guidance is not None else family.guidance
    if family.layout in ("hunyuan", "framepack") and family.name != "hunyuan1.5":
        return guidance > 1 and (bool(params.negative) or not pipe.transformer.config.guidance_embeds)
    return family.negative and guidance > 1


def _asked_frames(pipe: Any, family: Family, frames: int) -> int:
    """HunyuanVideo with concatenated latents drops the still's own four frames after decoding."""
    config = getattr(getattr(pipe, "transformer", None), "config", {})
    return frames + 4 if config.get("image_condition_type") == "latent_concat" else frames


def _write(scene: Scene, developed: Developed) -> str:
    """Check the shape, match, composite, and hand the frames over."""
    order, native = scene.order, scene.native
    frames = developed.frames
    if frames.shape[1:] != (native.height, native.width, 3) or len(frames) < scene.skipped + native.frames:
        raise Broken(
            f"{scene.family.name} gave {len(frames)} frames of {frames.shape[2]}x{frames.shape[1]}, "
            f"{scene.skipped + native.frames} of {native.width}x{native.height} were ordered"
        )
    frames = frames[scene.skipped : scene.skipped + native.frames]
    if "previous" in order.inputs:
        frames = sharpen(match(frames, scene.anchor), scene.anchor)
    done = replace(order, progress=lambda share, words: order.progress(SAMPLING + (1 - SAMPLING) * share, words))
    tail: list[Pixels] = []
    with FrameSink(done) as sink:
        for pixels in _finished(scene, frames):
            sink.write(pixels)
            tail = [*tail[-(scene.params.overlap - 1) :], pixels] if scene.params.overlap > 1 else [pixels]
    if scene.params.join == "chain":
        keep_tail(order.folder, tail, scene.params.overlap)
    return sink.media


def _finished(scene: Scene, frames: NDArray[np.float32]) -> Iterator[Pixels]:
    for frame in frames:
        if scene.weight is not None:
            yield composite(frame, scene.anchor, scene.weight)
        else:
            yield np.ascontiguousarray(np.rint(frame * 255).astype(np.uint8))


def _conditions(setup: Setup) -> dict[str, Any]:
    """What the bytes depend on beside the recipe."""
    return {
        "family": setup.family.name,
        "device": torch.cuda.get_device_name(setup.device) if setup.device.startswith("cuda") else setup.device,
        "dtype": str(setup.dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "diffusers": importlib.metadata.version("diffusers"),
    }


def _peak(device: str) -> int:
    if device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated(device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
