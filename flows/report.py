"""``out/report.json``: what the master was made of, by which engines, with what seeds, and what was allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from edl.clock import rate_text
from edl.findings import Finding
from flows.guide import Advice
from flows.local_store import trouble, write_durably
from flows.plan import Plan
from flows.workplace import Workplace


def write_report(
    place: Workplace, final: Plan, advice: Advice, findings: tuple[Finding, ...], files: Mapping[str, str]
) -> None:
    """Write the report beside the master.

    :raises StoreTrouble: when the folder cannot be written
    """
    stands = [take for take in final.takes if take.chosen]
    document = {
        "title": place.loaded.project.title,
        "draft": place.draft,
        "files": dict(files),
        "frames": final.timeline.frames,
        "fps": rate_text(final.timeline.fps),
        "runs": [
            {
                "start": run.start,
                "frames": run.frames,
                "segment": run.base.segment if run.base else None,
                "shows": list(dict.fromkeys(layer.segment for layer in run.picture.layers)),
            }
            for run in final.timeline.runs
        ],
        "takes": [
            {
                "segment": take.segment,
                "take": take.parts[0][:12],
                "seed": take.seed,
                "engine": take.engine,
                **({"params": dict(take.params)} if take.params else {}),
            }
            for take in stands
        ],
        "choices": [
            {"segment": item.segment, "role": item.choice.role, "engine": item.choice.engine} for item in advice.choices
        ],
        "findings": [finding.as_json() for finding in findings],
    }
    path = place.folder / place.out / "report.json"
    with trouble(path.parent):
        write_durably(path, json.dumps(document, indent=1, ensure_ascii=False))
