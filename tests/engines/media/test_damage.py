"""Damaged stretches of footage: found once, named with their times, and no hindrance where nothing of them is shown."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from edl.errors import Broken
from edl.facts import FootageFacts, InputFacts
from edl.project import Clip
from edl.recipe import Native
from engines.contract import Order, Shape, Wish
from engines.footage.clip import ENGINE, ClipParams
from engines.media.damage import measure_damage

FPS = Fraction(25)


@pytest.fixture
def film(ffmpeg: Callable[..., Path]) -> Path:
    """Four seconds with a key frame each second and sound."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=4,noise=alls=9:allf=t")
    sound = ("-f", "lavfi", "-i", "sine=f=440:d=4")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-bf", "0")
    return ffmpeg("film.mp4", *picture, *sound, *coded, "-c:a", "aac", "-shortest")


def spoil(path: Path, kind: str, first: float, last: float) -> None:
    """Overwrite what belongs to a stretch of the picture or of the sound, as a bad card does."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0] if kind == "video" else container.streams.audio[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        struck = [(packet.pos, packet.size) for packet in packets if first <= packet.pts * packet.time_base < last]
    with path.open("r+b") as file:
        for begin, size in struck:
            file.seek(begin)
            file.write(b"\xff" * size)


def finding(path: Path, in_: str, seconds: int) -> list[tuple[str, str]]:
    """What the engine says of a clip from ``in_`` on."""
    facts = InputFacts(damage=measure_damage(path), footage=FACTS)
    segment = Clip.model_validate({"clip": "a", "file": "film.mp4"})
    wish = Wish(segment, Fraction(seconds), 25 * seconds, Shape(96, 64, FPS), facts={"file": facts})
    return [(each.code, each.message) for each in ENGINE.check(wish, ClipParams.model_validate({"in_": in_}))]


FACTS = FootageFacts(width=96, height=64, fps="25", frames=100, seconds=4, has_sound=True, steady=True)


def test_a_whole_file_has_none(film: Path) -> None:
    assert measure_damage(film).stretches == ()


def test_a_damaged_picture_is_lost_up_to_the_next_key_frame(film: Path, make_order: Callable[..., Order]) -> None:
    spoil(film, "video", 1.48, 1.6)
    assert measure_damage(film).stretches == ((1.48, 2.0),)
    message = "the file is damaged at 1.48 to 2.00 s, the clip shows 1.00 to 2.00 s of it"
    assert finding(film, "1s", 1) == [("footage-damaged", message)]
    assert finding(film, "2s", 2) == finding(film, "0s", 1) == []
    with pytest.raises(Broken, match=r"film.mp4 cannot be decoded from about 1.44 s .* on: .*; use an undamaged copy"):
        ENGINE.open("cpu").render(make_order(ClipParams(), Native(96, 64, FPS, 60), {"file": film}))
    after = make_order(ClipParams.model_validate({"in_": "2s"}), Native(96, 64, FPS, 50), {"file": film})
    assert ENGINE.open("cpu").render(after).media  # what lies behind it is shown all the same


def test_damaged_sound(film: Path, make_order: Callable[..., Order]) -> None:
    spoil(film, "audio", 2.5, 2.7)
    ((first, last),) = measure_damage(film).stretches
    assert (first, last) == (pytest.approx(2.5, abs=0.03), pytest.approx(2.7, abs=0.03))
    with pytest.raises(Broken, match=r"the sound of film.mp4 cannot be decoded near 1.00 s of it: .*; use"):
        ENGINE.open("cpu").render(
            make_order(ClipParams.model_validate({"in_": "1s"}), Native(96, 64, FPS, 50), {"file": film})
        )
