"""Programs that the user declares as voices."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edl.errors import Broken, Cancelled, EnvironmentLacks
from edl.facts import VoiceFacts
from edl.project import Narrate
from engines.contract import Order, Shape, Wish
from engines.media.declared import declared_voices
from engines.voice.command import ENGINE, CommandParams, check, weights
from flows.settings import read_settings

SAY = "Peter asked about the fish. [pause 1s] Susan paid $9.99."
Declare = Callable[[str, str], None]
Speak = Callable[..., tuple[VoiceFacts, Path]]


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Declares a voice that is a Python program: ``declare("joe", "print(1)")``."""
    path = tmp_path / "settings.yaml"
    monkeypatch.setenv("CUTAWAY_SETTINGS", str(path))

    def write(name: str, program: str, *more: str) -> None:
        run = [sys.executable, "-c", program, *(more or ("{out}",))]
        path.write_text(f"voices: {{{name}: {{run: {json.dumps(run)}, timeout: 20}}}}")

    return write


def wish() -> Wish:
    return Wish(Narrate(id="story", who="host", say=SAY), Fraction(1), 25, Shape(1280, 720, Fraction(25)))


def render(make_order: Callable[..., Order], name: str, say: str = SAY) -> tuple[VoiceFacts, Path]:
    order = make_order(CommandParams(say=say, name=name))
    made = ENGINE.open("cpu").render(order)
    return VoiceFacts.model_validate(made.facts["voice"]), order.folder / made.media


COPY = "import shutil, sys; shutil.copy({!r}, sys.argv[1])"


def test_a_program_speaks_and_its_words_are_found(
    declare: Declare, speak: Speak, make_order: Callable[..., Order]
) -> None:
    truth, spoken = speak(SAY.replace("[pause 1s] ", ""))
    declare("joe", COPY.format(str(spoken)))
    assert check(wish(), CommandParams(say=SAY, name="joe")) == ()
    facts, path = render(make_order, "joe")
    assert {each.name for each in path.parent.iterdir()} == {"voice.wav", "timings.json"}
    words = [word.text for word in facts.words]
    assert words == ["Peter", "asked", "about", "the", "fish", "Susan", "paid", "9", "99"]
    assert facts.words[5].start - facts.words[4].end == pytest.approx(1.0, abs=0.01)
    lengths = [word.end - word.start for word in facts.words]
    assert lengths == pytest.approx([word.end - word.start for word in truth.words], abs=0.12)
    assert np.median(np.subtract(lengths, [word.end - word.start for word in truth.words])) < 0.04


def test_a_stressed_word_is_longer_and_the_others_move_along(
    declare: Declare, speak: Speak, make_order: Callable[..., Order], tmp_path: Path
) -> None:
    said = "Peter asked about the fish, and Susan paid."
    _, spoken = speak(said)
    declare("joe", COPY.format(str(spoken)))
    plain, _ = render(make_order, "joe", said)
    stressed, path = render(make_order, "joe", said.replace("Susan", "*Susan*"))
    longer = stressed.samples - plain.samples
    one, other = plain.words[6], stressed.words[6]
    assert (other.end - other.start) / (one.end - one.start) == pytest.approx(1.18, abs=0.05)
    assert longer / stressed.rate == pytest.approx((other.end - other.start) - (one.end - one.start), abs=1e-3)
    assert stressed.words[:6] == plain.words[:6]
    assert stressed.words[7].start - plain.words[7].start == pytest.approx(longer / plain.rate, abs=1e-4)
    again = render(make_order, "joe", said.replace("Susan", "*Susan*"))[1]
    assert again.read_bytes() == path.read_bytes()
    settings = tmp_path / "settings.yaml"
    settings.write_text(settings.read_text().replace("timeout: 20", "timeout: 20, language: de"))
    foreign = [render(make_order, "joe", text)[0] for text in (said, said.replace("Susan", "*Susan*"))]
    assert foreign[0].words == foreign[1].words, "they are only spread over the sound: louder is all"


def test_it_is_given_the_words_as_they_are_spoken(declare: Declare, make_order: Callable[..., Order]) -> None:
    declare("joe", "import sys; raise SystemExit(sys.stdin.read() + open(sys.argv[1]).read())", "{text_file}")
    with pytest.raises(Broken, match=r"Peter asked about the fish\. Susan paid nine dollars and ninety-nine cents"):
        render(make_order, "joe")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit('no such model')", "no such model"),
        ("pass", "wrote no sound"),
        ("import sys; open(sys.argv[1], 'w').write('not a sound')", "is no sound"),
        (
            "import sys, wave; w = wave.open(sys.argv[1], 'wb'); w.setparams((1, 2, 8000, 0, 'NONE', ''));"
            "w.writeframes(bytes(32000))",
            "gave silence",
        ),
    ],
)
def test_what_goes_wrong_is_named(declare: Declare, make_order: Callable[..., Order], program: str, words: str) -> None:
    declare("joe", program)
    with pytest.raises(Broken, match=words):
        render(make_order, "joe")


def test_a_program_that_does_not_end_is_killed(declare: Declare, make_order: Callable[..., Order]) -> None:
    declare("joe", "import time; time.sleep(60)")
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    order = make_order(CommandParams(say=SAY, name="joe"), cancelled=stop.is_set)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ENGINE.open("cpu").render(order)
    assert time.monotonic() - began < 30


def test_a_voice_that_is_not_declared_is_said(declare: Declare, make_order: Callable[..., Order]) -> None:
    declare("joe", "pass")
    (finding,) = check(wish(), CommandParams(say=SAY, name="jo"))
    assert (finding.code, finding.blocks) == ("voice-undeclared", False)
    assert '"joe"' in finding.remedy
    with pytest.raises(EnvironmentLacks, match="declare no voice jo"):
        render(make_order, "jo")


def test_the_recipe_knows_the_arguments_and_not_the_folder(declare: Declare, tmp_path: Path) -> None:
    params = CommandParams(say=SAY, name="joe")
    assert weights(params) == ""
    declare("joe", "pass")
    first = weights(params)
    path = tmp_path / "settings.yaml"
    path.write_text(path.read_text().replace(sys.executable, f"/elsewhere/{Path(sys.executable).name}"))
    assert weights(params) == first
    declare("joe", "pass # otherwise")
    assert weights(params) != first


def test_settings_hold_voices_and_say_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.yaml"
    monkeypatch.setenv("CUTAWAY_SETTINGS", str(path))
    path.write_text('jobs: 2\nvoices: {joe: {run: [piper, -f, "{out}"], licence: MIT}}\n')
    assert read_settings().jobs == 2
    assert declared_voices()["joe"].run == ("piper", "-f", "{out}")
    path.write_text('voices: {joe: {run: ["{output}"]}}')
    with pytest.raises(EnvironmentLacks, match="is no slot"):
        declared_voices()
    with pytest.raises(EnvironmentLacks, match="is no slot"):
        read_settings()


def test_a_declared_program_that_is_not_there_or_writes_no_sound(
    declare: Declare, make_order: Callable[..., Order], tmp_path: Path
) -> None:
    declare("joe", "import sys; open(sys.argv[1], 'w').write('no sound')")
    with pytest.raises(Broken, match="no sound"):
        render(make_order, "joe")
    (tmp_path / "settings.yaml").write_text("voices: {joe: {run: [/nowhere/joe]}}")
    (finding,) = check(wish(), CommandParams(say=SAY, name="joe"))
    assert finding.code == "voice-program-missing"
    with pytest.raises(EnvironmentLacks, match=r"voice joe.*/nowhere/joe"):
        render(make_order, "joe")
