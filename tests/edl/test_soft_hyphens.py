"""Soft hyphens: kept in titles, gone from all that is said, found in it or written elsewhere."""

from __future__ import annotations

from pathlib import Path

from edl.loader import load
from edl.project import From, Spoken, Title
from edl.soft_hyphens import SOFT
from edl.translation import read_translations
from edl.units import units_of
from edl.words import Match, find_phrase

PROJECT = f"""
cutaway: 1
title: t
cast: {{a: {{}}}}
pronounce: {{Dampf{SOFT}schiff: damp shiff}}
captions: {{languages: {{de: de.yaml}}}}
segments:
  - {{narrate: one, who: a, say: "Ein Dampf{SOFT}schiff{SOFT}kapitän, ein Dampf{SOFT}schiff.",
     chapter: Schiff{SOFT}fahrt}}
  - {{title: two, text: "Dampf{SOFT}schiff", over: one, from: {{word: "Dampf{SOFT}schiff"}}}}
"""


def test_soft_hyphens_stay_in_titles_alone(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "de.yaml").write_text(f"one: [Dampf{SOFT}schiff, 'zwei{SOFT}']", encoding="utf-8")
    loaded = load(tmp_path / "project.yaml")
    spoken, title = loaded.project.segments
    assert isinstance(spoken, Spoken)
    assert isinstance(title, Title)
    assert spoken.say == spoken.wording == "Ein Dampfschiffkapitän, ein Dampfschiff."
    assert spoken.chapter == "Schifffahrt"
    assert title.text == f"Dampf{SOFT}schiff"
    assert isinstance(title.from_, From)
    assert find_phrase(spoken.wording, title.from_.word) == Match(28, 39)
    assert list(loaded.project.pronounce) == ["Dampfschiff"]
    assert not any(finding.code == "pronounce-unused" for finding in loaded.warnings)
    texts, _ = read_translations(loaded.project, tmp_path, (), loaded.places)
    assert texts["de"].texts["one"].captions == ("Dampfschiff", "zwei")
    assert SOFT not in "".join(unit.text for unit in units_of(spoken.wording, (), 1))
