"""Captions in a plan where a voice reaches beyond its picture, where texts run both ways, and where time is short."""

from __future__ import annotations

from itertools import pairwise

import pytest

from edl.directions import RIGHT_TO_LEFT as RLM
from edl.loader import load
from engines.media.typefaces import EMBEDDED, Typeface
from flows.plan import Plan
from tests.flows.stage import HEAD, Desk

FILM = """\
segments:
  - title: open
    text: Open
    duration: 3s
  - narrate: talk
    who: ann
    say: Listen first, look later. That is what a J cut is for, and it works.
    sound: {wish}
  - cutaway: shot
    image: still.png
    over: talk
  - title: end
    text: The end
    duration: 3s
"""
REPLY = """\
  - narrate: reply
    who: bob
    say: I do not think so at all, and nobody I know does.
    sound: {lead: 800ms}
  - cutaway: other
    image: still.png
    over: reply
"""


@pytest.fixture
def staged(desk):
    """A desk with captions of its own language, or of another one."""

    def make(wish: str = "true", burn: str = "words", text: str = "", film: str = FILM) -> Desk:
        more = ", show: xx, languages: {xx: captions/xx.yaml}" if text else ""
        studio = desk(film.replace("{wish}", wish), head=HEAD + f"captions: {{burn: {burn}{more}}}\n")
        (folder := studio.file.parent / "captions").mkdir(exist_ok=True)
        (folder / "xx.yaml").write_text(f"talk: {text}\n", encoding="utf-8")
        return studio

    return make


def made(studio: Desk, **more: object) -> Plan:
    return studio.make(**known(studio), **more)


def known(studio: Desk) -> dict[str, object]:
    loaded = load(studio.file)
    return {
        "translations": loaded.translations,
        "places": loaded.places,
        "faces": {Typeface(EMBEDDED): "0" * 64},
    }


def cues(found: Plan, name: str = "en.srt") -> list[tuple[int, int, str]]:
    return list(dict(found.step(f"captions:{name}").recipe.params)["cues"])


def burned(found: Plan) -> dict[int, str]:
    """What is burned into the runs, by their first frame."""
    runs = {int(step.id.rpartition("@")[2]): dict(step.recipe.params) for step in found.steps if step.kind == "fit"}
    return {
        start: "".join(text for line in params["caption"]["lines"] for text, _ in line) if "caption" in params else ""
        for start, params in sorted(runs.items())
    }


def test_captions_are_read_when_they_are_heard(staged):
    plain, cut = made(staged()), made(staged("{lead: 2s, lag: 1s}"))
    (first, _, _), *_ = cues(plain)
    assert first >= 75  # a title of three seconds comes before
    assert [start for start, _, _ in cues(cut)] == [start - 50 for start, _, _ in cues(plain)]
    assert [end for _, end, _ in cues(cut)] == [end - 50 for _, end, _ in cues(plain)]
    slot = cut.timeline.slot("talk")
    assert cues(cut)[0][0] < slot.start < slot.end < cues(cut)[-1][1]
    assert not [each for each in cut.remarks if each.code == "caption-fast"]


def test_a_run_shows_the_caption_of_its_neighbour(staged):
    found = made(staged("{lead: 2s, lag: 1s}"))
    slot, shown = found.timeline.slot("talk"), burned(found)
    opens, (start, end, text) = cues(found)[0][0], cues(found)[-1]
    assert shown[0] == ""
    assert shown[opens].startswith("Listen")
    assert start < slot.end < end
    assert shown[slot.end] == text.replace("\n", " ")  # the end title begins under it
    assert shown[end] == ""


def test_words_light_up_when_they_are_heard(staged):
    found = made(staged("{lead: 2s}"))
    opens = cues(found)[0][0]
    (run,) = (step for step in found.steps if step.kind == "fit" and step.id.endswith(f"@{opens}"))
    frames = [frame for line in dict(run.recipe.params)["caption"]["lines"] for _, frame in line]
    assert frames[0] == 0
    assert frames == sorted(set(frames))


def test_a_longer_lag_fits_only_what_it_touches(staged):
    studio = staged("{lead: 2s}")
    made(studio)
    again = staged("{lead: 2s, lag: 1s}")
    again.shelf.parts.update(studio.shelf.parts)
    wanted = [step for step in again.plan(**known(again)).ready if step.kind == "fit"]
    slot = again.plan(**known(again)).timeline.slot("talk")
    assert wanted
    assert all(int(step.id.rpartition("@")[2]) >= slot.end - 51 for step in wanted)


def test_runs_under_a_voice_that_comes_early_wait_for_it(staged):
    studio = staged("{lead: 2s}")
    studio.make("take:", "title", **known(studio))
    runs = {step.id: step.reason for step in studio.plan(**known(studio)).steps if step.kind == "fit"}
    (first, *_) = (reason for name, reason in runs.items() if name.endswith("open@0"))
    assert "waits for voice:talk" in first
    assert len([name for name in runs if "open" in name]) == 1  # nor is it known where it is divided


def test_two_voices_at_once_have_one_caption_at_a_time(staged):
    found = made(staged(film=FILM.partition("  - title: end")[0] + REPLY))
    *before, (start, _, text) = cues(found)
    assert text.startswith("I do not think so at all")
    assert start < found.timeline.slot("reply").start  # its voice cuts in
    assert all(one[1] <= after[0] for one, after in pairwise(cues(found)))
    assert before[-1][1] - before[-1][0] >= 42 / 20 * 25 - 2  # and waits until the caption before has been read


def test_the_second_line_runs_as_the_first(staged):
    arabic = "وقال الدليل لنا وهو يشير إلى الأفق Beautiful oasis ثم مشى في طريقه."
    found = cues(made(staged(text=f'"{arabic}"', burn="line")), "xx.vtt")
    lines = [line for _, _, text in found for line in text.split("\n")]
    assert len(lines) > 1
    assert " ".join(lines).replace(RLM, "") == arabic
    assert all(line[0] == RLM or "\u0600" < line[0] < "\u0700" for line in lines)
    assert any(line.startswith(RLM) for line in lines)


def test_what_is_too_fast_is_counted_as_people_count(staged):
    chinese = (
        "这是在五月一个晴朗的日子里从山谷里看到的景色，我们在那里坐了很久很久，一直到太阳下山为止，"
        "大家才慢慢地走回家去，然后做了一顿丰盛的晚餐，一边吃一边聊天。"
    )
    found = made(staged(text=f'"{chinese}"', burn="line"))
    fast = [each.message for each in found.remarks if each.code == "caption-fast"]
    assert fast
    for message, (_, _, text) in zip(fast, cues(found, "xx.srt"), strict=True):
        assert "characters a second, 11 can be read" in message
        assert f"instead of {len(text.replace(chr(10), ''))} fit" in message
    speeds = [len(text) / (end - start) for start, end, text in cues(found, "xx.srt")]
    assert max(speeds) < 1.25 * min(speeds)  # the text is too long, not one of its captions


def test_a_text_that_can_be_read_has_no_caption_that_cannot(staged):
    """Its captions begin where words do, but a single word may last nearly as long as all of it."""
    film = FILM.replace("Listen first, look later. That is what a J cut is for, and it works.", "A b " + "d" * 110)
    found = made(staged(text='"' + "Aaaa bbbbbbb, " * 7 + 'ccccc."', burn="line", film=film))
    assert len(cues(found, "xx.srt")) > 1
    assert not [each for each in found.remarks if each.code == "caption-fast"]
