"""The measuring programs run at tiny scale, so that they are ready for a day with a graphics card."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("diffusers")

from bench import diffusion_device
from bench.diffusion import cost_of, draw_still, on_device
from bench.diffusion_device import BEGIN, END, PAGE, into_page


def test_every_case_of_a_family_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but compiling, which takes minutes on a processor."""
    draw_still(tmp_path)
    quick = lambda *given: (case for case in diffusion_device.cases(*given) if case.name != "compile")  # noqa: E731
    monkeypatch.setattr("bench.diffusion.cases", quick)
    found = on_device(tmp_path, "cpu", ["ltx"], 2, ("native", "none_such"))
    rows = {line.split("|")[2].strip(): line for line in found.splitlines() if line.startswith("| `ltx`")}
    assert set(rows) == {
        "plain", "two takes in one call", "attention native", "attention none_such", "step cache 0.1", "fp8",
        "offload model", "offload group",
    }  # fmt: skip
    assert "cannot attend with none_such" in rows["attention none_such"]
    for case in ("plain", "two takes in one call", "fp8"):
        cold, kept, warm, each, peak = (float(part) for part in rows[case].split("|")[3:8])
        assert min(cold, kept, warm, peak) > 0
        assert each == pytest.approx(warm / (2 if "two" in case else 1), abs=0.01)


def test_the_table_goes_between_its_marks() -> None:
    page = PAGE.read_text(encoding="utf-8")
    done = into_page(page, "a table")
    assert f"{BEGIN}\na table\n{END}" in done
    assert into_page(done, page.partition(BEGIN)[2].partition(END)[0].strip("\n")) == page


@pytest.mark.slow
def test_the_overhead_over_a_bare_call_is_small(tmp_path: Path) -> None:
    draw_still(tmp_path)
    cost = cost_of("ltx", tmp_path, runs=3)
    assert cost.over < cost.allowed
