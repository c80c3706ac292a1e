"""Captions stand clear of what lies over the picture, at the place nearest to their own; what they cover is said."""

from __future__ import annotations

import pytest

from edl.caption import CaptionStyle
from edl.cues import Cue, Said
from edl.loader import load
from edl.occupied import Laid
from engines.media.typefaces import EMBEDDED, Typeface
from flows.caption_places import stand_of
from tests.flows.stage import HEAD

SIZE = (640, 360)
WIDE = Cue("a", 0, 50, ((Said("Here are some words that fill", 0),), (Said("two lines of a caption well", 0),)))
LABEL = Laid("label", "AI", 500, 320, 600, 342)
INSET = Laid("inset", "face", 430, 230, 622, 342)
LOGO = Laid("logo", "logo.png", 18, 18, 180, 78)
WHOLE = Laid("inset", "whole", 0, 0, 640, 360)


def place(*laid: Laid, size: tuple[int, int] = SIZE, cue: Cue = WIDE, **style: object) -> tuple[str, float, int]:
    found = stand_of(size, CaptionStyle.model_validate(style), cue, laid)
    return found.at, found.lift, len(found.on)


def test_a_caption_stands_where_it_is_asked_to_when_nothing_is_there() -> None:
    assert place() == ("bottom", 0.0, 0)
    assert place(at="top") == ("top", 0.0, 0)
    assert place(LOGO) == ("bottom", 0.0, 0)  # it is up there


def test_a_caption_goes_above_a_small_picture_or_to_the_other_edge() -> None:
    low = Laid("inset", "face", 430, 270, 622, 342)
    at, lift, _ = place(low)
    assert at == "bottom"
    assert lift == pytest.approx((360 - 270) / 360 + 0.02 - 0.05, abs=1e-3)
    assert place(INSET)[0] == "bottom"
    assert place(Laid("inset", "face", 430, 150, 622, 342)) == ("top", 0.0, 0)  # above it is the middle of the picture


def test_a_caption_at_the_top_goes_below_a_logo() -> None:
    at, lift, on = place(LOGO, at="top", box=True)
    assert (at, on) == ("top", 0)
    assert lift == pytest.approx(78 / 360 + 0.02 - 0.05, abs=1e-3)


def test_a_caption_beside_a_round_picture_stays() -> None:
    """The corner of its box is near, its arc is not."""
    narrow = Cue("a", 0, 50, ((Said("Here are some words to fit", 0),),))
    box = (440.0, 182.0, 600.0, 342.0)
    assert place(Laid("inset", "face", *box), cue=narrow) == ("top", 0.0, 0)
    assert place(Laid("inset", "face", *box, radius=80.0), cue=narrow) == ("bottom", 0.0, 0)


def test_where_nothing_is_free_the_label_is_what_is_kept_clear() -> None:
    at, lift, on = place(WHOLE, LABEL, size=SIZE, cue=Cue("a", 0, 50, ((Said("x" * 42, 0),),)))
    assert on == 1
    assert (at, lift) != ("bottom", 0.0)


SMALL = """\
segments:
  - {cutaway: coast, image: still.png, duration: 4s}
  - {talk: hello, who: ann, say: Every coastline starts as a still., over: coast, layout: LAYOUT}
  - {talk: bye, who: bob, say: And here it ends.}
"""


def planned(desk, layout: str):
    studio = desk(SMALL.replace("LAYOUT", layout), head=HEAD + "captions: {burn: line}\n")
    return studio.make(places=load(studio.file).places, faces={Typeface(EMBEDDED): "0" * 64})


def test_captions_of_a_film_avoid_its_small_picture_and_only_the_runs_with_it_know(desk) -> None:
    plain = planned(desk, "{pip: top-left, size: 20%}")
    moved = planned(desk, "{pip: bottom-right, size: 30%}")
    places = [
        [
            (step.recipe.params["caption"].get("at", "bottom"), step.recipe.params["caption"].get("lift", 0.0))
            for step in found.steps
            if step.kind == "fit" and "caption" in step.recipe.params
        ]
        for found in (plain, moved)
    ]
    assert set(places[0]) == {("bottom", 0.0)}
    assert ("bottom", 0.0) not in places[1][:-1]
    assert places[1][-1] == ("bottom", 0.0)  # the small picture has gone
    names = [{step.name for step in found.steps if step.kind == "fit" and "bye" in step.id} for found in (plain, moved)]
    assert names[0] == names[1]
    assert not [each for each in moved.remarks if each.code == "caption-over"]


def test_what_a_caption_must_cover_is_said(desk) -> None:
    found = planned(desk, "{pip: bottom-right, size: 90%}")
    (said,) = [each for each in found.remarks if each.code == "caption-over"]
    assert said.message == '"Every coastline starts as a still." (en) covers the inset "hello" (master)'
    assert said.place.line == 15


def test_a_caption_does_not_move_for_a_small_picture_of_the_next_join(desk) -> None:
    film = """\
segments:
  - {talk: bye, who: bob, say: And here it ends with a few words more.}
  - {cutaway: coast, image: still.png, duration: 2s, transition: {kind: wipe, duration: FRAMES}}
  - {cutaway: small, image: still.png, over: coast, layout: {pip: bottom-right, size: 30%}}
"""
    moved = []
    for frames in ("10f", "16f"):
        studio = desk(film.replace("FRAMES", frames), head=HEAD + "captions: {burn: line}\n")
        found = studio.make(places=load(studio.file).places, faces={Typeface(EMBEDDED): "0" * 64})
        captions = [
            step.recipe.params["caption"]
            for step in found.steps
            if step.kind == "fit" and "caption" in step.recipe.params
        ]
        moved.append(any(caption.get("lift", 0.0) or caption.get("at") == "top" for caption in captions))
    assert moved == [False, True]
