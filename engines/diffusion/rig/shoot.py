"""From orders to finished parts: prepare, sample (or find kept latents), decode, and hand frames to the sink."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save as pack

from edl.errors import Broken, Cancelled, EnvironmentLacks, Failure, OutOfMemory, Refused
from engines.contract import Made, Order
from engines.diffusion._params import DiffusionParams, find, weights_digest
from engines.diffusion._weights import Lacking
from engines.diffusion.rig.bookmark import Bookmark
from engines.diffusion.rig.chain import keep_tail, match, sharpen
from engines.diffusion.rig.decode import Developed, develop
from engines.diffusion.rig.families import Family
from engines.diffusion.rig.faults import free, memory_at
from engines.diffusion.rig.frozen import frozen
from engines.diffusion.rig.pipeline import Setup, best_device, best_dtype, load, use_cores
from engines.diffusion.rig.prompts import Prompter, usual_negative
from engines.diffusion.rig.region import Brush, composite
from engines.diffusion.rig.sample import Ask, Latents, NotFinite, sample
from engines.diffusion.rig.scene import Pixels, Scene, latents_recipe, ready, state_recipe
from engines.diffusion.rig.taps import Stills
from engines.media.sink import FrameSink

SAMPLING = 0.9  # the share of progress that belongs to sampling


@dataclass(frozen=True)
class Exposed:
    """A take that has been sampled: its latents, the fallbacks that it took, how many of its steps an earlier run had
    made, and the share of the work that a step cache left out."""

    latents: Latents
    ran: tuple[str, ...] = ()
    resumed: int = 0
    saved: float = 0.0


class Stage:
    """A loaded pipeline and what belongs to it."""

    def __init__(self, device: str) -> None:
        self._device = best_device(device)
        self._setup: Setup | None = None
        self._pipe: Any = None
        self._exact = False
        self._prompter: Prompter | None = None
        self._stills = Stills("")
        self._bookmarks: list[Bookmark] = []  # of calls that came to their end
        self._stopped: Bookmark | None = None  # of the last call that did not
        self._expected: frozenset[str] = frozenset()  # latents of orders that come next
        self._waiting: dict[str, Exposed] = {}  # those of them that are there already
        self._too_many: set[str] = set()  # whose takes do not fit into memory together
        self.loads = 0

    def close(self) -> None:
        """Give everything back."""
        self._pipe = self._prompter = self._setup = None
        self._waiting.clear()
        free()

    def shoot(self, order: Order) -> Made:
        """Make one part; see :meth:`engines.diffusion._session.Rig.render`."""
        made = self.shoot_together([order])[0]
        if isinstance(made, Failure):
            raise made
        return made

    def shoot_together(self, orders: Sequence[Order]) -> list[Made | Failure]:
        """Make parts that differ only in the seed; each fails for itself.

        :raises Cancelled: when the run is to stop
        """
        scenes = [ready(order) for order in orders]
        self._expected = frozenset(latents_recipe(scene, scene.order.seed).name for scene in scenes)
        self._bookmarks.clear()
        self._waiting.clear()
        done: list[Made | Failure] = []
        for scene in scenes:
            try:
                done.append(self._made(scene))
            except Cancelled:
                raise
            except Failure as failure:
                done.append(failure)
        for bookmark in self._bookmarks:
            bookmark.drop()
        return done

    def _made(self, scene: Scene) -> Made:
        order, began = scene.order, time.monotonic()
        self._prepare(scene)
        exposed = self._exposed(scene)
        sampled = time.monotonic()
        developed = self._developed(scene, exposed)
        media = _write(scene, developed)
        order.keep.drop(latents_recipe(scene, order.seed))
        facts = {
            **_conditions(self._setup_now()),
            "seed": order.seed,
            "batch": 1 if "alone" in exposed.ran else len(scene.seeds),
            "resumed_at": exposed.resumed,
            "cache_saved": exposed.saved,
            "sampling_seconds": round(sampled - began, 2),
            "decoding_seconds": round(time.monotonic() - sampled, 2),
            "peak_bytes": _peak(self._device),
            "frozen": list(frozen(developed.frames)),
        }
        return Made(media, {"diffusion": facts}, tuple(dict.fromkeys((*exposed.ran, *developed.ran))))

    def _prepare(self, scene: Scene) -> None:
        if self._device == "cpu":
            use_cores(scene.params.threads)
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
        return self._setup.exact() if self._exact else self._setup

    def _loaded(self) -> Any:
        if self._pipe is None:
            self._pipe = load(self._setup_now())
            self.loads += 1
        return self._pipe

    def _exposed(self, scene: Scene) -> Exposed:
        """The take's latents: those that wait, kept ones, or newly sampled together with the takes of its block."""
        order = scene.order
        name = latents_recipe(scene, order.seed).name
        if name in self._waiting:
            return self._waiting.pop(name)
        if (file := order.keep.find(latents_recipe(scene, order.seed))) is not None:
            return _read(str(file))
        if len(scene.seeds) == 1:
            return self._sampled(scene)[0]
        block = latents_recipe(scene, 0).name
        if block not in self._too_many:
            try:
                return self._shared(scene, self._sampled(scene))
            except OutOfMemory:
                if "alone" not in order.permitted:
                    raise
                self._too_many.add(block)
                if self._stopped is not None:
                    self._stopped.drop()
        alone = self._sampled(replace(scene, seeds=(order.seed,)))[0]
        return replace(alone, ran=("alone", *alone.ran))

    def _shared(self, scene: Scene, found: list[Exposed]) -> Exposed:
        """The take's own latents; those of the other takes of its block wait for their orders, or are kept."""
        own = found[scene.seeds.index(scene.order.seed)]
        for seed, exposed in zip(scene.seeds, found, strict=True):
            name = latents_recipe(scene, seed).name
            if seed == scene.order.seed:
                continue
            if name in self._expected:
                self._waiting[name] = exposed
            else:
                _keep(scene, seed, exposed)
        return own

    def _sampled(self, scene: Scene) -> list[Exposed]:
        """All takes of a scene; in full precision where numbers are none."""
        try:
            return self._called(scene)
        except NotFinite as fault:
            plain = self._setup_now()
            if "float32" not in scene.order.permitted or plain == plain.exact():
                raise Broken(f"{fault}; try another seed or fewer changes to the family's settings") from fault
        self._pipe, self._exact = None, True
        free()
        try:
            return [replace(exposed, ran=("float32",)) for exposed in self._called(scene)]
        except NotFinite as again:
            raise Broken(f"{again}, in float32 too; try another seed") from again
        finally:
            self._pipe, self._exact = None, False
            free()

    def _called(self, scene: Scene) -> list[Exposed]:
        order = scene.order
        pipe = self._loaded()
        ask = self._ask(scene, pipe)
        order.stop_if_cancelled()
        try:
            with memory_at("while sampling", "set params.offload, a smaller width and height, or a smaller batch"):
                result = sample(pipe, ask, self._stills, order.keep)
        except Failure as fault:
            self._stopped = self._bookmarks.pop() if ask.bookmark else None
            kept = ask.bookmark.steps if ask.bookmark else 0
            if not kept or not isinstance(fault, OutOfMemory):
                raise
            words = f"{fault}; {kept} of {ask.all_steps} steps are kept, the next run goes on there"
            raise OutOfMemory(words) from fault
        saved = pipe._saved.take() if pipe._saved else 0.0
        return [Exposed(latents, resumed=result.resumed, saved=saved) for latents in result.latents]

    def _ask(self, scene: Scene, pipe: Any) -> Ask:
        params, family, order = scene.params, scene.family, scene.order
        embeds, guided = self._embeds(scene)
        frames = _asked_frames(pipe, family, scene.frames)

        def heard(share: float) -> None:
            order.stop_if_cancelled()
            order.progress(share * SAMPLING, "")

        return Ask(
            family,
            Image.fromarray(scene.start),
            scene.native.width,
            scene.native.height,
            frames,
            scene.seeds,
            params.steps or family.steps,
            params.guidance if params.guidance is not None else family.guidance,
            embeds,
            guided,
            Image.fromarray(scene.last) if scene.last is not None else None,
            params.motion,
            params.motion_raw,
            params.hold,
            self._brush(scene, frames),
            heard,
            self._bookmark(scene),
        )

    def _bookmark(self, scene: Scene) -> Bookmark | None:
        """Where the sampling of a scene is kept; nowhere with a step cache, which remembers more than the tape."""
        if scene.params.step_cache:
            return None
        bookmark = Bookmark(scene.order.keep, state_recipe(scene, _conditions(self._setup_now())))
        self._bookmarks.append(bookmark)
        return bookmark

    def _brush(self, scene: Scene, frames: int) -> Brush | None:
        if scene.mask is None or not scene.family.locks:
            return None
        return Brush(scene.family, scene.mask, scene.anchor, frames, scene.seeds)

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
            words = params.negative or usual_negative(self._loaded())
            against = self._prompter.embeds(words, keep, seen, digest or "", against=True)
            found = found | {f"negative_{name}": value for name, value in against.items()}
        self._prompter.done()
        return found, guided

    def _developed(self, scene: Scene, exposed: Exposed) -> Developed:
        pipe = self._loaded()
        try:
            with torch.random.fork_rng():  # some decoders add noise, from the generator that all share
                torch.manual_seed(scene.order.seed)
                developed = develop(pipe, scene.family, exposed.latents, scene.order.permitted)
        except Exception:
            _keep(scene, scene.order.seed, exposed)
            raise
        if (checker := getattr(pipe, "safety_checker", None)) is None:
            return developed
        passed = checker.check_video_safety((developed.frames * 255).astype(np.uint8))
        if passed is None:
            raise Refused(f"the guardrail of {scene.family.name} refuses what was made")
        return replace(developed, frames=passed.astype(np.float32) / 255)


def _keep(scene: Scene, seed: int, exposed: Exposed) -> None:
    tensors = {"z": exposed.latents.z.contiguous()}
    if exposed.latents.timestep is not None:
        tensors["timestep"] = exposed.latents.timestep
    scene.order.keep.put(latents_recipe(scene, seed), pack(tensors, {"ran": json.dumps(exposed.ran)}))


def _read(path: str) -> Exposed:
    with safe_open(path, "pt") as file:
        held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        return Exposed(Latents(held["z"], held.get("timestep")), tuple(json.loads(file.metadata()["ran"])))


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
