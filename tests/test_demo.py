"""The demo, as a newcomer makes it, and what its master must hold."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench.demo import measure_lips, measure_master, rendered

DEMO = Path(__file__).parents[1] / "projects" / "demo"


@pytest.mark.slow
def test_the_demo_reaches_what_it_must(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns(".cutaway", "out"))
    command = [sys.executable, "-m", "flows.cli.app", "render", str(folder), "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["failed"] == []

    place, found = rendered(folder / "project.yaml")
    master = measure_master(place, found)
    assert found.timeline.exact
    assert 25 * 25 <= master.frames <= 40 * 25
    assert master.frames == master.announced == json.loads(run.stdout)["frames"]
    assert master.first_pts == 0
    assert abs(master.sound - master.sound_ought) <= 1
    assert abs(master.sound_lag) <= 1
    assert master.complaints == ""

    lips = list(measure_lips(place, found))
    assert len(lips) == 3
    for talk in lips:
        assert abs(talk.lag) <= 1.0, talk
        assert talk.correlation > 0.6, talk
        assert talk.lost == 0, talk
