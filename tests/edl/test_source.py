"""YAML as a project uses it: plain words, lines, and everything that is refused without a traceback."""

import os
import sys

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from edl import source
from edl.errors import ProjectInvalid
from edl.nodes import MOST_NODES, plain


def parsed(text):
    node, findings = source.parse(text.encode() if isinstance(text, str) else text, "p.yaml")
    assert not findings
    return plain(node)


def refused(text):
    try:
        _, findings = source.parse(text.encode() if isinstance(text, str) else text, "p.yaml")
    except ProjectInvalid as error:
        findings = error.findings
    return [(each.code, each.place.line) for each in findings]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("No", "No"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("12:30", "12:30"),
        ("2024-01-02", "2024-01-02"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-012", -12),
        ("0o17", 15),
        ("0xFF", 255),
        ("1e3", 1000.0),
        (".5", 0.5),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("1.2.3", "1.2.3"),
        ("100%", "100%"),
        ("<<", "<<"),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(word, value):
    assert parsed(f"key: {word}\n") == {"key": value}


def test_every_value_knows_its_line_and_path():
    node, _ = source.parse(b"a: 1\n\nb:\n  - x\n  - c: >\n      text\n", "p.yaml")
    entry = node.value["b"].value[1].value["c"]
    assert (entry.place.file, entry.place.line, entry.place.path) == ("p.yaml", 5, "b[1].c")
    assert node.value["b"].place.line == 3


def test_an_alias_is_written_where_it_is_used():
    node, _ = source.parse(b"a: &x {k: 1}\nb: *x\n", "p.yaml")
    assert plain(node) == {"a": {"k": 1}, "b": {"k": 1}}
    assert node.value["b"].place.line == 2


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml-twice", 3),
        ("a:\n\tb: 1\n", "yaml-tab", 2),
        ("a: b: c\n", "yaml-broken", 1),
        ("a: 1\nb: 'open\nc: 2\n", "yaml-broken", 2),
        ("a: [1, 2\nb: 3\n", "yaml-broken", 1),
        ("a: @home\n", "yaml-broken", 1),
        ("<<: {a: 1}\n", "yaml-unsupported", 1),
        ("a: 1\n---\nb: 2\n", "yaml-unsupported", 2),
        ("a: !!python/object:os.system x\n", "yaml-unsupported", 1),
        ("a: *nowhere\n", "yaml-unsupported", 1),
        ("a: &a [*a]\n", "yaml-unsupported", 1),
        ("? [x]\n: 1\n", "yaml-unsupported", 1),
        ("? {x: 1}\n: 1\n", "yaml-unsupported", 1),
        ("a: .nan\n", "yaml-unsupported", 1),
        ("a: 1e999\n", "yaml-unsupported", 1),
        ("a: " + "[" * 65 + "]" * 65, "yaml-too-large", 1),
        ("[" * 100_000, "yaml-too-large", 1),
        (BOMB, "yaml-too-large", 6),
        ("a: [" + "x," * MOST_NODES + "]", "yaml-too-large", 1),
        ("", "project-empty", 1),
        ("# nothing\n", "project-empty", 1),
        ("---\n...\n", "project-empty", 1),
        ("- a\n", "yaml-broken", 1),
        ("text\n", "yaml-broken", 1),
        (b"a: \xff\n", "not-text", 1),
        ("a: 1\nb: x".encode("utf-16"), "not-text", 1),
        ("a: 1\nb: \x00\n", "not-text", 2),
        ("a: 1\nb: \x07\n", "not-text", 2),
    ],
)
def test_what_is_refused_names_its_line(text, code, line):
    assert refused(text) == [(code, line)]


def test_duplicate_keys_name_both_lines():
    _, findings = source.parse(b"a: 1\nb: 2\na: 3\n", "p.yaml")
    assert "line 1" in findings[0].message
    assert findings[0].place.line == 3


def test_a_mark_of_byte_order_is_fine():
    assert parsed(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


def test_a_very_long_number_stays_text():
    assert parsed(f"a: {'9' * 5000}") == {"a": "9" * 5000}


def test_the_pure_parser_reads_the_same(monkeypatch):
    text = "a: [1, No, {b: ~}]\nc: >\n  folded\n  text\nd: 'x'\n"
    fast = parsed(text)
    monkeypatch.setattr(source, "_LOADER", yaml.SafeLoader)
    assert parsed(text) == fast
    assert refused("a: b: c\n") == [("yaml-broken", 1)]


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
@example("a: !<tag:yaml.org,2002:map> {}")
@example("%TAG ! tag:x,2000:\n--- !y {a: 1}")
@example("&a a: *a\n*a : 1")
def test_nothing_but_findings_is_raised(text):
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        _, findings = source.parse(data, "p.yaml")
    except ProjectInvalid as error:
        findings = error.findings
        assert findings
    assert all(each.place.file == "p.yaml" and each.place.line >= 1 for each in findings)


def said(path):
    with pytest.raises(ProjectInvalid) as caught:
        source.read(path, "p.yaml")
    return [each.code for each in caught.value.findings]


def test_missing_and_odd_files(tmp_path):
    assert said(tmp_path / "none.yaml") == ["file-missing"]
    assert said(tmp_path) == ["file-unreadable"]
    assert said(tmp_path / ("x" * 300)) == ["file-missing"]
    assert said(tmp_path / "a\0b") == ["file-unreadable"]
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert said(tmp_path / "loop") == ["file-unreadable"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes by name are of POSIX")
def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert said(tmp_path / "pipe") == ["file-unreadable"]


def test_a_huge_file_is_not_read(tmp_path):
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(source.MOST_BYTES + 1)
    assert said(tmp_path / "huge") == ["yaml-too-large"]
