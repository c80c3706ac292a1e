"""What a face does besides speaking follows the phrasing of the talk, starts and ends on the still, and closes."""

from __future__ import annotations

import numpy as np
import pytest

from edl.facts import Phone
from engines.animator.rig.blinks import LENGTH, blink_times
from engines.animator.rig.curves import RATE, Curve, Span
from engines.animator.rig.glances import gaze
from engines.animator.rig.liveliness import Manner, living_photo, talking_head
from engines.animator.rig.phrasing import Phrase, pauses_of, phrases_of

NATURAL = Manner(sway=1.0, blinks=19.0, nod=0.06)
STILL = Manner(sway=0.0, blinks=0.0, nod=0.06, gaze=0.0)
SENTENCE = "HH AH L OW W ER L D"
STRESSED = 3  # the phone that is loud and long


def speech(sentences: int) -> tuple[list[Phone], Curve]:
    """Sentences of 1.24 s with pauses of .4 s, their vowel OW being loud and long; and the loudness."""
    phones, at = [Phone(name="SIL", start=0, end=0.4)], 0.4
    for _ in range(sentences):
        for number, name in enumerate(SENTENCE.split()):
            length = 0.20 if number == STRESSED else 0.08
            phones.append(Phone(name=name, start=at, end=at + length))
            at += length
        phones.append(Phone(name="SIL", start=at, end=at + 0.4))
        at += 0.4
    envelope = np.zeros(int(at * RATE) + RATE)
    for phone in phones:
        loud = {"SIL": 0.0, "OW": 0.3, "AH": 0.1, "ER": 0.12}.get(phone.name, 0.05)
        envelope[int(phone.start * RATE) : int(phone.end * RATE)] = loud
    return phones, envelope


def span(seconds: float, before: bool = False, after: bool = False) -> Span:
    return Span(np.arange(0, seconds + 0.02, 0.04), seconds, before, after)


def phrases(sentences: int) -> tuple[Phrase, ...]:
    return phrases_of(*speech(sentences))


def test_phrases_lie_between_pauses_and_know_their_stressed_syllables() -> None:
    found = phrases(3)
    assert len(found) == 3
    assert [round(last - first, 3) for first, last in pauses_of(found)] == [0.4, 0.4]
    for phrase in found:
        (accent,) = phrase.accents
        assert accent.chief
        assert (accent.start - phrase.start, accent.end - accent.start) == pytest.approx((0.24, 0.20))
    assert phrases_of([Phone(name="SIL", start=0, end=2)], np.zeros(RATE)) == ()


def test_nods_and_brows_come_with_stress_and_not_between() -> None:
    talk = phrases(4)
    head = talking_head(STILL, talk, span(talk[-1].end + 1), 1)
    times = np.arange(len(head.pitch)) * 0.04
    for phrase in talk:
        (accent,) = phrase.accents
        inside = (times > phrase.start - 0.05) & (times < phrase.end)
        lowest = times[inside][np.argmin(head.pitch[inside])]
        assert accent.start - 0.05 < lowest < accent.end + 0.1
    lifted = [head.brow[(times > p.accents[0].start) & (times < p.accents[0].end)].max() > 0.2 for p in talk]
    assert sum(lifted) >= 2
    assert head.brow[times < talk[0].start].max() == 0
    assert not talking_head(Manner(0, 0, 0, brows=0, gaze=0), talk, span(8), 1).pitch.any()


def test_a_talking_head_starts_and_ends_on_the_still() -> None:
    talk = phrases(2)
    head = talking_head(NATURAL, talk, span(4.0), 1)
    for curve in (head.across, head.down, head.roll, head.yaw, head.pitch, head.brow, head.blink):
        assert abs(curve[0]) < 1e-9
        assert abs(curve[-1]) < 1e-9
    assert head.gaze.across[[0, -1]] == pytest.approx([0, 0], abs=1e-9)
    assert np.abs(head.yaw).max() > 0.01


def test_blinks_keep_their_rate_and_prefer_the_ends_of_phrases() -> None:
    talk = phrases(70)
    end = talk[-1].end + 1
    found = blink_times(np.random.default_rng(3), 19.0, end, talk)
    assert 0.75 * 19 <= len(found) * 60 / end <= 1.25 * 19
    assert min(np.diff(found)) > 1.0
    accents = [accent for phrase in talk for accent in phrase.accents]
    assert not any(moment < accent.end and moment + LENGTH > accent.start for moment in found for accent in accents)
    near = [any(abs(moment - phrase.end) < 0.1 for phrase in talk) for moment in found]
    assert np.mean(near) > 0.6
    assert blink_times(np.random.default_rng(3), 0.0, end, talk) == ()


def test_a_silent_face_blinks_at_uneven_intervals() -> None:
    found = blink_times(np.random.default_rng(3), 19.0, 120.0)
    assert 30 <= len(found) <= 46
    assert np.std(np.diff(found)) > 0.3
    assert found[-1] + LENGTH <= 119.5


@pytest.mark.parametrize("seconds", [0.2, 1.0, 4.0, 30.0])
def test_a_living_photo_closes(seconds: float) -> None:
    head = living_photo(NATURAL, span(seconds), 1)
    looks = head.gaze.across, head.gaze.down
    for curve in (head.across, head.down, head.roll, head.yaw, head.pitch, head.blink, *looks):
        assert curve[0] == pytest.approx(curve[-1], abs=1e-9)


def test_eyes_jump_and_come_back_to_the_viewer() -> None:
    talk = phrases(20)
    times = np.arange(0, talk[-1].end + 1, 0.01)
    found = gaze(np.random.default_rng(1), times, float(times[-1]), 1.0, talk)
    assert np.abs(found.across).max() > 0.3  # aside, in a pause
    assert np.mean(np.abs(found.across) < 0.11) > 0.8  # else at the viewer
    jumps = np.abs(np.diff(found.across)) > 1e-4
    assert jumps.mean() < 0.2  # still between the jumps
    assert found.across[[0, -1]] == pytest.approx([0, 0], abs=1e-12)


def test_eyes_turn_against_the_head() -> None:
    head = living_photo(Manner(1.0, 0.0, 0.0, gaze=1.0), span(20.0), 2)
    assert np.corrcoef(head.gaze.across, head.yaw)[0, 1] < -0.7
    fixed = living_photo(Manner(1.0, 0.0, 0.0, gaze=0.0), span(20.0), 2)
    assert not fixed.gaze.across.any()
