"""Loading pipelines: offline, safetensors only, text encoders apart from the rest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"  # before the first import of a library that could ask the network

import diffusers
import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from edl.errors import Broken
from engines.diffusion._params import DiffusionParams
from engines.diffusion.rig.families import Family
from engines.diffusion.rig.faults import is_memory, memory_at
from engines.diffusion.rig.options import apply, place
from engines.diffusion.rig.pieces import let_old_protobuf_read_vocabularies

let_old_protobuf_read_vocabularies()
transformers_logging.disable_progress_bar()
diffusers_logging.disable_progress_bar()
diffusers_logging.set_verbosity_error()

_SMALLER = "set params.offload, choose a smaller family, or another machine"


@dataclass(frozen=True)
class Setup:
    """Everything that decides how a pipeline is loaded."""

    family: Family
    folder: Path
    device: str
    dtype: torch.dtype
    params: DiffusionParams

    def exact(self) -> Setup:
        """The same in full precision."""
        plain = self.params.model_copy(update={"precision": ""})
        return replace(self, dtype=torch.float32, params=plain)


def best_device(asked: str) -> str:
    """Where to compute: as asked, but on the processor where PyTorch cannot use the card that the driver offers."""
    without = asked.startswith("cuda") and not torch.cuda.is_available()
    return "cpu" if without or asked.startswith("cpu") else asked


def use_cores(threads: int) -> None:
    """Compute with so many threads; 0: with as many as this process has cores. Workers are started with one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(threads or cores)


def best_dtype(written: str, device: str) -> torch.dtype:
    """The number format: as asked, else bfloat16 on a graphics card and float32 on a processor."""
    if written:
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[written]
    return torch.float32 if device == "cpu" else torch.bfloat16


def load(setup: Setup) -> Any:
    """The pipeline without its text encoders, ready on its device. The VAE computes in float32: in 16 bits it is the
    usual source of black pictures.

    :raises Broken: for damaged or missing files
    :raises OutOfMemory: when it does not fit
    """
    family, params = setup.family, setup.params
    without = dict.fromkeys((*family.text, "prompt_enhancer", "duration_head"), None)
    named = _components(setup)
    pipe = _from_folder(setup, {name: None for name in without if name in named})
    with memory_at("while the model was loaded", _SMALLER):
        for at, lora in enumerate(params.loras):
            _add_lora(pipe, Path(lora.file).expanduser(), f"lora{at}")
        if params.loras:
            names = [f"lora{at}" for at in range(len(params.loras))]
            pipe.set_adapters(names, [lora.weight for lora in params.loras])
        if params.precision == "fp8":
            _store_in_eight_bits(pipe, setup.dtype)
        place(pipe, denoisers(pipe), setup.device, params.offload)
    pipe._saved = apply(pipe, denoisers(pipe), params)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def load_text(setup: Setup, pipe: Any) -> Any:
    """Only what encodes prompts, ready on the device."""
    wanted = {*setup.family.text, *_needed_to_build(setup.family)}
    others: dict[str, Any] = {name: None for name in _components(setup) if name not in wanted}
    if getattr(pipe, "safety_checker", None) is not None:
        others["safety_checker"] = pipe.safety_checker
    text = _from_folder(setup, others)
    with memory_at("while the text encoder was loaded", _SMALLER):
        text.to(setup.device)
    return text


def _needed_to_build(family: Family) -> tuple[str, ...]:
    return ("vae",) if family.name == "hunyuan1.5" else ()


def _components(setup: Setup) -> list[str]:
    from engines.diffusion._weights import Weights

    return [name for name, kind in Weights(setup.folder).index.items() if isinstance(kind, list) and kind[0]]


def _from_folder(setup: Setup, instead: Mapping[str, Any]) -> Any:
    kind = getattr(diffusers, setup.family.pipeline)
    with memory_at("while the model was loaded", _SMALLER):
        try:
            return kind.from_pretrained(
                setup.folder,
                dtype={"vae": torch.float32, "default": setup.dtype},
                local_files_only=True,
                use_safetensors=True,
                **instead,
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise Broken(f"the model in {setup.folder.name} cannot be loaded: {error}") from error
        except Exception as error:
            if type(error).__name__ != "SafetensorError":
                raise
            raise Broken(f"a weight file in {setup.folder.name} is damaged: {error}") from error


def _store_in_eight_bits(pipe: Any, dtype: torch.dtype) -> None:
    """Weights of the denoisers are kept as float8 and widened layer by layer while they compute."""
    for network in denoisers(pipe):
        network.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)


def _add_lora(pipe: Any, file: Path, name: str) -> None:
    try:
        pipe.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name=name, local_files_only=True)
        if getattr(pipe, "transformer_2", None) is not None:  # else only the first expert would hear of it
            pipe.load_lora_weights(
                str(file.parent), weight_name=file.name, adapter_name=name, load_into_transformer_2=True
            )
    except (OSError, ValueError, LookupError, AttributeError, RuntimeError, ImportError) as error:
        if is_memory(error):
            raise
        raise Broken(f"the LoRA {file.name} does not fit {type(pipe).__name__}: {error}") from error


def denoisers(pipe: Any) -> list[Any]:
    """The networks that are called at every step."""
    named = (getattr(pipe, name, None) for name in ("transformer", "transformer_2", "unet"))
    return [network for network in named if network is not None]
