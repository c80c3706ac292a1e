"""The files that a project names: which ones they are, and whether they may be used.

A name is relative to the folder of the project file. Whatever leaves that folder, by name or by link, is refused
unless the user allowed the folder; what programs could take for an address, a pattern or a device is refused too.
Nothing is opened here, so that a pipe cannot block.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edl.codes import FILE_MISSING, FILE_UNREADABLE, PATH_LEAVES, PATH_ODD
from edl.findings import Code, Finding, Place
from edl.project import AnySegment, Clip, Cutaway, Loop, Project, Spoken, Talk, Title
from edl.region import input_name
from edl.suggest import nearest

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DRIVE = re.compile(r"[A-Za-z]:([\\/]|$)")
_PATTERN = re.compile(r"%0?[0-9]*d")
_MOST_LISTED = 2000


@dataclass(frozen=True)
class Unusable:
    """Why a written name cannot be used."""

    code: Code
    message: str
    remedy: str = ""

    def at(self, place: Place) -> Finding:
        return self.code.at(place, self.message, self.remedy)


def resolve(
    folder: Path, written: str, allowed: tuple[Path, ...] = (), base: Path | None = None, hint: bool = True
) -> Path | Unusable:
    """The file that a project means, as an absolute path; a regular, readable, non-empty file.

    :param folder: the folder of the project file
    :param allowed: further folders that the user allows
    :param base: what the name is relative to, where that is not ``folder``
    :param hint: look for a similar name where there is no such file
    """
    if odd := _odd(written):
        return odd
    roots = tuple(Path(os.path.normpath(root.absolute())) for root in (folder, *allowed))
    named = Path(os.path.normpath((base or folder).absolute() / written))
    if not any(named.is_relative_to(root) for root in roots):
        return Unusable(PATH_LEAVES, f'"{written}" is outside the project\'s folder')
    real = Path(os.path.realpath(named))
    if not any(real.is_relative_to(os.path.realpath(root)) for root in roots):
        return Unusable(PATH_LEAVES, f'"{written}" is a link that leads out of the project\'s folder')
    return _unreadable(named, written, hint) or named


def _odd(written: str) -> Unusable | None:
    """What is wrong with the name itself, whatever lies there."""
    shown = written if len(written) < 80 else written[:77] + "..."
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in written) or not written.strip():
        return Unusable(PATH_ODD, f"{shown!r} is no name for a file")
    if _DRIVE.match(written) or written.startswith("~"):
        return Unusable(PATH_LEAVES, f'"{shown}" starts outside the project\'s folder')
    if _SCHEME.match(written):
        return Unusable(
            PATH_ODD,
            f'"{shown}" looks like an address, because of the colon at its start',
            "Save the file in the project's folder and name it there. If its name really holds a colon, rename it.",
        )
    if _PATTERN.search(written):
        return Unusable(PATH_ODD, f'"{shown}" looks like a pattern for many files', "Rename the file without the %.")
    return None


def _unreadable(path: Path, written: str, hint: bool) -> Unusable | None:
    """What is wrong with what lies there; found without opening it."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        where = "" if path.parent.is_dir() else ", nor does its folder"
        return Unusable(FILE_MISSING, f'"{written}" does not exist{where}', _similar(path, written) if hint else "")
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return Unusable(PATH_ODD, f'"{written[:40]}..." is too long for the name of a file')
        return Unusable(FILE_UNREADABLE, f'"{written}" cannot be read: {error.strerror}')
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or device, not a plain file"
        return Unusable(PATH_ODD, f'"{written}" is {what}')
    if status.st_size == 0 or not os.access(path, os.R_OK):
        return Unusable(
            FILE_UNREADABLE, f'"{written}" {"is empty" if not status.st_size else "may not be read by you"}'
        )
    return None


def _similar(path: Path, written: str) -> str:
    """A hint at the name that was meant, from what lies where the file should be."""
    if "\\" in written:
        return f'Write folders with a slash: "{written.replace(chr(92), "/")}".'
    parts = Path(written).parts
    for up, wanted in enumerate((path, *path.parents)):
        if up >= len(parts) or not wanted.parent.is_dir():
            continue
        if guess := nearest(wanted.name, _listed(wanted.parent), 0.7):
            return f'Did you mean "{Path(*parts[: len(parts) - up - 1], guess, *parts[len(parts) - up :])}"?'
        break
    return ""


def _listed(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(_MOST_LISTED), strict=False)]
    except OSError:
        return []


def files_of(segment: AnySegment, project: Project) -> Mapping[str, tuple[str, str]]:
    """The files that a segment is made of: input name -> (path of the field inside the YAML, name as written).

    Paths that start with ``cast.`` count from the top of the project, others from the segment.
    """
    files: dict[str, tuple[str, str]] = {}
    member = project.cast.get(segment.who) if isinstance(segment, (Spoken, Loop)) and segment.who else None
    if isinstance(segment, (Talk, Loop)) and member and member.portrait:
        files["portrait"] = (f"cast.{segment.who}.portrait", member.portrait)
    if isinstance(segment, Spoken) and segment.audio:
        files["audio"] = ("audio", segment.audio)
    if isinstance(segment, (Cutaway, Loop)) and segment.image:
        files["image"] = ("image", segment.image)
    if isinstance(segment, Cutaway):
        further = {"last": segment.last, "mask": segment.mask}
        files |= {name: (name, written) for name, written in further.items() if written}
    if isinstance(segment, Title) and segment.font:
        files["font"] = ("font", segment.font)
    if isinstance(segment, (Cutaway, Loop)):
        masks = {number: region.mask for number, region in enumerate(segment.regions)}
        files |= {input_name(at): (f"regions[{at}].mask", written) for at, written in masks.items() if written}
    if isinstance(segment, Clip):
        files["file"] = ("file", segment.file)
        if segment.sync_to is not None and not any(other.id == segment.sync_to for other in project.segments):
            files["clean"] = ("sync_to", segment.sync_to)
    return files


def logo_files(project: Project) -> Iterator[tuple[str, str, str]]:
    """The files of all logos: (segment or "", path of the field, name as written)."""
    for index, logo in enumerate(project.overlay):
        yield "", f"overlay[{index}].file", logo.file
    for segment in project.segments:
        for index, logo in enumerate(segment.overlay):
            yield segment.id, f"overlay[{index}].file", logo.file


def named_files(project: Project) -> Iterator[tuple[str, str, str]]:
    """Every file that a project names: (segment or "", path of the field, name as written), each field once."""
    for name, member in project.cast.items():
        for field, written in (("portrait", member.portrait), ("release", member.release)):
            if written:
                yield "", f"cast.{name}.{field}", written
    for index, bed in enumerate(project.music):
        yield "", f"music[{index}].file", bed.file
    if project.room:
        yield "", "room.file", project.room.file
    yield from logo_files(project)
    for field, written in caption_files(project):
        yield "", field, written
    for segment in project.segments:
        for path, written in files_of(segment, project).values():
            if not path.startswith("cast."):
                yield segment.id, path, written


def caption_files(project: Project) -> Iterator[tuple[str, str]]:
    """The files that captions are made of: (path of the field, name as written)."""
    if project.captions:
        if project.captions.font:
            yield "captions.font", project.captions.font
        for language, written in project.captions.languages.items():
            yield f"captions.languages.{language}", written
