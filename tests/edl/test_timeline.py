"""The timeline: exact frames at any rate, without gaps or overlaps."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.clock import Time
from edl.facts import Word
from edl.output import Output
from edl.project import Clip, Cutaway, From, Narrate, Project, Talk, Title
from edl.rules import misfit_findings
from edl.timeline import Layer, Voiced, lay_out

RATES = [Fraction(25), Fraction(24), Fraction(30000, 1001), Fraction(60), Fraction(12)]
TEXT = "Every coastline starts as a single still."


def project(*segments, fps=Fraction(25)):
    return Project(cutaway=1, title="x", output=Output(fps=fps), segments=segments)


def talk(name="hello", **keys):
    return Talk(id=name, who="host", say=TEXT, **keys)


def shot(name="coast", **keys):
    return Cutaway(id=name, image="x", over="hello", **keys)


def spoken(seconds):
    """A voice that says one word every so often."""
    words, at = [], 0
    for number, word in enumerate(TEXT.rstrip(".").split()):
        step = float(seconds) / 7
        words.append(Word(text=word, start=number * step, end=(number + 1) * step, first=at, last=at + len(word)))
        at += len(word) + 1
    return Voiced(Fraction(seconds), tuple(words))


def test_a_talk_holds_its_voice_and_its_pauses():
    line = lay_out(project(talk(before="200ms", after="10f")), {"hello": Voiced(Fraction(201, 100))})
    slot = line.slot("hello")
    assert (slot.frames, slot.voice) == (5 + 51 + 10, 5)  # 2.01 s are 50.25 frames, held by 51
    assert line.exact


def test_without_the_voice_the_length_is_a_guess():
    line = lay_out(project(talk(), shot()), {})
    assert not line.exact
    assert line.slot("coast").frames == line.slot("hello").frames


@pytest.mark.parametrize(("nth", "shift", "start"), [(None, "0f", 25), (None, "-4f", 21), (None, "100ms", 27)])
def test_an_overlay_starts_on_its_word(nth, shift, start):
    wish = From(word="coastline", nth=nth, shift=shift)
    line = lay_out(project(talk(), shot(from_=wish, duration="1s")), {"hello": spoken(7)})
    assert line.slot("coast").start == start
    assert [(run.start, run.frames, run.base) for run in line.runs] == [
        (0, start, Layer("hello", 0)),
        (start, 25, Layer("coast", 0)),
        (start + 25, 150 - start, Layer("hello", start + 25)),
    ]


def test_the_word_counts_from_where_the_voice_begins():
    line = lay_out(project(talk(before="1s"), shot(from_=From(word="coastline"))), {"hello": spoken(7)})
    assert line.slot("coast").start == 50


@pytest.mark.parametrize(
    ("overlays", "problem", "words"),
    [
        ([shot(duration="8s")], "too-long", ["200 frames (8.00 s)", "175 frames (7.00 s)"]),
        ([shot(from_="8s")], "outside", ["200 frames (8.00 s)", "175 frames (7.00 s)"]),
        ([shot(from_=From(word="every", shift="-1f"))], "outside", ["-1 frames"]),
        ([shot(from_=From(word="nowhere"))], "no-word", ["nowhere"]),
        ([shot(), shot("b", from_="2s")], "collide", ["b starts at frame 50", "coast still shows until 175"]),
    ],
)
def test_misfits(overlays, problem, words):
    line = lay_out(project(talk(), *overlays), {"hello": spoken(7)})
    assert [misfit.problem for misfit in line.misfits] == [problem]
    assert all(each in line.misfits[0].message for each in words)
    assert sum(run.frames for run in line.runs) == line.frames


def test_every_overlay_under_a_long_one_collides():
    overlays = (shot("a"), shot("b", from_="1s", duration="1s"), shot("c", from_="3s", duration="1s"))
    line = lay_out(project(talk(), *overlays), {"hello": spoken(7)})
    assert [misfit.segment for misfit in line.misfits] == ["b", "c"]


def test_a_guess_is_no_reason_to_refuse():
    """While a voice is not made, only what is certain whatever its length is said."""
    fits = (shot("a", from_="1s", duration="60s"), shot("b", from_=From(word="single"), duration="1s"))
    assert not lay_out(project(talk(), *fits), {}).misfits
    meets = (shot("a", from_=From(word="coastline")), shot("b", from_=From(word="single")))
    assert [each.problem for each in lay_out(project(talk(), *meets), {}).misfits] == ["collide"]


def test_misfits_become_findings(good):
    line = lay_out(good.project, {"hello": Voiced(Fraction(1, 2)), "recorded": Voiced(Fraction(1))})
    findings = misfit_findings(good, line)
    assert [(each.code, each.place.path) for each in findings] == [("no-word", "segments[1].from.word")]
    assert all(each.blocks for each in findings)


def test_a_lower_third_keeps_the_picture_under_it():
    name = Title(id="name", text="Ada", style="lower_third", over="hello", from_="1s", duration="1s")
    runs = lay_out(project(talk(), name), {"hello": spoken(7)}).runs
    assert [(run.base, run.picture.drawn) for run in runs] == [
        (Layer("hello", 0), ()),
        (Layer("hello", 25), (Layer("name", 0),)),
        (Layer("hello", 50), ()),
    ]


def test_a_narration_is_black_where_nothing_covers_it():
    story = Narrate(id="hello", who="host", say=TEXT)
    runs = lay_out(project(story, shot(from_="1s", duration="1s")), {"hello": spoken(7)}).runs
    assert [run.base for run in runs] == [None, Layer("coast", 0), None]


def test_a_clip_lasts_as_long_as_its_file():
    line = lay_out(project(Clip(id="c", file="x")), {}, {"c": Fraction(5, 2)})
    assert (line.frames, line.exact) == (62, True)
    assert not lay_out(project(Clip(id="c", file="x")), {}).exact


def test_a_segment_that_is_not_there():
    with pytest.raises(KeyError):
        lay_out(project(talk()), {}).slot("nobody")


@st.composite
def films(draw):
    """A film of any rate with overlays that may fit or not, and its voices."""
    segments, voices = [], {}
    for number in range(draw(st.integers(1, 5))):
        name = f"s{number}"
        if draw(st.booleans()):
            model = draw(st.sampled_from([Talk, Narrate]))
            pauses = {key: Time(seconds=Fraction(draw(st.integers(0, 900)), 1000)) for key in ("before", "after")}
            segments.append(model(id=name, who="host", say=TEXT, **pauses))
            if draw(st.booleans()):
                voices[name] = spoken(Fraction(draw(st.integers(1, 300_000)), 48_000))
        else:
            segments.append(Title(id=name, text="x", duration=Time(frames=draw(st.integers(1, 200)))))
        for count in range(draw(st.integers(0, 3))):
            start = draw(st.none() | st.integers(0, 6000).map(lambda ms: Time(seconds=Fraction(ms, 1000))))
            length = draw(st.none() | st.integers(1, 3000).map(lambda ms: Time(seconds=Fraction(ms, 1000))))
            style = draw(st.sampled_from(["card", "lower_third"]))
            keys = {"text": "x", "style": style, "over": name, "from_": start, "duration": length}
            segments.append(Title(id=f"{name}o{count}", **keys))
    return project(*segments, fps=draw(st.sampled_from(RATES))), voices


@given(films())
def test_runs_tile_the_programme(film):
    """Whatever the project, every frame of the programme has exactly one picture."""
    wanted, voices = film
    line = lay_out(wanted, voices)
    at = 0
    for run in line.runs:
        assert run.start == at
        assert run.frames >= 1
        at += run.frames
    assert at == line.frames == sum(slot.frames for slot in line.spine)


@given(films())
def test_the_spine_has_no_gaps(film):
    wanted, voices = film
    line = lay_out(wanted, voices)
    assert [slot.segment for slot in line.spine] == [segment.id for segment in wanted.spine]
    for before, after in zip(line.spine, line.spine[1:], strict=False):
        assert before.end == after.start


@given(films())
def test_exact_overlays_lie_inside_their_segment(film):
    wanted, voices = film
    line = lay_out(wanted, voices)
    over = {segment.id: segment.over for segment in wanted.overlays}
    for slot in line.overlays:
        host = line.slot(over[slot.segment])
        assert host.start <= slot.start < host.end
        assert slot.frames >= 1
        if slot.exact:
            assert slot.end <= host.end


@given(films())
def test_pictures_run_on_where_they_are_seen(film):
    """A layer shows the frame that lies at that moment of its segment: nothing slips when something covers it."""
    wanted, voices = film
    line = lay_out(wanted, voices)
    for run in line.runs:
        for layer in run.picture.layers:
            slot = line.slot(layer.segment)
            assert run.start - slot.start == layer.first
            assert layer.first + run.frames <= slot.frames


@given(films(), st.integers(1, 50))
def test_more_pause_moves_only_what_follows(film, frames):
    wanted, voices = film
    first = wanted.spine[0]
    if not isinstance(first, (Talk, Narrate)):
        return
    pause = Time(frames=first.after.pause(wanted.output.fps) + frames)
    longer = first.model_copy(update={"after": pause})
    later = wanted.model_copy(update={"segments": (longer, *wanted.segments[1:])})
    old, new = lay_out(wanted, voices), lay_out(later, voices)
    assert new.frames == old.frames + frames
    assert [slot.start + frames for slot in old.spine[1:]] == [slot.start for slot in new.spine[1:]]


def test_times_that_meet_between_two_frames_share_none():
    """Half a second is 12.5 frames: a start is rounded down, a length up."""
    overlays = (shot("a", duration="500ms"), shot("b", from_="500ms", duration="500ms"), shot("c", from_="1s"))
    line = lay_out(project(talk(), *overlays), {"hello": spoken(7)})
    assert not line.misfits
    assert [(slot.start, slot.end) for slot in line.overlays] == [(0, 12), (12, 25), (25, 175)]


def test_times_that_overlap_as_written_collide():
    overlays = (shot("a", duration="520ms"), shot("b", from_="500ms", duration="500ms"))
    line = lay_out(project(talk(), *overlays), {"hello": spoken(7)})
    assert [misfit.problem for misfit in line.misfits] == ["collide"]
