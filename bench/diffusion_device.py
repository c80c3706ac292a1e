"""What a device makes of this engine: seconds a clip cold and warm, peak memory, and what each option gives.

Pipelines have their true architectures and random weights: seconds and memory are real, pictures are noise, and what
an option does to quality cannot be seen. At tiny scale the same runs on a processor, which only shows that it runs.
"""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp

import torch

from edl.errors import CutawayError
from edl.recipe import Recipe
from engines.contract import Made, Order
from engines.diffusion._session import Rig
from engines.diffusion.rig.families import FAMILIES

BEGIN, END = "<!-- measured: written by bench/diffusion.py --device -->", "<!-- end of measured -->"
PAGE = Path(__file__).parents[1] / "docs" / "diffusion.md"


@dataclass(frozen=True)
class Case:
    """One way to run a family. ``takes``: so many orders are given at once."""

    name: str
    params: dict[str, object] = field(default_factory=dict)
    takes: int = 1


@dataclass(frozen=True)
class Row:
    """What was measured, in seconds and bytes; ``fault`` says why not. ``cold``: with loading and the encoding of the
    prompt; ``kept``: loaded anew with embeddings kept; ``warm``: the next order of the session."""

    family: str
    case: str
    cold: float = 0.0
    kept: float = 0.0
    warm: float = 0.0
    takes: int = 1
    peak: int = 0
    fault: str = ""


class Folder:
    """Keeps what an engine keeps, in a folder."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def find(self, recipe: Recipe) -> Path | None:
        path = self._home / recipe.name
        return path if path.exists() else None

    def put(self, recipe: Recipe, data: bytes) -> None:
        (self._home / recipe.name).write_bytes(data)

    def drop(self, recipe: Recipe) -> None:
        (self._home / recipe.name).unlink(missing_ok=True)


def cases(family: str, attentions: tuple[str, ...]) -> Iterator[Case]:
    """What is tried with a family: only what it has."""
    row = FAMILIES[family]
    yield Case("plain")
    if row.batching != "single":
        yield Case("two takes in one call", {"batch": 2}, takes=2)
    yield Case("compile", {"compile": True})
    if row.layout != "svd":
        yield from (Case(f"attention {name}", {"attention": name}) for name in attentions)
    if "first-block" in row.caches:
        yield Case("step cache 0.1", {"step_cache": 0.1})
    yield Case("fp8", {"precision": "fp8"})
    yield from (Case(f"offload {kind}", {"offload": kind}) for kind in ("model", "group"))


def measure(family: str, case: Case, order: Order, device: str) -> Row:
    """Run a case: a new session, a new one with embeddings kept, and the next order of that one."""
    keep = Folder(Path(mkdtemp(dir=order.folder.parent)))
    try:
        cold, session = _loaded(order, case, keep, device)
        session.close()
        if device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats()
        kept, session = _loaded(order, case, keep, device)
        warm = _run(session, order, case, keep)
        session.close()
    except CutawayError as error:
        return Row(family, case.name, fault=str(error))
    return Row(family, case.name, cold, kept, warm, case.takes, _peak(device))


def _loaded(order: Order, case: Case, keep: Folder, device: str) -> tuple[float, Rig]:
    session = Rig(device)
    return _run(session, order, case, keep), session


def _run(session: Rig, order: Order, case: Case, keep: Folder) -> float:
    orders = [
        replace(order, seed=seed, folder=Path(mkdtemp(dir=order.folder.parent)), keep=keep)
        for seed in range(1, case.takes + 1)
    ]
    began = time.perf_counter()
    for made in session.render_batch(orders):
        if not isinstance(made, Made):
            raise made
    return time.perf_counter() - began


def _peak(device: str) -> int:
    if device.startswith("cuda"):
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def table(rows: list[Row], device: str, scale: str) -> str:
    """The rows as Markdown, with what they were measured on."""
    where = torch.cuda.get_device_name() if device.startswith("cuda") else f"a processor ({platform.machine()})"
    lines = [
        f"{where}, torch {torch.__version__}, {scale}; seconds, GiB at most:",
        "",
        "| family | case | cold | cold, embeddings kept | warm | warm, a take | memory |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        if row.fault:
            lines.append(f"| `{row.family}` | {row.case} | {row.fault} | | | | |")
            continue
        times = " | ".join(f"{value:.2f}" for value in (row.cold, row.kept, row.warm, row.warm / row.takes))
        lines.append(f"| `{row.family}` | {row.case} | {times} | {row.peak / 2**30:.1f} |")
    return "\n".join(lines)


def into_page(text: str, found: str) -> str:
    """A page with the table between its marks.

    :raises ValueError: when the page has no marks
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no {BEGIN} ... {END} to write between")
    return f"{before}{BEGIN}\n{found}\n{END}{after}"
