"""Takes of a service that come back longer or shorter than they were ordered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import httpx
import pytest

from tests.flows.stage import Shell
from tests.flows.test_paid import FILM, counts, provider, shop

__all__ = ["counts", "provider", "shop"]
Counts = Callable[[], tuple[int, int]]


def _render(shop: Shell, file: Path, provider: str, longer: int) -> tuple[int, dict[str, object]]:
    httpx.post(f"{provider}/faults", json={"longer": longer}, trust_env=False).raise_for_status()
    ran = shop("render", file, "--json", code=None)
    return ran.code, ran.json


def _codes(found: dict[str, object]) -> list[str]:
    listed = found["findings"]
    assert isinstance(listed, list)
    return [str(finding["code"]) for finding in listed]


@pytest.mark.parametrize(("longer", "code"), [(1, []), (6, ["take-long"])])
def test_what_is_too_long_is_cut_off_and_said(shop: Shell, film, provider: str, longer: int, code: list[str]) -> None:
    file = film(FILM)
    status, found = _render(shop, file, provider, longer)
    assert status == 0
    assert _codes(found) == code
    with av.open(str(file.parent / "out/master.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 30


def test_one_frame_too_few_is_shown_twice_and_more_is_refused(shop: Shell, film, provider: str, counts: Counts) -> None:
    file = film(FILM)
    status, found = _render(shop, file, provider, -1)
    assert (status, _codes(found)) == (0, [])
    file.write_text(file.read_text().replace("duration: 1s", "duration: 2s"))
    status, found = _render(shop, file, provider, -20)
    assert status == 3
    assert _codes(found) == ["take-short"]
    listed = found["failed"]
    assert isinstance(listed, list)
    assert [step["step"].split("@")[0] for step in listed] == ["fit:master/bought"]
    message = found["findings"][0]["message"]  # type: ignore[index]
    assert "for 2.00 s" in message
    assert "have no picture" in message
    assert counts() == (2, 2)
    assert _render(shop, file, provider, -20)[0] == 3
    assert counts() == (2, 2)  # what was paid for is kept, and not bought again
