"""Which voices the eSpeak NG of this machine has: what it is asked for, and what there is to say of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from edl.errors import EnvironmentLacks
from edl.findings import Code, Finding, Place, Severity
from edl.suggest import meant
from engines.media.programs import told_by

PROGRAM = PACKAGE = "espeak-ng"
LANGUAGE = Code(
    "espeak-language",
    Severity.WARNING,
    "The eSpeak NG that is installed here has no such language.",
    "Name one that `espeak-ng --voices` lists.",
)
VARIANT = Code(
    "espeak-variant",
    Severity.WARNING,
    "The eSpeak NG that is installed here has no such variant; it would speak with the plain voice instead.",
    "Name one that `espeak-ng --voices=variant` lists; capitals count.",
)
_OTHERS = re.compile(r"\(([A-Za-z][\w-]*) (\d+)\)")  # further languages of a voice, each with how badly it fits


def voice_findings(language: str, variant: str) -> Iterator[Finding]:
    """What the installed program lacks; nothing where none is installed, or it does not answer."""
    languages = voices()
    if languages and language not in languages:
        words = f"eSpeak NG here does not speak {language}"
        yield LANGUAGE.at(Place(path="params.language"), words, meant(language, languages, "language"))
    variants = variants_there() if variant else frozenset()
    if variants and variant not in variants:
        words = f"eSpeak NG here has no variant {variant}"
        yield VARIANT.at(Place(path="params.variant"), words, meant(variant, variants, "variant"))


def voice_of(language: str, variant: str) -> str:
    """The name under which eSpeak NG loads a voice. (By the language alone it does not find all that it lists.)

    :raises EnvironmentLacks: when it is not on this machine
    """
    for finding in voice_findings(language, variant):
        raise EnvironmentLacks(finding.message, finding.remedy)
    return voices().get(language, language) + (f"+{variant}" if variant else "")


def voices() -> Mapping[str, str]:
    """The file of the voice for each language, in small letters; a voice stands also for the other languages that it
    names, where no voice is for them alone."""
    own: dict[str, str] = {}
    others: dict[str, tuple[int, str]] = {}
    for line in told_by(PROGRAM, "--voices").splitlines()[1:]:
        if len(row := line.split()) < 5 or "/" not in row[4]:
            continue
        own.setdefault(row[1].casefold(), row[4])
        for name, misfit in _OTHERS.findall(line):
            found = (int(misfit), row[4])
            others[name.casefold()] = min(others.get(name.casefold(), found), found)
    return {**{name: file for name, (_, file) in others.items()}, **own}


def variants_there() -> frozenset[str]:
    """The variants by the names of their files."""
    names = (line.partition("!v/")[2].strip() for line in told_by(PROGRAM, "--voices=variant").splitlines())
    return frozenset(name for name in names if name.isalnum())
