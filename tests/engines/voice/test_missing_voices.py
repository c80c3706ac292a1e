"""A voice that the program of this machine lacks is found before it is to speak. The programs here are small scripts,
so that nothing depends on what is installed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from edl.errors import EnvironmentLacks
from edl.findings import Finding
from edl.project import Narrate
from engines.contract import Order, Shape, Wish
from engines.media.programs import told_by
from engines.registry import engine
from engines.voice._espeak_voices import voice_of

ESPEAK = """#!/bin/sh
echo asked >> {log}
case "$1" in
--voices) cat <<'END'
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  de              --/M      German             gmw/de
 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)
 5  en-gb-x-rp      --/M      English_(Received_Pronunciation) gmw/en-GB-x-rp       (en-gb 4)(en 5)
 5  chr-US-Qaaa-x-west --/M      Cherokee_          iro/chr
END
;;
--voices=variant) cat <<'END'
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  variant         --/F      female2            !v/f2
 5  variant         --/M      male3              !v/m3
 5  variant         --/M      Mr_serious         !v/Mr serious
END
;;
esac
"""
FLITE = """#!/bin/sh
echo asked >> {log}
echo "Voices available: kal awb_time rms "
"""
Install = Callable[[str, str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a script in the place of a program; returns the log of its runs."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def write(name: str, text: str) -> Path:
        log, program = tmp_path / f"{name}.log", tmp_path / name
        program.write_text(text.format(log=log), encoding="utf-8")
        program.chmod(0o755)
        return log

    return write


def found(engine_name: str, **settings: object) -> list[Finding]:
    own = engine(f"voice/{engine_name}")
    segment = Narrate(id="story", who="host", say="Hello.")
    wish = Wish(segment, Fraction(1), 25, Shape(1280, 720, Fraction(25)))
    return list(own.check(wish, own.params.model_validate({"say": "Hello.", **settings})))


def test_a_variant_that_espeak_lacks_is_found(install: Install) -> None:
    log = install("espeak-ng", ESPEAK)
    (finding,) = found("espeak", variant="F2", language="en-gb")
    assert (finding.code, finding.place.path) == ("espeak-variant", "params.variant")
    assert finding.remedy == 'Did you mean "f2"?'
    (finding,) = found("espeak", variant="deep", language="de")
    assert finding.remedy == "There are: f2, m3."
    assert not found("espeak", variant="f2", language="en")
    assert log.read_text().count("asked") == 2, "asked once for voices and once for variants"


def test_a_language_that_espeak_lacks_is_found(install: Install) -> None:
    install("espeak-ng", ESPEAK)
    (finding,) = found("espeak", language="en-au")
    assert (finding.code, finding.place.path) == ("espeak-language", "params.language")
    assert "en-gb" in finding.remedy
    assert [each.code for each in found("espeak")] == ["espeak-language"], "the default is not there either"


def test_espeak_loads_a_voice_by_its_file(install: Install) -> None:
    install("espeak-ng", ESPEAK)
    assert voice_of("en-gb", "f2") == "gmw/en+f2"
    assert voice_of("en", "") == "gmw/en", "the one that fits best"
    assert voice_of("chr-us-qaaa-x-west", "") == "iro/chr"
    with pytest.raises(EnvironmentLacks, match="no variant m9"):
        voice_of("de", "m9")


def test_a_voice_that_flite_lacks_is_found(install: Install, make_order: Callable[..., Order]) -> None:
    log = install("flite", FLITE)
    (finding,) = found("flite", name="slt")
    assert (finding.code, finding.place.path) == ("flite-voice", "params.name")
    assert "kal, rms" in finding.remedy
    assert not found("flite", name="rms")
    assert log.read_text().count("asked") == 1
    own = engine("voice/flite")
    with pytest.raises(EnvironmentLacks, match="no voice slt"):
        own.open("cpu").render(make_order(own.params.model_validate({"say": "Hello.", "name": "slt"})))


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 1\n", "no program at all"])
def test_a_program_that_does_not_answer_is_no_mistake_of_the_project(install: Install, program: str) -> None:
    install("espeak-ng", program)
    assert not found("espeak", variant="F2")


def test_without_the_program_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """That it is missing is another finding, ``engine-missing``."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert told_by("espeak-ng", "--voices") == ""
    assert not found("espeak", variant="F2", language="xx")
    assert not found("flite", name="slt")
