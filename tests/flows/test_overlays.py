"""Logos, the label, lower thirds and small pictures in a plan: none lies on another, in no join and no variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image

from edl.loader import load
from flows.plan import Plan
from tests.flows.stage import HEAD

FILM = """\
segments:
  - {cutaway: coast, image: still.png, duration: 1s}
  - {talk: hello, who: ann, say: Every coastline starts as a still., transition: dissolve}
  - {talk: bye, who: bob, say: And here it ends., transition: wipe}
  - {cutaway: end, image: still.png, duration: 1s, transition: {kind: dip, color: "#ffffff"}}
"""


def head(label: str = "{}", overlay: str = "[{file: logo.png}]", tall: str = "") -> str:
    text = HEAD.replace("fps: 25}", f"fps: 25, label: {label}{tall}}}")
    return text + f"overlay: {overlay}\n"


def planned(desk, segments: str = FILM, **wishes: str) -> Plan:
    studio = desk(segments, head=head(**wishes))
    Image.new("RGBA", (80, 40), (255, 0, 0, 255)).save(Path(studio.file).parent / "logo.png")
    return studio.make(places=load(studio.file).places)


def fits(found: Plan) -> dict[str, Mapping]:
    return {step.id: step.recipe.params for step in found.steps if step.kind == "fit" and step.recipe}


def scenes(params: Mapping) -> Iterator[Mapping]:
    yield params
    for side in ("earlier", "later"):
        if "blend" in params:
            yield from scenes(params["blend"][side])


def test_the_label_lies_over_a_logo_in_joins_too(desk):
    """Both are drawn in each side of a join, so that the order is that of every other frame."""
    found = fits(planned(desk, label="{corner: top-right}", overlay="[{file: logo.png, corner: top-right}]"))
    joins = [params for params in found.values() if "blend" in params]
    assert len(joins) >= 4
    for params in joins:
        sides = list(scenes(params))
        labelled = [scene for scene in sides if "label" in scene]
        assert labelled
        assert all("drawn" in scene for scene in labelled)
        assert "drawn" not in params  # nothing is laid over the sides


def test_a_join_without_a_label_has_its_logo_over_both_sides(desk):
    found = fits(planned(desk, label="{}", segments=FILM.replace("who:", "label: false, who:")))
    people = [params for name, params in found.items() if "hello+bye" in name]
    assert people
    assert all("drawn" in params for params in people)


def test_label_and_logo_keep_to_one_corner_each_all_the_time(desk):
    found = fits(planned(desk, label="{text: AI}", tall=", variants: [{name: tall, width: 72, height: 128}]"))
    labelled = {scene["corner"] for params in found.values() for scene in scenes(params) if "label" in scene}
    stamps = {
        each["stamp"].get("corner", "top-right")
        for params in found.values()
        for scene in scenes(params)
        for each in scene.get("drawn", ())
    }
    assert (labelled, stamps) == ({"top-left"}, {"top-right"})
    assert any(name.startswith("fit:tall") for name in found)


def test_what_was_put_onto_one_another_is_said(desk):
    found = planned(desk, label="{corner: top-right}", overlay="[{file: logo.png, corner: top-right}]")
    (said,) = [each for each in found.remarks if each.code == "mark-over"]
    assert said.message.startswith('the label "AI-animated" lies on the logo logo.png at ')
    assert (said.place.path, said.place.line) == ("output.label.corner", 3)
    assert not [each for each in planned(desk).remarks if each.code == "mark-over"]


NAMED = """\
segments:
  - {talk: hello, who: ann, say: Every coastline starts as a still. Then it moves a little.}
  - {title: name, style: lower_third, text: Ann of the Isle, over: hello, duration: 1s}
  - {title: late, style: lower_third, text: Ann of the Isle, over: bye, duration: 10f}
  - {talk: bye, who: bob, say: And here it ends.}
"""


def raised(found: Plan) -> set[float]:
    return {each.get("raised", 0.0) for params in fits(found).values() for each in params.get("drawn", ())}


def test_a_lower_third_goes_above_a_logo_in_its_corner_for_as_long_as_it_shows(desk):
    logo = "[{file: logo.png, corner: bottom-left, width: 20%, from: 12f, until: 15f}]"
    found = planned(desk, NAMED, overlay=logo)
    drawn = {
        (name.partition("@")[0], each.get("raised", 0.0))
        for name, params in fits(found).items()
        for each in params.get("drawn", ())
        if "stamp" not in each
    }
    (high,) = {lift for name, lift in drawn if "hello" in name}
    assert 0.1 < high < 0.4
    assert {lift for name, lift in drawn if "bye" in name} == {0.0}  # the logo has gone
    assert not [each for each in found.remarks if each.code == "mark-over"]


def test_a_lower_third_goes_above_a_label_whose_corner_is_written(desk):
    found = planned(desk, NAMED, label="{text: AI, corner: bottom-left}", overlay="[]")
    assert min(raised(found)) > 0.1
    assert raised(planned(desk, NAMED, label="{text: AI}", overlay="[]")) == {0.0}


def test_a_lower_third_that_has_nowhere_to_go_stays_and_that_is_said(desk):
    found = planned(desk, NAMED, label="{text: AI}", overlay="[{file: logo.png, x: 0, y: 1, width: 90%}]")
    said = {each.message.partition(" at ")[0] for each in found.remarks if each.code == "mark-over"}
    assert said >= {'the logo logo.png lies on the lower third "name"'}
    assert raised(found) == {0.0}


def test_a_logo_on_a_small_picture_is_said(desk):
    film = FILM + "  - {cutaway: s, image: still.png, over: bye, layout: {pip: top-left}, duration: 10f}\n"
    (said,) = [
        each
        for each in planned(desk, film, label="{text: AI}", overlay="[{file: logo.png, corner: top-left}]").remarks
        if each.code == "mark-over"
    ]
    assert said.message.startswith('the logo logo.png lies on the inset "s" at ')
    assert said.place.path == "overlay[0].file"
