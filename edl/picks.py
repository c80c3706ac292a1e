"""``picks.yaml``: which takes a person chose or turned down, and which further ones were asked for. It lies beside the
project, for version control.

A take is named by the first digits of the name of its first part. The last word on a take counts, and of several
picks for one segment the last one. A retake is one more take of a segment, of another seed or with other settings.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, JsonValue, StringConstraints, ValidationError

from edl.codes import FILE_MISSING
from edl.errors import ProjectInvalid
from edl.explain import find, steps_of
from edl.fields import Id, Model, Seed
from edl.findings import Code, Finding, Place
from edl.nodes import Node, plain
from edl.project import Project
from edl.source import read
from edl.take_codes import PICK_UNKNOWN, PICKS_WRONG, RETAKE_STALE

FILE = "picks.yaml"

_HEAD = "# Which takes were chosen: written by cutaway pick. Keep it under version control.\n"


class Pick(Model):
    """One choice about one take."""

    segment: Id
    take: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{4,64}$")]
    seed: Annotated[int, Field(ge=0)] = 0
    verdict: Literal["pick", "reject"] = "pick"
    note: Annotated[str, StringConstraints(max_length=2000)] = ""
    time: datetime | None = None


class Retake(Model):
    """One more take of a segment. ``params`` are controls and settings that differ from the project's."""

    segment: Id
    seed: Seed = 1
    params: dict[str, JsonValue] = Field(default_factory=dict)
    time: datetime | None = None


@dataclass(frozen=True)
class Picks:
    """All choices and retakes, oldest first. ``places`` and ``retake_places`` say where each was written, as far as
    they come from a file."""

    choices: tuple[Pick, ...] = ()
    places: tuple[Place, ...] = field(default=(), compare=False)
    retakes: tuple[Retake, ...] = ()
    retake_places: tuple[Place, ...] = field(default=(), compare=False)

    def picked(self, segment: str) -> str | None:
        """The take that a person picked: the first digits of its name; None where nobody did."""
        picked = [take for take, pick in self._latest(segment).items() if pick.verdict == "pick"]
        return picked[-1] if picked else None

    def rejected(self, segment: str) -> frozenset[str]:
        """The takes that a person turned down."""
        return frozenset(take for take, pick in self._latest(segment).items() if pick.verdict == "reject")

    def having(self, pick: Pick) -> Picks:
        """These choices and one more; what it overrules is dropped."""
        kept = tuple(each for each in self.choices if not _overruled(each, pick))
        return Picks((*kept, pick), retakes=self.retakes, retake_places=self.retake_places)

    def asking(self, retakes: tuple[Retake, ...]) -> Picks:
        """These choices, and further takes asked for."""
        return Picks(self.choices, self.places, (*self.retakes, *retakes))

    def retakes_of(self, segment: str) -> tuple[Retake, ...]:
        """The further takes of one segment, in the order in which they were asked for."""
        return tuple(retake for retake in self.retakes if retake.segment == segment)

    def place_of(self, entry: Pick | Retake) -> Place:
        """Where an entry was written; only the file where that is not known."""
        listed: tuple[tuple[Pick | Retake, Place], ...] = (
            *zip(self.choices, self.places, strict=False),
            *zip(self.retakes, self.retake_places, strict=False),
        )
        return next((place for each, place in listed if each is entry), Place(FILE))

    def chosen(self, segment: str) -> Pick | None:
        """The entry that says which take of a segment was picked."""
        name = self.picked(segment)
        found = [pick for pick in self.choices if pick.segment == segment and pick.take == name]
        return found[-1] if found else None

    def _latest(self, segment: str) -> dict[str, Pick]:
        latest: dict[str, Pick] = {}
        for pick in self.choices:
            if pick.segment == segment:
                latest.pop(pick.take, None)
                latest[pick.take] = pick
        return latest


def _overruled(old: Pick, new: Pick) -> bool:
    same_take = old.take == new.take
    return old.segment == new.segment and (same_take or old.verdict == new.verdict == "pick")


def read_picks(folder: Path, project: Project) -> tuple[Picks, tuple[Finding, ...]]:
    """The choices beside a project, and what is wrong with them. Without a file there are none."""
    try:
        top, findings = read(folder / FILE, FILE)
    except ProjectInvalid as error:
        missing = all(each.code == FILE_MISSING.name for each in error.findings)
        return Picks(), () if missing else error.findings
    written = top.value if isinstance(top.value, dict) else {}
    lists = {key: written[key].value for key in ("picks", "retakes") if key in written}
    if not lists or not all(isinstance(each, list) for each in lists.values()):
        finding = PICKS_WRONG.at(top.place, f"{FILE} must hold picks: and a list of choices")
        return Picks(), (*findings, finding)
    known = {segment.id for segment in project.segments}
    picks, pick_places, pick_findings = _entries(Pick, lists.get("picks"), known, PICK_UNKNOWN)
    retakes, retake_places, retake_findings = _entries(Retake, lists.get("retakes"), known, RETAKE_STALE)
    return Picks(picks, pick_places, retakes, retake_places), (*findings, *pick_findings, *retake_findings)


Entry = TypeVar("Entry", Pick, Retake)


def _entries(
    model: type[Entry], nodes: object, known: Collection[str], unknown: Code
) -> tuple[tuple[Entry, ...], tuple[Place, ...], tuple[Finding, ...]]:
    """The readable entries of a list, their places, and what is wrong."""
    entries: list[Entry] = []
    places: list[Place] = []
    findings: list[Finding] = []
    for node in nodes if isinstance(nodes, list) else ():
        entry = _entry(model, node)
        if isinstance(entry, Finding):
            findings.append(entry)
            continue
        entries.append(entry)
        places.append(node.place)
        if entry.segment not in known:
            findings.append(unknown.at(node.place, f'the project has no segment "{entry.segment}"'))
    return tuple(entries), tuple(places), tuple(findings)


def _entry(model: type[Entry], node: Node) -> Entry | Finding:
    if not isinstance(node.value, dict):
        return PICKS_WRONG.at(node.place, "this entry is not made of keys and values")
    # As written: a name of digits alone is still a name.
    written = {
        key: plain(value) if isinstance(value.value, dict) else value.raw
        for key, value in node.value.items()
        if value.value is not None
    }
    try:
        return model.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = find(node, steps_of(first["loc"])).place
        return PICKS_WRONG.at(place, f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}")


def write_picks(folder: Path, picks: Picks) -> None:
    """Write the choices beside the project: whole or not at all.

    :raises OSError: when the folder cannot be written.
    """
    text = "".join(
        (_HEAD, *_listed("picks", picks.choices), *(_listed("retakes", picks.retakes) if picks.retakes else ()))
    )
    handle, temporary = tempfile.mkstemp(prefix=".picks-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.replace(temporary, folder / FILE)
    except BaseException:
        os.unlink(temporary)
        raise


def _listed(name: str, entries: Sequence[Pick | Retake]) -> Iterator[str]:
    yield f"{name}:{'' if entries else ' []'}\n"
    for entry in entries:
        fields = entry.model_dump(mode="json", exclude_none=True, exclude_defaults=isinstance(entry, Retake))
        for index, (key, value) in enumerate(fields.items()):
            yield f"{'  - ' if index == 0 else '    '}{key}: {_quoted(value)}\n"


_BARE = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _quoted(value: JsonValue) -> str:
    """A value as YAML reads it back: text always in double quotes, what could be lost escaped."""
    return _BARE.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return "?" if 0xD800 <= code < 0xE000 else f"\\u{code:04X}"
