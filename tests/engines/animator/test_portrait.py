"""The embedded animator, end to end on the demo's portrait: what must not move does not, what must move does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from edl.errors import Cancelled, Refused
from edl.facts import FaceFacts, InputFacts, Phone, VoiceFacts
from edl.findings import Severity
from edl.project import Loop, Talk
from edl.recipe import Native
from engines.animator.portrait import ENGINE, PortraitParams, PortraitSession, build_rig, perform
from engines.animator.rig.basis import Control
from engines.contract import Order, Shape, Wish

HOST = Path(__file__).parents[3] / "projects" / "demo" / "assets" / "host.jpg"
SMALL = Native(320, 180, Fraction(25), 50)
RATE = 16000
SENTENCE = "SIL HH AH L OW SIL M AA M AE P IY B OW F AY V W UW SIL"
SPOKEN = tuple(SENTENCE.split(" "))

Frame = NDArray[np.uint8]
MakeOrder = Callable[..., Order]


def voice(folder: Path, seconds: float = 2.0) -> dict[str, Path]:
    """A portrait, a sound that is loud in vowels, and the timings of both."""
    from engines.media.sound import write_wav

    step = seconds / len(SPOKEN)
    phones = tuple(Phone(name=name, start=i * step, end=(i + 1) * step) for i, name in enumerate(SPOKEN))
    times = np.arange(round(seconds * RATE)) / RATE
    loud = np.array([0.0 if p.name == "SIL" else 1.0 if p.name[0] in "AEIOU" else 0.3 for p in phones])
    sound = 0.4 * loud[np.minimum((times / step).astype(int), len(phones) - 1)] * np.sin(2 * np.pi * 180 * times)
    write_wav(folder / "voice.wav", sound.astype(np.float32), RATE)
    facts = VoiceFacts(samples=len(times), rate=RATE, phones=phones)
    (folder / "timings.json").write_text(facts.model_dump_json())
    return {"portrait": HOST, "sound": folder / "voice.wav", "timings": folder / "timings.json"}


def rendered(order: Order) -> list[Frame]:
    """The raw frames of an order."""
    frames: list[Frame] = []
    PortraitSession(watch=lambda frame: frames.append(frame.copy())).render(order)
    return frames


@pytest.fixture
def talk_order(make_order: MakeOrder, tmp_path: Path) -> Order:
    return make_order(PortraitParams(), SMALL, voice(tmp_path))


def test_a_talk_moves_only_the_face_and_begins_and_ends_on_the_still(talk_order: Order) -> None:
    frames = rendered(talk_order)
    rig = build_rig(HOST, SMALL.width, SMALL.height)
    outside = np.ones(rig.still.shape[:2], bool)
    x0, y0, x1, y1 = rig.roi
    outside[y0:y1, x0:x1] = False
    assert outside.mean() > 0.2
    assert len(frames) == SMALL.frames
    assert all((frame[outside] == rig.still[outside]).all() for frame in frames)
    assert (frames[0] == rig.still).all()
    assert (frames[-1] == rig.still).all()
    assert max(np.abs(frame.astype(int) - rig.still).max() for frame in frames) > 60


def test_the_same_order_gives_the_same_bytes(make_order: MakeOrder, tmp_path: Path) -> None:
    inputs = voice(tmp_path, 0.8)
    native = Native(320, 180, Fraction(25), 20)
    files = []
    for _ in range(2):
        order = make_order(PortraitParams(), native, inputs)
        files.append((order.folder / PortraitSession().render(order).media).read_bytes())
    assert files[0] == files[1]


def test_lips_meet_at_closures_and_part_at_vowels(talk_order: Order) -> None:
    rig, performance = build_rig(HOST, 640, 360), perform(talk_order)
    gaps = []
    for pose in performance.poses():
        moved = rig.moved(pose)
        gaps.append((moved[14, 1] - moved[13, 1]) / (rig.mesh.mouth_width * rig.mesh.frame.iod))
    facts = VoiceFacts.model_validate_json(talk_order.inputs["timings"].read_bytes())
    shown = {
        name: [gaps[round(((p.start + p.end) / 2 - 0.03) * 25)] for p in facts.phones if p.name in name.split()]
        for name in ("M B P", "AA AE AY")
    }
    assert max(shown["M B P"]) < 0.03
    assert min(shown["AA AE AY"]) > 0.10


@pytest.mark.slow
def test_the_mouth_that_is_seen_follows_the_mouth_that_was_driven(make_order: MakeOrder, tmp_path: Path) -> None:
    from engines.vision.faces import mouth_gap
    from engines.vision.landmarks import landmarker

    native = Native(640, 360, Fraction(25), 50)
    order = make_order(PortraitParams(), native, voice(tmp_path))
    seen = []
    for frame in rendered(order):
        points = landmarker().find(frame).points
        assert points is not None
        seen.append(mouth_gap(points))
    controls = perform(order).controls
    driven = controls[:, Control.JAW] * 0.33 + controls[:, Control.LOW] * 0.11 + controls[:, Control.UP] * 0.075
    scores = {lag: correlation(np.array(seen), driven, lag) for lag in range(-3, 4)}
    assert abs(max(scores, key=lambda lag: scores[lag])) <= 1
    assert scores[0] > 0.8


def correlation(one: NDArray[np.float64], other: NDArray[np.float64], lag: int) -> float:
    """Of ``one`` moved by ``lag`` frames against ``other``, ends left out."""
    middle = slice(4, -4)
    return float(np.corrcoef(np.roll(one, -lag)[middle], other[middle])[0, 1])


def test_a_loop_blinks_and_closes(make_order: MakeOrder) -> None:
    native = Native(320, 180, Fraction(25), 75)
    order = make_order(PortraitParams(), native, {"image": HOST})
    frames, performance = rendered(order), perform(order)
    rig = build_rig(HOST, 320, 180)
    assert (frames[0] == rig.still).all()
    assert performance.controls[:, Control.BLINK_LEFT].max() == pytest.approx(1, abs=0.05)
    assert not performance.controls[:, [Control.JAW, Control.UP, Control.LOW]].any()
    steps = [np.abs(one.astype(int) - other).mean() for one, other in zip(frames, frames[1:] + frames[:1], strict=True)]
    assert steps[-1] <= max(steps[:10])


def test_a_living_photo_moves_in_the_face_and_in_its_regions_and_nowhere_else(make_order: MakeOrder) -> None:
    region = {"polygon": [[0.0, 0.0], [0.3, 0.0], [0.3, 0.6], [0.0, 0.6]], "kind": "leaves"}
    params = PortraitParams.model_validate({"regions": [region]})
    frames = rendered(make_order(params, SMALL, {"portrait": HOST}))
    rig = build_rig(HOST, SMALL.width, SMALL.height)
    right = int(np.ceil((0.3 - rig.window.left) / rig.window.across * SMALL.width)) + 1
    below = int(np.ceil((0.6 - rig.window.top) / rig.window.down * SMALL.height)) + 1
    face, own = (np.zeros(rig.still.shape[:2], bool) for _ in range(2))
    face[rig.roi[1] : rig.roi[3], rig.roi[0] : rig.roi[2]] = True
    own[: max(0, below), : max(0, right)] = True
    alone = own & ~face
    assert alone.mean() > 0.05
    moved = np.any([(frame != rig.still).any(axis=2) for frame in frames], axis=0)
    assert not moved[~face & ~own].any()
    assert moved[alone].mean() > 0.2
    quiet = rendered(make_order(PortraitParams(), SMALL, {"portrait": HOST}))
    assert all((one[~own] == other[~own]).all() for one, other in zip(frames, quiet, strict=True))


def test_a_small_face_is_drawn_at_twice_its_size_and_rests_on_the_still(make_order: MakeOrder) -> None:
    rig = build_rig(HOST, 320, 180)
    assert rig.factor == 2
    poses = list(perform(make_order(PortraitParams(), SMALL, {"portrait": HOST})).poses())
    barely = rig.frame(type(poses[0])(poses[0].controls, across=1e-5))
    assert np.abs(barely.astype(int) - rig.still).max() <= 1


def test_params_change_the_motion(make_order: MakeOrder) -> None:
    calm = PortraitParams(liveliness=0, blinks=0, nod=0, gaze=0)
    quiet = perform(make_order(calm, SMALL, {"portrait": HOST}))
    assert not quiet.head.any()
    assert not quiet.controls.any()
    lively = perform(make_order(PortraitParams(), SMALL, {"portrait": HOST}))
    other = perform(make_order(PortraitParams(), SMALL, {"portrait": HOST}, seed=2))
    assert (lively.head != other.head).any()


def test_an_expression_colours_the_face_and_leaves_both_ends_alone(make_order: MakeOrder, tmp_path: Path) -> None:
    inputs = voice(tmp_path)
    neutral, warm, serious = (
        perform(make_order(PortraitParams.model_validate({"expression": name}), SMALL, inputs)).controls
        for name in ("neutral", "warm", "serious")
    )
    assert not neutral[:, [Control.SMILE, Control.FROWN]].any()
    assert 0.2 < warm[:, Control.SMILE].max() <= 0.6
    assert 0.3 < serious[:, Control.FROWN].max() <= 0.7
    for controls in (warm, serious):
        assert not controls[[0, -1]].any()
    assert (warm[:, Control.JAW] == neutral[:, Control.JAW]).all()


def test_parts_of_a_talk_go_on_from_one_another(make_order: MakeOrder, tmp_path: Path) -> None:
    """On both sides of a join the head moves as it does elsewhere, whatever the parts say and whichever their seeds."""
    one = perform(make_order(PortraitParams(joins="after", expression="warm"), SMALL, voice(tmp_path), seed=1))
    two = perform(make_order(PortraitParams(joins="both", expression="warm"), SMALL, voice(tmp_path), seed=7920))
    last = perform(make_order(PortraitParams(joins="before", expression="warm"), SMALL, voice(tmp_path), seed=5))
    for before, after in ((one, two), (two, last), (two, two)):
        joined = np.concatenate([before.head, after.head])
        bends = np.abs(np.diff(joined, n=2, axis=0))
        at = slice(SMALL.frames - 2, SMALL.frames)
        assert (bends[at] <= 1.01 * bends.max(axis=0)).all()
        assert bends[at, 3].max() < 0.1 * np.abs(joined[:, 3]).max()
        assert np.abs(np.diff(joined[SMALL.frames - 2 : SMALL.frames + 2], axis=0))[:, 3].min() > 1e-4  # no rest there
        assert before.controls[-1, Control.CLOSE] == pytest.approx(after.controls[0, Control.CLOSE], abs=0.02)
        assert before.controls[-1, Control.CLOSE] > 0.35  # a smile does not come back in a breath
        assert before.controls[-1, Control.SMILE] == pytest.approx(after.controls[0, Control.SMILE], abs=0.05)
    assert not one.controls[0].any()
    assert not last.controls[-1].any()
    assert not last.head[-1].any()


def test_a_join_is_not_seen_in_the_frames(make_order: MakeOrder, tmp_path: Path) -> None:
    inputs = voice(tmp_path)
    one = rendered(make_order(PortraitParams(joins="after"), SMALL, inputs, seed=1))
    two = rendered(make_order(PortraitParams(joins="before"), SMALL, inputs, seed=7920))
    frames = [frame.astype(np.int16) for frame in (*one, *two)]
    steps = np.array([np.abs(a - b).mean() for a, b in pairwise(frames)])
    join = SMALL.frames - 1
    assert 0 < steps[join] <= np.median(steps)
    assert steps[join] <= 1.5 * max(steps[join - 1], steps[join + 1])
    assert (one[-1] != one[0]).any()


def test_a_part_knows_only_whether_it_has_neighbours() -> None:
    def joins(start: int, rest: int) -> object:
        asked = replace(wish(None), start=Fraction(start), rest=Fraction(rest))
        return ENGINE.part(asked, PortraitParams()).model_dump()["joins"]

    assert [joins(0, 0), joins(0, 5), joins(20, 5), joins(30, 5), joins(20, 0)] == [
        "",
        "after",
        "both",
        "both",
        "before",
    ]
    loop = wish(None, name="image")
    assert ENGINE.part(loop, PortraitParams()) == PortraitParams()


def test_a_picture_without_a_face_is_refused(make_order: MakeOrder, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (320, 180), (90, 120, 60)).save(tmp_path / "meadow.png")
    with pytest.raises(Refused, match=r"meadow\.png"):
        PortraitSession().render(make_order(PortraitParams(), SMALL, {"portrait": tmp_path / "meadow.png"}))


def test_a_run_can_be_stopped(make_order: MakeOrder) -> None:
    order = make_order(PortraitParams(), SMALL, {"portrait": HOST}, cancelled=lambda: True)
    with pytest.raises(Cancelled):
        PortraitSession().render(order)


GOOD = FaceFacts(faces=1, eye_distance=200, sharpness=0.2, brightness=130, surround=120, covered=9)


def wish(face: FaceFacts | None, seconds: int = 3, name: str = "portrait") -> Wish:
    segment = Talk(talk="hello", who="host", say="hello") if name == "portrait" else Loop(loop="idle", image="a.jpg")
    facts = {name: InputFacts(faces=face)}
    return Wish(segment, Fraction(seconds), seconds * 25, Shape(1280, 720, Fraction(25)), facts=facts)


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        ({"faces": 0}, "portrait-no-face", Severity.ERROR),
        ({"faces": 3}, "portrait-several-faces", Severity.REFUSED),
        ({"yaw": 24.0}, "portrait-turned", Severity.WARNING),
        ({"yaw": -34.0}, "portrait-turned-away", Severity.REFUSED),
        ({"pitch": 31.0}, "portrait-turned-away", Severity.REFUSED),
        ({"eye_distance": 30.0}, "portrait-small", Severity.REFUSED),
        ({"cropped": True}, "portrait-cropped", Severity.REFUSED),
        ({"sharpness": 0.01}, "portrait-blurred", Severity.WARNING),
        ({"brightness": 30.0}, "portrait-dark", Severity.WARNING),
        ({"overexposed": 0.3}, "portrait-bright", Severity.WARNING),
        ({"covered": 40.0}, "portrait-covered", Severity.WARNING),
    ],
)
def test_check_names_what_is_wrong(change: dict[str, float | bool], code: str, severity: Severity) -> None:
    found = ENGINE.check(wish(GOOD.model_copy(update=change)), PortraitParams())
    assert [(finding.code, finding.severity) for finding in found] == [(code, severity)]
    assert found[0].place.path == "portrait"
    assert code in {known.name for known in ENGINE.codes}


def test_check_says_the_angle_and_what_to_do() -> None:
    (found,) = ENGINE.check(wish(GOOD.model_copy(update={"yaw": 34.2})), PortraitParams())
    assert "34 degrees" in found.message
    assert "frontal" in found.remedy


def test_check_is_quiet_about_good_and_about_unmeasured_portraits() -> None:
    assert ENGINE.check(wish(GOOD), PortraitParams()) == ()
    assert ENGINE.check(wish(None), PortraitParams()) == ()
    assert ENGINE.check(wish(None, name="image"), PortraitParams()) == ()


def test_an_open_smile_warns_only_on_a_long_talk() -> None:
    smiling = GOOD.model_copy(update={"mouth_gap": 0.15})
    assert ENGINE.check(wish(smiling), PortraitParams()) == ()
    assert [f.code for f in ENGINE.check(wish(smiling, 20), PortraitParams())] == ["portrait-open-smile"]
    assert ENGINE.check(wish(smiling, 20, "image"), PortraitParams()) == ()


def test_settings_of_speech_do_nothing_in_a_loop() -> None:
    settings = {"nod": 5.0, "blinks": 12.0}
    order = wish(GOOD, name="image")
    order = replace(order, segment=order.segment.model_copy(update={"params": settings}))
    found = ENGINE.check(order, PortraitParams.model_validate(settings))
    assert [(finding.code, finding.place.path) for finding in found] == [("no-effect", "params.nod")]


def test_a_switch_is_no_number() -> None:
    with pytest.raises(ValidationError, match="a number is needed"):
        PortraitParams.model_validate({"blinks": True})


def test_a_frame_does_not_depend_on_those_before_it(talk_order: Order) -> None:
    rig, poses = build_rig(HOST, 640, 360), list(perform(talk_order).poses())[10:16]
    forth = [rig.region(pose).copy() for pose in poses]
    back = [rig.region(pose).copy() for pose in reversed(poses)]
    assert all((one == other).all() for one, other in zip(forth, reversed(back), strict=True))
