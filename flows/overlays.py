"""What lies over the pictures of a plan's deliveries, and what is said where it lies on one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edl.findings import Finding, Place
from edl.occupied import Laid, Occupied
from edl.paths import logo_files
from edl.picture_codes import MARK_OVER
from edl.timeline import Timeline
from flows.drafting import Situation
from flows.plan_scene import is_labelled
from flows.plan_takes import Take
from flows.plan_variants import Target, targets


def logo_sizes(situation: Situation) -> dict[str, tuple[int, int]]:
    """Width and height of the files of logos, as far as they were measured."""
    found = {}
    for _, _, written in logo_files(situation.project):
        if picture := situation.facts_of(written).picture:
            found[written] = (picture.width, picture.height)
    return found


def occupied_of(situation: Situation, timeline: Timeline, takes: Mapping[str, Take], target: Target) -> Occupied:
    """What lies over the pictures of one delivery."""
    marked = frozenset(segment for segment, take in takes.items() if is_labelled(situation, take))
    return Occupied(situation.project, (target.width, target.height), logo_sizes(situation), marked, timeline.runs)


def overlay_remarks(situation: Situation, timeline: Timeline, takes: Mapping[str, Take]) -> Iterator[Finding]:
    """Logos and labels that lie on one another, on a lower third, or on a small picture; each pair once."""
    found: dict[tuple[str, str], tuple[Laid, int, int, list[str]]] = {}
    for target in targets(situation.project, situation.folder):
        for mark, under, run in occupied_of(situation, timeline, takes, target).clashes():
            _, first, last, names = found.setdefault((str(mark), str(under)), (mark, run.start, run.end, []))
            names += [] if target.name in names else [target.name]
            found[str(mark), str(under)] = (mark, min(first, run.start), max(last, run.end), names)
    for (mark_name, under_name), (mark, first, last, names) in found.items():
        seconds = f" at {float(first / timeline.fps):.1f} to {float(last / timeline.fps):.1f} s"
        message = f"{mark_name} lies on {under_name}{seconds if timeline.exact else ''} ({', '.join(names)})"
        yield MARK_OVER.at(_place(situation, mark), message)


def _place(situation: Situation, mark: Laid) -> Place:
    owner, path = "", "output.label.corner"
    if mark.kind == "logo":
        owner, path = next((who, path) for who, path, file in logo_files(situation.project) if file == mark.name)
    if owner:
        return situation.place(owner, path)
    return situation.places.at(path) if situation.places else Place(path=path)
