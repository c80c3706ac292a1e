"""``picks.yaml``: which takes a person chose or turned down. It lies beside the project, for version control.

A take is named by the first digits of the name of its first part. The last word on a take counts, and of several
picks for one segment the last one.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from edl.codes import FILE_MISSING, PICK_UNKNOWN, PICKS_WRONG
from edl.errors import ProjectInvalid
from edl.explain import find, steps_of
from edl.findings import Finding, Place
from edl.nodes import Node
from edl.project import Id, Model, Project
from edl.source import read

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


@dataclass(frozen=True)
class Picks:
    """All choices, oldest first. ``places`` says where each was written, as far as they come from a file."""

    choices: tuple[Pick, ...] = ()
    places: tuple[Place, ...] = field(default=(), compare=False)

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
        return Picks((*kept, pick))

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
    listed = top.value.get("picks") if isinstance(top.value, dict) else None
    if listed is None or not isinstance(listed.value, list):
        finding = PICKS_WRONG.at(top.place, f"{FILE} must hold picks: and a list of choices")
        return Picks(), (*findings, finding)
    known = {segment.id for segment in project.segments}
    choices: list[Pick] = []
    places: list[Place] = []
    for node in listed.value:
        pick = _pick(node)
        if isinstance(pick, Finding):
            findings = (*findings, pick)
            continue
        choices.append(pick)
        places.append(node.place)
        if pick.segment not in known:
            message = f'the project has no segment "{pick.segment}"'
            findings = (*findings, PICK_UNKNOWN.at(node.place, message))
    return Picks(tuple(choices), tuple(places)), findings


def _pick(node: Node) -> Pick | Finding:
    if not isinstance(node.value, dict):
        return PICKS_WRONG.at(node.place, "this entry is not made of keys and values")
    # As written: a name of digits alone is still a name.
    written = {key: value.raw for key, value in node.value.items() if value.value is not None}
    try:
        return Pick.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = find(node, steps_of(first["loc"])).place
        return PICKS_WRONG.at(place, f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}")


def write_picks(folder: Path, picks: Picks) -> None:
    """Write the choices beside the project: whole or not at all.

    :raises OSError: when the folder cannot be written.
    """
    lines = [_HEAD, "picks:" + ("" if picks.choices else " []") + "\n"]
    for pick in picks.choices:
        fields = pick.model_dump(mode="json", exclude_none=True)
        for index, (key, value) in enumerate(fields.items()):
            lines.append(f"{'  - ' if index == 0 else '    '}{key}: {_quoted(value)}\n")
    handle, temporary = tempfile.mkstemp(prefix=".picks-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        os.replace(temporary, folder / FILE)
    except BaseException:
        os.unlink(temporary)
        raise


_BARE = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _quoted(value: str | int) -> str:
    """A value as YAML reads it back: text always in double quotes, what could be lost escaped."""
    return _BARE.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    return "?" if 0xD800 <= code < 0xE000 else f"\\u{code:04X}"
