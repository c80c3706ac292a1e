"""Weights of models on this machine: which families there are, what is here, fetching and verifying."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from edl.errors import EnvironmentLacks
from engines.diffusion._weights import Lacking, locate
from engines.diffusion.rig.families import FAMILIES, Family
from flows.digests import digest_file
from flows.hub import Hub, HubFile, Listing, cache_folder
from flows.local_store import trouble, write_durably

DIGESTS = "cutaway-digests.json"
SPARE = 1 << 30  # bytes that stay free
GIB = float(1 << 30)
WEIGHTS = (".safetensors",)
SETTINGS = (".json", ".txt", ".model", ".md", ".jinja")
_VARIANT = re.compile(r"\.(fp16|bf16|fp32|non_ema|ema)(-\d+-of-\d+)?\.safetensors(\.index\.json)?$|\.index\.\w+\.json$")


class Digests(BaseModel):
    """What a download fetched: sha256 and size of every file, and the commit that it is of."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    model: str
    commit: str
    files: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Gpu:
    """A graphics card: its name, and its memory in GiB."""

    name: str
    memory: float


@dataclass(frozen=True)
class Model:
    """A family, and its weights as far as they are here. ``size`` in bytes, 0 while unknown."""

    family: Family
    folder: Path | None
    size: int
    lacks: str = ""

    def fits(self, gpu: Gpu | None) -> str:
        """In words: whether the family fits this machine's graphics card."""
        if gpu is None:
            return "on the CPU only"
        if self.family.memory <= gpu.memory:
            return "yes"
        return "only with offload"


def find_gpu() -> Gpu | None:
    """The first graphics card. Loads torch, where it is installed."""
    if find_spec("torch") is None:
        return None
    import torch

    if not torch.cuda.is_available():
        return None
    found = torch.cuda.get_device_properties(0)
    return Gpu(str(found.name), found.total_memory / GIB)


def models() -> Iterator[Model]:
    """All families, with what is here of each."""
    for family in FAMILIES.values():
        try:
            weights = locate(family.hub)
        except Lacking as lack:
            yield Model(family, None, 0, str(lack))
        else:
            yield Model(family, weights.folder, weights.size)


def model_name(written: str) -> str:
    """The hub's name of a family, or the name itself where it is one.

    :raises KeyError: for what is neither
    """
    if written in FAMILIES:
        return FAMILIES[written].hub
    if re.fullmatch(r"[\w.-]+/[\w.-]+", written):
        return written
    raise KeyError(written)


def download(
    model: str, revision: str, to: Path | None, hub: Hub, tell: Callable[[str], None] = lambda words: None
) -> Path:
    """Fetch a model's weights and settings; the folder they lie in. An earlier download that was stopped goes on.

    :param revision: a branch, tag or commit; empty for the main branch. The commit it names now is fetched and kept
    :raises EnvironmentLacks: without network or package, for an unknown model, or when the disk is too small
    """
    listing = hub.listing(model, revision)
    files = wanted(listing.files)
    if not files:
        raise EnvironmentLacks(f"{model} has no weights that diffusers reads", "name a model in diffusers' format")
    there = to if to is not None else cache_folder() / _cache_name(model) / "snapshots" / listing.commit
    missing = sum(file.size for file in files if not _has(there, file))
    tell(f"{model} at {listing.commit[:12]}: {len(files)} files, {missing / 1e9:.2f} GB to fetch")
    _must_fit(there, missing)
    folder = hub.fetch(model, listing.commit, [file.name for file in files], to)
    with trouble(folder):
        _name_revision(model, revision or "main", listing, to)
        _keep_digests(folder, model, listing.commit, files)
    return folder


def wanted(files: Sequence[HubFile]) -> tuple[HubFile, ...]:
    """What diffusers loads: settings, and the weights inside the folders of components. Left out: other formats, copies
    in other precisions, and single files of all weights beside the folders."""
    found = tuple(file for file in files if _wanted(file.name))
    return found if any(file.name.endswith(WEIGHTS) for file in found) else ()


def verify(folder: Path, tell: Callable[[str], None] = lambda words: None) -> Iterator[str]:
    """What is wrong with a model's folder, reading every byte where digests were kept at download.

    :raises EnvironmentLacks: when it is no model's folder
    """
    folder = folder.expanduser().resolve()
    if not folder.is_dir():
        raise EnvironmentLacks(f"there is no folder {folder}", "name the folder that cutaway models shows")
    digests = _digests(folder)
    for name, (size, sha256) in (digests.files if digests else {}).items():
        tell(name)
        if (wrong := _wrong(folder / name, size, sha256)) is not None:
            yield f"{name} {wrong}"
    try:
        locate(str(folder))
    except Lacking as lack:
        yield str(lack)


def is_known(folder: Path) -> bool:
    """Whether digests were kept, so that every byte can be compared."""
    return _digests(folder.expanduser().resolve()) is not None


def here(written: str) -> Path:
    """A folder as written, or where the weights of a family lie, whole or not.

    :raises EnvironmentLacks: when they are not here
    """
    if written not in FAMILIES:
        return Path(written)
    try:
        return locate(FAMILIES[written].hub).folder
    except Lacking as lack:
        home = cache_folder() / _cache_name(FAMILIES[written].hub) / "snapshots"
        kept = sorted(home.iterdir(), key=lambda path: path.stat().st_mtime) if home.is_dir() else []
        if kept:
            return kept[-1]
        raise EnvironmentLacks(str(lack), f"run: cutaway models download {written}") from lack


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    if path.name.startswith(".") or _VARIANT.search(path.name):
        return False
    inside = len(path.parts) == 2
    return (inside and path.suffix in WEIGHTS) or (len(path.parts) <= 2 and path.suffix in SETTINGS)


def _has(folder: Path, file: HubFile) -> bool:
    try:
        return (folder / file.name).stat().st_size == file.size
    except OSError:
        return False


def _must_fit(folder: Path, size: int) -> None:
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if size + SPARE > free:
        raise EnvironmentLacks(
            f"{size / 1e9:.1f} GB are to be fetched, the disk of {place} has {free / 1e9:.1f} GB free",
            "free some space, or name a folder on another disk with --to",
        )


def _cache_name(model: str) -> str:
    return f"models--{model.replace('/', '--')}"


def _name_revision(model: str, revision: str, listing: Listing, to: Path | None) -> None:
    """Let the cache know what a branch or tag means, since only the commit was fetched by name."""
    if to is not None or revision == listing.commit:
        return
    reference = cache_folder() / _cache_name(model) / "refs" / revision
    reference.parent.mkdir(parents=True, exist_ok=True)
    reference.write_text(listing.commit, encoding="utf-8")


def _keep_digests(folder: Path, model: str, commit: str, files: Sequence[HubFile]) -> None:
    """Write down what must lie here: as the hub says, and for small files that it says nothing of, as they came."""
    kept = {file.name: (file.size, file.sha256 or digest_file(folder / file.name)) for file in files}
    write_durably(folder / DIGESTS, Digests(model=model, commit=commit, files=kept).model_dump_json(indent=1))


def _digests(folder: Path) -> Digests | None:
    try:
        return Digests.model_validate(json.loads((folder / DIGESTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError):
        return None


def _wrong(path: Path, size: int, sha256: str) -> str | None:
    if not path.is_file():
        return "is missing"
    found = path.stat().st_size
    if found != size:
        return f"has {found} bytes instead of {size}"
    return None if digest_file(path) == sha256 else "is damaged: its sha256 is another"
