"""Reads one YAML file into nodes, and says in plain words why it cannot.

Refused, because a project needs none of them: tags, merge keys, keys that are not plain text, several documents.
Anchors and aliases are allowed and counted as if written out, so that a small file cannot grow without end.
"""

from __future__ import annotations

import errno
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import yaml

from edl.codes import FILE_MISSING, FILE_UNREADABLE, NOT_TEXT, PROJECT_EMPTY, YAML_BROKEN, YAML_TAB, YAML_TOO_LARGE
from edl.errors import ProjectInvalid
from edl.findings import Finding, Place
from edl.nodes import Builder, Node

MOST_BYTES = 8_000_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# What libyaml says, and what that most often means.
_HINTS = (
    (
        "mapping values are not allowed",
        'Keys of one entry start in the same column; text that holds ": " stands in quotes: say: "Look: a coast".',
    ),
    ("could not find expected ':'", 'Each line here is "key: value"; a colon and a space are missing.'),
    ("did not find expected key", "Check the quotes of the lines before, and that all keys start in the same column."),
    ("did not find expected '-'", "Each entry of a list starts with a dash, and all dashes in the same column."),
    ("did not find expected ',' or", "A [ or { is not closed, or a comma is missing."),
    ("unexpected end of stream", "A quote is opened here and never closed."),
    ("cannot start any token", 'Text that starts with %, @ or ` must stand in quotes: text: "@home".'),
    ("undefined alias", "A * at the start of a value is a reference; text that starts with * must stand in quotes."),
    ("while scanning an anchor", "Text that starts with & must stand in quotes."),
    ("while scanning an alias", "Text that starts with * must stand in quotes."),
    ("unknown escape character", r"Inside double quotes a backslash starts a code; write \\ or use single quotes."),
    ("found a tab", "Replace the tab by spaces."),
)


def read(path: Path, name: str) -> tuple[Node, tuple[Finding, ...]]:
    """Read a file that holds one mapping.

    :param name: what findings call the file
    :return: the top mapping, and what is wrong with it though it could be read
    :raises ProjectInvalid: when nothing could be read
    """
    return parse(_bytes(path, Place(name)), name)


def parse(data: bytes, name: str) -> tuple[Node, tuple[Finding, ...]]:
    """Read the bytes of such a file; see :func:`read`."""
    text = _text(data, Place(name, 1))
    builder = Builder(name)
    try:
        top = builder.build(_events(text))
    except yaml.MarkedYAMLError as error:
        raise ProjectInvalid((*builder.findings, _syntax(error, name, text))) from None
    except yaml.YAMLError as error:
        finding = YAML_BROKEN.at(Place(name, 1), f"this is not YAML: {error}")
        raise ProjectInvalid((*builder.findings, finding)) from None
    if top is None or top.value is None:
        finding = PROJECT_EMPTY.at(Place(name, 1), f"{name} holds nothing")
        raise ProjectInvalid((*builder.findings, finding))
    if not isinstance(top.value, dict):
        what = "a list" if isinstance(top.value, list) else "plain text"
        message = f'{name} holds {what}; it must hold keys, such as "title: My film"'
        raise ProjectInvalid((*builder.findings, YAML_BROKEN.at(top.place, message)))
    return top, tuple(builder.findings)


def _bytes(path: Path, place: Place) -> bytes:
    """The content of a regular file; anything else could block or never end."""
    place = Place(place.file, 1)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a plain file"
            raise ProjectInvalid((FILE_UNREADABLE.at(place, f"{place.file} is {what}"),))
        if status.st_size > MOST_BYTES:
            raise ProjectInvalid((_too_large(place),))
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise ProjectInvalid((FILE_MISSING.at(place, f"{place.file} does not exist"),)) from None
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ENAMETOOLONG:
            finding = FILE_MISSING.at(place, f'"{place.file[:40]}..." is too long for the name of a file')
            raise ProjectInvalid((finding,)) from None
        words = getattr(error, "strerror", None) or str(error)
        raise ProjectInvalid((FILE_UNREADABLE.at(place, f"{place.file} cannot be read: {words}"),)) from None
    if len(data) > MOST_BYTES:
        raise ProjectInvalid((_too_large(place),))
    return data


def _too_large(place: Place) -> Finding:
    return YAML_TOO_LARGE.at(place, f"{place.file} is larger than {MOST_BYTES // 1_000_000} MB")


def _text(data: bytes, place: Place) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = Place(place.file, line)
        raise ProjectInvalid((NOT_TEXT.at(where, f"{place.file} is not text in UTF-8"),)) from None
    if match := _UNPRINTABLE.search(text):
        where = Place(place.file, text.count("\n", 0, match.start()) + 1)
        message = f"{place.file} holds a character that is no text (U+{ord(match.group()):04X})"
        raise ProjectInvalid((NOT_TEXT.at(where, message),))
    return text


def _syntax(error: yaml.MarkedYAMLError, name: str, text: str) -> Finding:
    """What the parser says, in plain words where they are known."""
    problem = f"{error.context or ''} {error.problem or ''}".strip()
    opened = "unexpected end of stream" in problem or "expected ',' or" in problem
    mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    place = Place(name, line)
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return YAML_TAB.at(place, "the line starts with a tab")
    hint = next((hint for words, hint in _HINTS if words in problem), "")
    return YAML_BROKEN.at(place, f"this line is not YAML: {problem}", hint)


def _events(text: str) -> Iterator[yaml.Event]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()
