"""Joins, layouts, ranges, held frames, fades and logos on the timeline: whole frames, nothing lost, nothing twice."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edl.clock import Time
from edl.join import Fade, Freeze, Transition
from edl.layout import Layout
from edl.logo import Logo
from edl.output import Output
from edl.picture import Blend, Fill, Inset, Layer, Picture, Run
from edl.project import Cutaway, From, Narrate, Project, Talk, Title
from edl.timeline import Timeline, Voiced, lay_out

PIP = Layout(pip="top-left")


def project(*segments, **keys):
    return Project(cutaway=1, title="x", output=Output(fps=keys.pop("fps", 25)), segments=segments, **keys)


def shot(name, frames=50, **keys):
    return Cutaway(id=name, image="x", duration=Time(frames=frames), **keys)


def talk(name, **keys):
    return Talk(id=name, who="host", say="one two", **keys)


def join(kind="dissolve", frames=10, **keys):
    return Transition(kind=kind, duration=Time(frames=frames), **keys)


def spans(line: Timeline) -> list[tuple[int, int]]:
    return [(run.start, run.end) for run in line.runs]


def test_a_join_overlaps_its_neighbours():
    line = lay_out(project(shot("a"), shot("b", transition=join())), {})
    assert [(slot.start, slot.end, slot.enter) for slot in line.spine] == [(0, 50, 0), (40, 90, 10)]
    assert spans(line) == [(0, 40), (40, 50), (50, 90)]
    blend = line.runs[1].picture.base
    assert blend == Blend(Picture(Layer("a", 40)), Picture(Layer("b", 0)), Fraction(1, 11), Fraction(1, 11))
    assert line.runs[2].picture == Picture(Layer("b", 10))


@pytest.mark.parametrize("frames", [1, 2, 9, 10])
def test_a_join_is_symmetrical(frames):
    line = lay_out(project(shot("a"), shot("b", transition=join(frames=frames))), {})
    base = line.runs[1].picture.base
    shares = [base.share + at * base.step for at in range(frames)]
    assert all(0 < share < 1 for share in shares)
    assert [1 - share for share in reversed(shares)] == shares


@pytest.mark.parametrize("frames", [1, 2, 9, 10])
def test_a_dip_goes_through_its_colour(frames):
    dip = join("dip", frames, color="#ff0000")
    runs = lay_out(project(shot("a"), shot("b", transition=dip)), {}).runs[1:-1]
    red, shares = Picture(Fill("#ff0000")), []
    for run in runs:
        base = run.picture.base
        into = base.later == red
        assert into or base.earlier == red
        values = [base.share + at * base.step for at in range(run.frames)]
        assert all(0 <= value <= 1 for value in values)
        shares += values if into else [1 - value for value in values]
    assert len(shares) == frames
    assert shares == shares[::-1]
    assert (max(shares) == 1) == (frames % 2 == 1)


def test_the_blend_takes_what_each_side_shows():
    lower = Title(id="name", text="x", style="lower_third", over="b", duration="5f")
    cover = shot("c", 8, over="a", from_="42f")
    line = lay_out(project(shot("a"), cover, shot("b", transition=join()), lower), {})
    assert spans(line) == [(0, 40), (40, 42), (42, 45), (45, 50), (50, 90)]
    first, second, third = (run.picture.base for run in line.runs[1:4])
    assert first.earlier == Picture(Layer("a", 40))
    assert second.earlier == Picture(Layer("c", 0))
    assert second.later == Picture(Layer("b", 2), drawn=(Layer("name", 2),))
    assert third.earlier == Picture(Layer("c", 3))
    assert third.later == Picture(Layer("b", 5))


def test_an_overlay_blends_with_its_host():
    cover = shot("c", 20, over="a", from_="10f", transition=join(frames=4), transition_out=join("wipe", 6))
    line = lay_out(project(shot("a"), cover), {})
    assert line.frames == 50
    assert spans(line) == [(0, 10), (10, 14), (14, 24), (24, 30), (30, 50)]
    into, away = line.runs[1].picture.base, line.runs[3].picture.base
    assert (into.earlier.base, into.later.base) == (Layer("a", 10), Layer("c", 0))
    assert (away.earlier.base, away.later.base, away.wipe.side) == (Layer("c", 14), Layer("a", 24), "left")


def test_an_overlay_over_a_range():
    cover = Cutaway(id="c", image="x", over=("a", "d"), from_="20f")
    line = lay_out(project(shot("a"), shot("b", transition=join()), shot("d"), cover, shot("e")), {})
    slot = line.slot("c")
    assert (slot.start, slot.end) == (20, line.slot("d").end)
    shown = [run for run in line.runs if run.base and run.base.segment == "c"]
    assert [(run.start, run.end) for run in shown] == [(20, 40), (40, 50), (50, 90), (90, 140)]
    assert all(run.picture == Picture(Layer("c", run.start - 20)) for run in shown)  # no join is seen under it


def test_a_range_keeps_its_picture_while_the_hosts_are_joined():
    cover = Cutaway(id="c", image="x", over=("a", "b"), layout=PIP)
    line = lay_out(project(shot("a"), shot("b", transition=join("dip", color="#00ff00")), cover), {})
    assert all(run.picture.inset == Inset(Layer("c", run.start), PIP) for run in line.runs)
    assert isinstance(line.runs[1].picture.base, Blend)


def test_a_talk_in_the_corner_of_a_shot():
    line = lay_out(project(shot("a", 100), talk("t", over="a", from_="10f", layout=PIP)), {"t": Voiced(Fraction(2))})
    slot = line.slot("t")
    assert (slot.start, slot.frames, line.misfits) == (10, 50, ())
    assert line.runs[1].picture == Picture(Layer("a", 10), Inset(Layer("t", 0), PIP))
    short = lay_out(project(shot("a", 40), talk("t", over="a", layout=PIP)), {"t": Voiced(Fraction(2))})
    assert [misfit.problem for misfit in short.misfits] == ["too-long"]


def test_held_frames_are_added():
    line = lay_out(project(talk("t", before="2f", freeze=Freeze(start="5f", end="10f"))), {"t": Voiced(Fraction(1))})
    slot = line.slot("t")
    assert (slot.frames, slot.voice, slot.moving.frames, slot.moving.voice) == (42, 7, 27, 2)
    assert [run.picture.base for run in line.runs] == [Layer("t", 0, True), Layer("t", 0), Layer("t", 26, True)]
    assert [run.frames for run in line.runs] == [5, 27, 10]


def test_the_film_fades():
    line = lay_out(project(shot("a", 20), fade=Fade(in_="4f", out="5f", color="#ffffff")), {})
    assert (line.fade, spans(line)) == ((4, 5), [(0, 4), (4, 15), (15, 20)])
    up, down = line.runs[0].picture.base, line.runs[2].picture.base
    assert [up.share + at * up.step for at in range(5)] == [0, Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), 1]
    assert (down.share, down.share + 4 * down.step) == (Fraction(1, 5), 1)
    assert up.earlier == down.later == Picture(Fill("#ffffff"))


def test_logos_of_the_film_and_of_a_segment():
    film, own = Logo(file="f.png", from_="5f", until="30f"), Logo(file="o.png")
    line = lay_out(project(shot("a", 20), shot("b", 20, overlay=[own]), overlay=[film]), {})
    assert [(run.start, [logo.file for logo in run.picture.logos]) for run in line.runs] == [
        (0, []),
        (5, ["f.png"]),
        (20, ["o.png", "f.png"]),
        (30, ["o.png"]),
    ]


@pytest.mark.parametrize(
    ("segments", "problem", "words"),
    [
        ([shot("a", 8), shot("b", transition=join())], "join-long", ["10 frames (0.40 s)", "a before it lasts only 8"]),
        ([shot("a"), shot("b", 8, transition=join())], "join-long", ["b itself lasts only 8"]),
        (
            [shot("a"), shot("b", 15, transition=join()), shot("c", transition=join())],
            "join-long",
            ["of the 15 frames", "takes 10, so that 5 frames"],
        ),
        ([shot("a"), shot("b", 12, over="a", transition=join(), transition_out=join())], "join-long", ["20 frames"]),
        (
            [shot("a"), shot("b", 20, over="a"), shot("c", 9, over="a", from_="10f", layout=PIP)],
            "collide",
            ["c starts at frame 10"],
        ),
        ([shot("a"), shot("b"), shot("c", 90, over=("a", "b"), from_="20f")], "too-long", ["a to b"]),
        ([shot("a"), shot("b"), shot("c", over=("a", "b"), from_="60f")], "outside", ["a, which lasts 50"]),
        (
            [shot("a"), shot("b"), shot("c", 40, over=("a", "b"), from_="30f"), shot("d", 9, over="b")],
            "collide",
            ["d starts at frame 50"],
        ),
    ],
)
def test_what_does_not_fit(segments, problem, words):
    line = lay_out(project(*segments), {})
    assert [misfit.problem for misfit in line.misfits] == [problem]
    assert all(each in line.misfits[0].message for each in words), line.misfits[0].message
    assert line.runs[-1].end == line.frames


def test_a_lower_third_meets_only_lower_thirds():
    name = {"text": "x", "style": "lower_third", "over": "a", "duration": "9f"}
    cover = shot("c", 20, over="a")
    line = lay_out(project(shot("a"), Title(id="n", **name), cover), {})
    assert not line.misfits
    assert line.runs[0].picture == Picture(Layer("c", 0), drawn=(Layer("n", 0),))
    twice = lay_out(project(shot("a"), Title(id="n", **name), Title(id="m", from_="5f", **name)), {})
    assert [each.problem for each in twice.misfits] == ["collide"]


def test_two_voices_in_one_join():
    voices = {"a": Voiced(Fraction(2)), "b": Voiced(Fraction(2))}
    loud = lay_out(project(talk("a"), talk("b", transition=join())), voices)
    assert [(each.segment, each.problem) for each in loud.doubts] == [("b", "both-speak")]
    assert not loud.misfits
    calm = lay_out(project(talk("a", after="4f"), talk("b", before="6f", transition=join())), voices)
    assert not calm.doubts


def test_fades_longer_than_the_film():
    line = lay_out(project(shot("a", 20), fade=Fade(in_="15f", out="15f")), {})
    assert [(each.segment, each.problem) for each in line.misfits] == [("", "fade-long")]
    assert line.runs[-1].end == 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "dissolve", "color": "#ffffff"},
        {"kind": "dip", "soft": 0.2},
        {"kind": "cut", "from": "left"},
        {"kind": "melt"},
    ],
)
def test_what_a_transition_would_ignore_is_refused(wrong):
    with pytest.raises(ValueError, match=r"belongs to|Input should be"):
        Transition.model_validate(wrong)


@pytest.mark.parametrize("wrong", [{}, {"pip": "top-left", "split": "left"}, {"split": "left", "size": 0.2}])
def test_a_layout_is_one_of_two(wrong):
    with pytest.raises(ValueError, match=r"one of two|belongs to"):
        Layout.model_validate(wrong)


JOINS = st.none() | st.builds(join, st.sampled_from(["cut", "dissolve", "dip", "wipe"]), st.integers(1, 30))
FREEZES = st.none() | st.builds(
    Freeze, start=st.integers(0, 9).map(lambda f: Time(frames=f)), end=st.integers(0, 9).map(lambda f: Time(frames=f))
)
LAYOUTS = st.sampled_from([None, None, PIP, Layout(split="top"), Layout(pip="bottom-left", small="host")])


@st.composite
def films(draw):
    """A film whose segments are joined, held and covered in every way, whether that fits or not."""
    segments = []
    count = draw(st.integers(1, 5))
    for number in range(count):
        keys = {"transition": draw(JOINS), "freeze": draw(FREEZES)}
        segments.append(
            Narrate(id=f"s{number}", who="host", say="one two", transition=keys["transition"])
            if draw(st.integers(0, 4)) == 0
            else shot(f"s{number}", draw(st.integers(1, 80)), **keys)
        )
    for number in range(draw(st.integers(0, 5))):
        first = draw(st.integers(0, count - 1))
        last = draw(st.integers(first, count - 1))
        start = draw(st.integers(0, 60).map(lambda f: Time(frames=f)) | st.none() | st.just(From(word="two")))
        if isinstance(start, From) and not isinstance(segments[first], Narrate):
            start = None
        keys = {
            "over": f"s{first}" if first == last else (f"s{first}", f"s{last}"),
            "from_": start,
            "duration": draw(st.none() | st.integers(1, 60).map(lambda f: Time(frames=f))),
            "transition": draw(JOINS),
            "transition_out": draw(JOINS),
        }
        if draw(st.booleans()):
            segments.append(Title(id=f"o{number}", text="x", style="lower_third", **keys))
        else:
            segments.append(Cutaway(id=f"o{number}", image="x", layout=draw(LAYOUTS), freeze=draw(FREEZES), **keys))
    extra = {}
    if draw(st.booleans()):
        extra["fade"] = Fade(in_=Time(frames=draw(st.integers(0, 20))), out=Time(frames=draw(st.integers(0, 20))))
    if draw(st.booleans()):
        extra["overlay"] = [Logo(file="x", from_=Time(frames=3), until=Time(frames=draw(st.integers(4, 90))))]
    voices = {each.id: Voiced(Fraction(2)) for each in segments if isinstance(each, Narrate)}
    return project(*segments, fps=draw(st.sampled_from([25, "30000/1001", 60])), **extra), voices


def sides(picture: Picture) -> list[Picture]:
    """A picture and all that it blends."""
    inner = [picture.base.earlier, picture.base.later] if isinstance(picture.base, Blend) else []
    return [picture, *(deep for each in inner for deep in sides(each))]


@settings(max_examples=150)
@given(films())
def test_joined_films_hold_together(film):
    """Runs tile the programme; frames are those of the segments less the joins; every layer shows the frame that lies
    at that moment of its take; every blend stays between its two sides."""
    wanted, voices = film
    line = lay_out(wanted, voices)
    assert line.frames == sum(slot.frames - slot.enter for slot in line.spine)
    for before, after in zip(line.spine, line.spine[1:], strict=False):
        assert after.start == before.end - after.enter
        assert before.enter + after.enter <= before.frames
    at = 0
    for run in line.runs:
        assert (run.start, run.frames > 0) == (at, True)
        at = run.end
        for layer in run.picture.layers:
            moving = line.slot(layer.segment).moving
            assert 0 <= layer.first < moving.frames
            if not layer.still:
                assert run.start - moving.start == layer.first
                assert layer.first + run.frames <= moving.frames
        for blend in (each.base for each in sides(run.picture) if isinstance(each.base, Blend)):
            assert 0 <= blend.share <= blend.share + blend.step * (run.frames - 1) <= 1
    assert at == line.frames


@settings(max_examples=80)
@given(films())
def test_only_joins_show_two_segments_of_the_spine(film):
    wanted, voices = film
    line = lay_out(wanted, voices)
    spine = {slot.segment for slot in line.spine}
    for run in line.runs:
        shown = {layer.segment for layer in run.picture.layers} & spine
        inside = {slot.segment for slot in line.spine if slot.start < run.end and run.start < slot.end}
        assert shown <= inside
        assert len(inside) <= 1 + sum(
            slot.start < run.end and run.start < slot.start + slot.enter for slot in line.spine
        )


@settings(max_examples=60)
@given(films(), st.integers(1, 40))
def test_a_run_may_be_divided_anywhere(film, cut):
    line = lay_out(*film)
    run = line.runs[0]
    middle = run.start + min(cut, run.frames - 1)
    first, second = run.between(run.start, middle), run.between(middle, run.end)
    assert (first.picture, first.end, second.end) == (run.picture, second.start, run.end)
    assert run.picture.after(run.frames) == second.picture.after(second.frames)
    assert Run(run.start, run.frames, run.picture) == run
