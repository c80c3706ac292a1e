"""Where weights lie on this machine, whether they are whole, and which ones they are. Standard library only.

Weights are named by a local folder (an absolute path) or by the id of a model on a hub, whose files are looked for in
the cache that downloads fill (``HF_HUB_CACHE``, ``HF_HOME``). Nothing here, and nothing that renders, uses a network.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_SAMPLE = 1 << 16  # bytes of each end of a large file that go into a fingerprint
_SMALL = 1 << 22


class Lacking(Exception):
    """The weights cannot be used; ``remedy`` says what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class Weights:
    """A model's folder. ``commit`` is known of weights that came from a hub."""

    folder: Path
    commit: str = ""

    @property
    def index(self) -> dict[str, object]:
        """What ``model_index.json`` says: the pipeline's class and its components."""
        found = json.loads((self.folder / "model_index.json").read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}

    @property
    def pipeline(self) -> str:
        return str(self.index.get("_class_name", ""))

    @property
    def size(self) -> int:
        """Bytes of all weight files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*.safetensors"))

    def size_of(self, *components: str) -> int:
        """Bytes of the weight files of some components."""
        return sum(path.stat().st_size for name in components for path in (self.folder / name).glob("*.safetensors"))

    def config(self, component: str) -> dict[str, object]:
        """A component's settings; empty where there are none."""
        try:
            found = json.loads((self.folder / component / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def locate(written: str, revision: str = "") -> Weights:
    """Find weights and look whether they are whole.

    :raises Lacking: naming what is missing and what to do
    """
    weights = _local(written) if written.startswith(("/", "~")) else _cached(written, revision)
    try:
        named = weights.index
    except (OSError, ValueError):
        raise Lacking(
            f"{weights.folder} holds no model_index.json",
            "Name the folder of a diffusers pipeline: the one with model_index.json in it.",
        ) from None
    for component, kind in named.items():
        if isinstance(kind, list) and kind[0] is not None:
            _must_be_whole(weights.folder, component)
    return weights


def _local(written: str) -> Weights:
    folder = Path(written).expanduser()
    if not folder.is_dir():
        raise Lacking(f"there is no folder {written}", "Correct the path, or name the model by its id on the hub.")
    return Weights(folder)


def hub_cache() -> Path:
    """Where downloaded models lie."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub")


def _cached(written: str, revision: str) -> Weights:
    if not _HUB_ID.fullmatch(written):
        raise Lacking(
            f'"{written}" is neither an absolute path nor the id of a model',
            'Write an absolute path, or an id such as "Wan-AI/Wan2.2-TI2V-5B-Diffusers".',
        )
    home = hub_cache() / f"models--{written.replace('/', '--')}"
    get = f"Run: cutaway models download {written}" + (f" --revision {revision}" if revision else "")
    if not (home / "snapshots").is_dir():
        raise Lacking(f"{written} has not been downloaded", f"{get}, or name a local folder.")
    wanted = revision or "main"
    named = home / "refs" / wanted
    commit = named.read_text(encoding="utf-8").strip() if named.is_file() else wanted
    there = sorted(path.name for path in (home / "snapshots").iterdir())
    fitting = [name for name in there if _COMMIT.fullmatch(commit) and name.startswith(commit)]
    if not fitting:
        raise Lacking(
            f"revision {wanted} of {written} has not been downloaded; there is {', '.join(there) or 'none'}",
            f"{get}, or name a revision that is there.",
        )
    return Weights(home / "snapshots" / fitting[0], fitting[0])


def _must_be_whole(folder: Path, component: str) -> None:
    """Every shard that an index names is there, and every file is as long as its header says.

    :raises Lacking: naming the file
    """
    place = folder / component
    if not place.is_dir():
        raise Lacking(f"{folder.name} lacks its part {component}", "Download the model again.")
    for index in place.glob("*.safetensors.index.json"):
        shards = set(json.loads(index.read_text(encoding="utf-8")).get("weight_map", {}).values())
        for shard in sorted(shards):
            if not (place / shard).is_file():
                raise Lacking(f"{component}/{shard} is missing", "Download the model again.")
    for file in sorted(place.glob("*.safetensors")):
        if not _whole(file, file.stat().st_size):
            raise Lacking(f"{component}/{file.name} is damaged", "Delete that file and download the model again.")


def _whole(path: Path, size: int) -> bool:
    """Whether a safetensors file has the length that its header promises."""
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8:
            return False
        (length,) = struct.unpack("<Q", start)
        if length > min(size, 1 << 27):
            return False
        try:
            header = json.loads(file.read(length))
        except ValueError:
            return False
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    return bool(size == 8 + length + max(ends, default=0))


def fingerprint(*places: Path) -> str:
    """Which weights these are, without reading tens of gigabytes: names, sizes, small files whole, of large ones both
    ends (a safetensors file begins with the place of every tensor). 64 hexadecimal digits."""
    return _fingerprint(tuple((str(place), _stamp(place)) for place in places))


def _stamp(place: Path) -> tuple[tuple[str, int, int], ...]:
    return tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in _files(place))


@lru_cache(maxsize=32)
def _fingerprint(stamped: tuple[tuple[str, tuple[tuple[str, int, int], ...]], ...]) -> str:
    digest = hashlib.sha256()
    for place, files in stamped:
        for name, size, _ in files:
            digest.update(f"{os.path.relpath(name, place)} {size}\n".encode())
            with open(name, "rb") as file:
                if size <= _SMALL:
                    digest.update(file.read())
                else:
                    digest.update(file.read(_SAMPLE))
                    file.seek(-_SAMPLE, os.SEEK_END)
                    digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.suffix in (".json", ".safetensors", ".model", ".txt"):
            yield path
