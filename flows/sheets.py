"""Contact sheets of takes: ``out/takes/ID.jpg``, one row a take, so that a person can choose."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import JsonValue

from edl.errors import Broken
from edl.recipe import canonical
from flows.local_store import sync_folder, trouble
from flows.plan import Plan, TakeState, words_of
from flows.workplace import Memory, Workplace

if TYPE_CHECKING:
    from engines.media.contact import Row

QUALITY = 88


def draw_sheet(place: Workplace, found: Plan, segment: str, view: Memory) -> str | None:
    """Draw the sheet of one segment; its file relative to the project's folder, or None without a finished take.

    A sheet that shows these very takes already is left as it is.

    :raises Damaged: for a part that is not what was published
    :raises StoreTrouble: when the folder cannot be written
    """
    takes = [take for take in found.takes if take.segment == segment and take.complete]
    if not takes:
        return None
    rejected = place.picks()[0].rejected(segment)
    mark = _mark(takes, rejected)
    file = f"{place.out}/takes/{segment}.jpg"
    path = place.folder / file
    with trouble(path.parent):
        if path.exists() and mark in path.read_bytes()[:4096]:
            return file
    from engines.media.contact import draw

    rows = [_row(place, take, view, rejected) for take in takes]
    data = io.BytesIO()
    draw(f"{segment}: {len(takes)} of {_asked(found, segment)} takes, {takes[0].engine}", rows).save(
        data, "JPEG", quality=QUALITY, comment=mark
    )
    with trouble(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_bytes(data.getvalue())
        draft.replace(path)
        sync_folder(path.parent)
    return file


def draw_sheets(place: Workplace, found: Plan, view: Memory) -> dict[str, str]:
    """Sheets of all segments with more than one finished take, by segment."""
    finished = [take.segment for take in found.takes if take.complete]
    several = [segment for segment in dict.fromkeys(finished) if finished.count(segment) > 1]
    drawn: dict[str, str] = {}
    for segment in several:
        with suppress(Broken):  # a file from elsewhere that only some programs open; the sheet is not worth a failure
            if file := draw_sheet(place, found, segment, view):
                drawn[segment] = file
    return drawn


def _row(place: Workplace, take: TakeState, view: Memory, rejected: frozenset[str]) -> Row:
    from engines.media.contact import Row

    parts = [part for name in take.parts if (part := view.find(name)) is not None]
    lines = [f"seed {take.seed}", take.parts[0][:12]]
    lines += [words_of({name: value}) for name, value in take.params.items()]
    lines += ["rejected"] if _is_rejected(take, rejected) else []
    files = tuple(place.store.fetch(part, part.media) for part in parts)
    return Row(files, f"take {take.number}", tuple(lines), take.chosen)


def _mark(takes: Sequence[TakeState], rejected: frozenset[str]) -> bytes:
    """What a sheet shows, as a digest that is kept in the picture's comment."""
    shown: list[JsonValue] = [
        [take.number, take.seed, list(take.parts), take.chosen, _is_rejected(take, rejected)] for take in takes
    ]
    return f"takes {hashlib.sha256(canonical(shown)).hexdigest()}".encode()


def _is_rejected(take: TakeState, rejected: frozenset[str]) -> bool:
    return any(part.startswith(name) for part in take.parts for name in rejected)


def _asked(found: Plan, segment: str) -> int:
    return sum(take.segment == segment for take in found.takes)
