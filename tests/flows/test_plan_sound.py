"""The sound of a film in pieces: what is made again after which change, the gain of all, J and L cuts, cues, room."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from flows.level import first_gain, loudness, raised
from flows.plan import Action, Plan
from flows.plan_sound import plan_sound
from flows.plan_takes import plan_voice
from flows.planner import timeline_of
from tests.flows.stage import HEAD, Desk

SECOND = "word "  # of the mock voice: sixteen letters, 60 ms each
MUSIC = HEAD + "music: [{file: bed.wav, gain: -18, duck: 12}]\n"


def narrations(count: int, seconds: int = 60) -> str:
    text = ("lorem ipsum dolor sit amet " * 40)[: round(seconds / 0.06)]
    return "segments:\n" + "".join(f"  - narrate: n{at}\n    who: ann\n    say: {text}{at:03}\n" for at in range(count))


def made(found: Plan) -> Counter[str]:
    return Counter(step.kind.value for step in found.steps if step.action is not Action.REUSE)


@pytest.fixture
def long_film(desk: Callable[..., Desk]) -> Desk:
    """Five minutes of narration, music under it."""
    room = desk(narrations(5), MUSIC)
    soundfile.write(room.file.parent / "bed.wav", np.zeros((48_000, 2)), 48_000)
    return room


def change(room: Desk, old: str, new: str) -> None:
    room.file.write_text(room.file.read_text().replace(old, new))


def test_a_change_in_one_voice_makes_the_pieces_that_it_touches(long_film: Desk) -> None:
    first = long_film.make()
    assert first.done
    pieces = sum(step.kind == "sound" for step in first.steps)
    assert pieces == -(-first.timeline.frames // (25 * 64 // 5)) == 24
    change(long_film, "002", "zzz")  # as long as it was
    before = {step.recipe.name for step in first.steps if step.recipe}
    second = long_film.make()
    anew = Counter(step.kind.value for step in second.steps if step.recipe and step.recipe.name not in before)
    touched = anew["mix"]
    assert 5 <= touched <= 7  # a minute is 4.7 pieces
    assert anew == {"voice": 1, "mix": touched, "sound": touched, "master": 1}


def test_a_longer_film_keeps_its_beginning(long_film: Desk) -> None:
    first = long_film.make()
    long_film.file.write_text(long_film.file.read_text() + "  - title: end\n    text: End\n    duration: 20s\n")
    before = {step.recipe.name for step in first.steps if step.recipe}
    second = long_film.make()
    anew = Counter(step.kind.value for step in second.steps if step.recipe and step.recipe.name not in before)
    assert anew["mix"] == anew["sound"] == 3  # the one that was the last, and what came after it


def test_a_gain_of_music_makes_no_voice_and_no_track_again(long_film: Desk) -> None:
    long_film.make()
    change(long_film, "gain: -18", "gain: -17")
    assert set(made(long_film.plan())) == {"mix", "sound", "master"}


def test_loudness_makes_only_the_last_step_of_sound_again(long_film: Desk) -> None:
    long_film.make()
    change(long_film, "fps: 25}", "fps: 25, loudness: -20}")
    assert set(made(long_film.plan())) == {"sound", "master"}


def test_pieces_that_the_limiter_changes_are_tried_first(long_film: Desk) -> None:
    """The limiter takes 6 dB: the gain is raised, and all pieces are made with the gain that was found."""
    long_film.shelf.heard = {"energies": [4.8] * 128, "peak": 0.9}  # -30.7 LUFS: 14.5 dB to go, far over full scale
    seen: list[float] = []
    for _ in range(20):
        found = long_film.plan()
        if not found.ready:
            break
        for step in found.ready:
            if step.kind == "sound":
                assert step.recipe is not None
                seen.append(float(str(step.recipe.params["gain"])))
                long_film.shelf.heard = {"energies": [4.8 * 10 ** ((seen[-1] - 6) / 10)] * 128, "peak": 0.85}
            else:
                long_film.shelf.heard = {"energies": [4.8] * 128, "peak": 0.9}
            long_film.shelf.put(step)
    assert found.done
    assert sorted(set(seen)) == [14.5, 20.5]
    final = [step for step in found.steps if step.kind == "sound" and "@" not in step.id]
    assert {step.recipe.params["gain"] for step in final if step.recipe} == {20.5}
    assert sum(step.kind == "sound" for step in found.steps) == 2 * len(final)  # the trials stay part of the plan


def test_an_hour_is_planned_in_a_moment(desk: Callable[..., Desk]) -> None:
    room = desk(narrations(60), MUSIC)
    soundfile.write(room.file.parent / "bed.wav", np.zeros((48_000, 2)), 48_000)
    room.make()
    situation = room.situation()
    voices = {segment.id: plan_voice(situation, segment) for segment in situation.project.segments}
    timeline = timeline_of(situation, voices)
    best = 9.0
    for _ in range(3):
        began = time.process_time()
        found = plan_sound(situation, timeline, {}, voices)
        best = min(best, time.process_time() - began)
    assert len(found.pieces) > 280
    assert best < 0.3, best  # 0.06 s on an idle machine


JL = """\
segments:
  - title: open
    text: Open
    duration: 4s
  - narrate: late
    who: ann
    say: Every coastline starts as a still.
    sound: {lead: 1s, lag: 500ms, gain: -3, fade_out: 200ms}
  - title: end
    text: End
    duration: 4s
"""


def test_j_and_l_cuts_of_a_voice(desk: Callable[..., Desk]) -> None:
    room = desk(JL)
    found = room.make("voice")
    slot = found.timeline.slot("late")
    assert (slot.start, slot.voice) == (100, -25)
    voice = -(-960 * len("Every coastline starts as a still.") * 25 // 16_000)
    assert slot.frames == voice - 25 - 12 - 1 + (12 * 2 + 1 == 25) * 0 or slot.frames == voice - 25 - 13
    (sound,) = found.step("mix:1").recipe.params["sounds"]  # type: ignore[union-attr]
    assert sound["start"] == 75 * 1920
    assert (sound["gain"], sound["fall"]) == (-3.0, 9600)


def test_room_tone_lies_where_nothing_else_sounds(desk: Callable[..., Desk]) -> None:
    room = desk(JL, HEAD + "room: {file: room.wav, gain: -3}\n")
    soundfile.write(room.file.parent / "room.wav", np.zeros((48_000, 2)), 48_000)
    found = room.make("voice", "track")
    params = found.step("mix:1").recipe.params  # type: ignore[union-attr]
    (sound,) = params["sounds"]
    gaps = params["room"]["gaps"]
    assert gaps[0][1] == sound["start"]
    assert gaps[1][0] == sound["end"]


def test_cues_have_their_place(desk: Callable[..., Desk]) -> None:
    cues = (
        "music:\n  - {file: bed.wav, from: {segment: end, shift: -1s}, fade_in: 1s}\n  - {file: bed.wav, until: 2s}\n"
    )
    room = desk(JL, HEAD + cues)
    soundfile.write(room.file.parent / "bed.wav", np.zeros((48_000, 2)), 48_000)
    found = room.make("voice", "track")
    late, early = found.step("mix:1").recipe.params["music"]  # type: ignore[union-attr]
    assert late["start"] == (found.timeline.slot("end").start - 25) * 1920
    assert (early["start"], early["end"]) == (0, 96_000)


def test_gain_goes_in_steps() -> None:
    assert first_gain(-21.3, -16) == 5.5
    assert first_gain(None, -16) == 0
    assert first_gain(-90.0, -16) == 40
    assert raised(5.5, -16.2, -16) == 5.5
    assert raised(5.5, -17.0, -16) == 6.5
    assert raised(5.5, -15.0, -16) == 5.5
    assert loudness([0.0] * 10, 48_000) is None


def test_no_piece_is_encoded_before_the_loudness_of_all_is_known(long_film: Desk) -> None:
    long_film.make("voice:", "track:")
    first = next(step for step in long_film.plan().ready if step.kind == "mix")
    long_film.shelf.put(first)
    found = long_film.plan()
    assert not [step.id for step in found.ready if step.kind == "sound"]
    assert any(step.reason == "waits for the loudness of the whole programme" for step in found.steps)


def test_the_film_fades_in_its_first_and_last_pieces_only(desk: Callable[..., Desk]) -> None:
    fade = "fade: {in: 10f, out: 1s}\n"
    mixes = [step for step in desk(narrations(1), HEAD + fade).make().steps if step.kind == "mix"]
    known = [step.recipe.params for step in mixes if step.recipe]
    assert known[0]["opening"] == [0, 19_200]
    assert all("opening" not in params for params in known[1:])
    assert [at for at, params in enumerate(known) if "closing" in params] == [len(known) - 1]
    first, last = known[-1]["closing"]
    assert last - first == 48_000
    assert last == known[-1]["samples"]
    silent = desk(narrations(1), HEAD + "fade: {in: 10f, out: 1s, sound: false}\n").make()
    assert not any("opening" in step.recipe.params for step in silent.steps if step.kind == "mix" and step.recipe)


def test_a_voice_waits_until_held_frames_are_over(desk: Callable[..., Desk]) -> None:
    segments = "segments:\n  - talk: hello\n    who: ann\n    say: Hello.\n    freeze: {start: 5f}\n"
    (mix,) = [step for step in desk(segments).make().steps if step.kind == "mix"]
    assert mix.recipe
    assert mix.recipe.params["sounds"][0]["start"] == 5 * 1920
