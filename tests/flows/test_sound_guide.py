"""Nonsense about sound is said before anything is rendered, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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


def test_what_is_right_is_not_mentioned(said: Callable[..., list[Finding]]) -> None:
    top = "music: [{file: bed.wav, from: {segment: one, shift: -1s}, until: {segment: one}, fade_in: 1s, duck: 9}]\n"
    assert not said("sound: {lead: 1s, lag: 500ms, fade_out: 200ms, gain: -3}", top)
