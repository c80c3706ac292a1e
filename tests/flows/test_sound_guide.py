"""Nonsense about sound is said before anything is rendered, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from edl.findings import Finding
from edl.loader import load
from flows.digests import DigestBook
from flows.gather import gather
from flows.local_store import LocalStore
from flows.planner import timeline_of
from flows.sound_guide import sound_findings
from flows.workplace import Memory, examine, open_project, situate, survey
from tests.flows.stage import HEAD, Desk

FILM = """\
segments:
  - title: open
    text: Open
    duration: 2s
  - narrate: one
    who: ann
    say: Every coastline starts as a single still.
    {narrate}
  - title: end
    text: End
    duration: 1s
"""


@pytest.fixture
def said(desk: Callable[..., Desk]) -> Callable[..., list[Finding]]:
    """Findings of a film whose voices are there: ``said(narrate=..., top=...)``."""

    def judge(narrate: str = "", top: str = "") -> list[Finding]:
        room = desk(FILM.format(narrate=narrate), HEAD + top)
        folder = room.file.parent
        soundfile.write(folder / "bed.wav", np.zeros((5 * 8000, 1)), 8000)
        soundfile.write(folder / "short.wav", np.zeros((800, 1)), 8000)
        room.make("voice")
        loaded = load(room.file)
        store = LocalStore(folder / ".cutaway")
        known = gather(loaded, store, DigestBook(Path(folder / "digests.json")))
        situation = room.situation()
        from flows.plan_takes import plan_voice

        voices = {"one": plan_voice(situation, loaded.project.segment("one"))}  # type: ignore[arg-type]
        return list(sound_findings(loaded, known, timeline_of(situation, voices)))

    return judge


@pytest.mark.parametrize(
    ("narrate", "code", "words"),
    [
        ("sound: {lead: 2200ms}", "sound-beyond", "starts 2.00 s into the film"),
        ("sound: {lag: 1500ms}", "sound-beyond", "the film goes on for 1.00 s"),
        ("sound: {fade_in: 3s}", "fade-long", "its fades take 3.00"),
        ("sound: {lead: 1s}\n    before: 1s", "lead-and-before", "has lead: and before:"),
        ("sound: {lead: 1600ms, lag: 1s}", "sound-beyond", "nothing of one is left"),
    ],
)
def test_of_segments(narrate: str, code: str, words: str, said: Callable[..., list[Finding]]) -> None:
    found = said(narrate)
    assert [finding.code for finding in found] == [code]
    assert words in found[0].message
    assert found[0].place.line > 12


@pytest.mark.parametrize(
    ("music", "code", "words"),
    [
        ("from: 3s, until: 2s", "music-order", "begin at 3.00 s and end at 2.00 s"),
        ("from: 60s", "music-outside", "begins 60.00 s into a film"),
        ("from: {segment: nobody}", "mark-unknown", 'no segment "nobody"'),
        ("in: 6s", "music-outside", "is 5.00 s long"),
        ("in: 3s, out: 2s", "music-order", "out: is 2 s, in: is 3 s"),
        ("in: 1s, out: 1200ms", "loop-short", "0.20 s of bed.wav"),
        ("until: 1s, fade_in: 2s", "fade-long", "heard for 1.00 s"),
        ("until: 3s, in: 4s, loop: false", "music-ends", "1.00 s of bed.wav are to fill 3.00 s"),
    ],
)
def test_of_music(music: str, code: str, words: str, said: Callable[..., list[Finding]]) -> None:
    found = said(top=f"music: [{{file: bed.wav, {music}}}]\n")
    assert [finding.code for finding in found] == [code]
    assert words in found[0].message


def test_of_room_tone(said: Callable[..., list[Finding]]) -> None:
    assert [finding.code for finding in said(top="room: {file: short.wav}\n")] == ["loop-short"]


def clip(path: Path, picture: float, sound: float) -> None:
    """Footage of so many seconds of picture and of sound, the latter left out where it is 0."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=25)
        video.width, video.height = 64, 48
        audio = out.add_stream("pcm_s16le", rate=8000, layout="mono") if sound else None
        for _ in range(round(picture * 25)):
            out.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        out.mux(video.encode(None))
        if audio:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, round(sound * 8000)), np.int16), layout="mono")
            frame.sample_rate = 8000
            out.mux(audio.encode(frame))
            out.mux(audio.encode(None))


@pytest.mark.parametrize(
    ("picture", "sound", "keys", "code", "words"),
    [
        (2, 1, "", "sound-uneven", "ends 1.00 s before shot does"),
        (2, 1, "duration: 1s", "", ""),
        (1, 2, "", "sound-uneven", "goes on for 1.00 s after its picture"),
        (1, 2, "sound: {lag: 1s}", "", ""),
        (1, 1.02, "", "", ""),
        (1, 2, "sound: false", "", ""),
        (1, 0, "sound: {gain: -3}", "no-effect", "there is none in"),
        (1, 0, "", "", ""),
    ],
)
@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_of_footage_whose_sound_is_not_as_long_as_its_picture(
    picture: float, sound: float, keys: str, code: str, words: str, suffix: str, tmp_path: Path
) -> None:
    name = f"shot.{suffix}"
    clip(tmp_path / name, picture, sound)
    text = "cutaway: 1\ntitle: x\nsegments:\n  - {clip: shot, file: %s, %s}\n  - {title: t, text: t, duration: 2s}\n"
    (tmp_path / "project.yaml").write_text(text % (name, keys))
    place = open_project(tmp_path / "project.yaml")
    known = survey(place)
    situation = situate(place, known, place.picks()[0], Memory(place.store))
    found = sound_findings(place.loaded, known, timeline_of(situation, {}))
    assert [finding.code for finding in found] == [code] * bool(code)
    assert all(words in finding.message for finding in found)


def test_what_is_right_is_not_mentioned(said: Callable[..., list[Finding]]) -> None:
    top = "music: [{file: bed.wav, from: {segment: one, shift: -1s}, until: {segment: one}, fade_in: 1s, duck: 9}]\n"
    assert not said("sound: {lead: 1s, lag: 500ms, fade_out: 200ms, gain: -3}", top)


CUTS = """\
cutaway: 1
title: x
segments:
  - {narrate: one, who: ann, say: One two three.}
  - {clip: shot, file: shot.mov, duration: 5f, sound: {%s}}
  - {title: end, text: End, duration: 10f}
  - {narrate: two, who: ann, say: One two three., sound: {%s}}
  - {clip: over, file: shot.mov, over: two, sound: {%s}}
cast: {ann: {}}
"""


@pytest.mark.parametrize(
    ("shot", "two", "over", "words"),
    [
        ("lag: 3f", "lag: 1f", "gain: -3", ["after two the film goes on for 0.00 s"]),
        ("lag: 3f", "gain: -3", "lag: 1f", ["after over the film goes on for 0.00 s"]),
        ("lag: 3f", "lead: 9s", "gain: -3", []),  # nobody knows yet how long the first voice is
    ],
)
def test_before_the_voices_exist_all_is_said_that_hangs_on_none(
    shot: str, two: str, over: str, words: list[str], tmp_path: Path
) -> None:
    """Said only when all was made once, and then nothing was delivered."""
    clip(tmp_path / "shot.mov", 20, 20)
    (tmp_path / "project.yaml").write_text(CUTS % (shot, two, over))
    place = open_project(tmp_path / "project.yaml")
    _, found = examine(place, survey(place), Memory(place.store))
    said = [finding.message for finding in found if finding.code == "sound-beyond"]
    assert [message.split(",")[0] for message in said] == words


def test_a_film_that_goes_on_for_a_guessed_length_is_not_judged(tmp_path: Path) -> None:
    clip(tmp_path / "shot.mov", 20, 20)
    text = CUTS % ("lag: 30f", "gain: -3", "gain: -3")
    (tmp_path / "project.yaml").write_text(
        text.replace("title: end, text: End, duration: 10f", "narrate: end, who: ann, say: Yes.")
    )
    place = open_project(tmp_path / "project.yaml")
    _, found = examine(place, survey(place), Memory(place.store))
    assert "sound-beyond" not in {finding.code for finding in found}
