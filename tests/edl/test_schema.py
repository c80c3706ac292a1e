"""The JSON Schema agrees with the loader."""

from pathlib import Path

import pytest

from edl.nodes import plain
from edl.project import SEGMENTS
from edl.schema import json_schema
from edl.source import parse

jsonschema = pytest.importorskip("jsonschema")
EXAMPLES = sorted((Path(__file__).parents[2] / "projects").glob("*/*.yaml"))


@pytest.fixture(scope="module")
def validator():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    return jsonschema.Draft202012Validator(json_schema())


def document(text):
    return plain(parse(text.encode(), "p.yaml")[0])


def test_a_good_project_fits(validator, film):
    validator.validate(document(film))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_examples_fit(validator, path):
    if "cutaway:" in path.read_text(encoding="utf-8"):
        validator.validate(document(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("takes: 4", "takes: ${n}"),
        ("duration: 1s", "duration: ${n}s"),
        ("{word: coastline}", "500ms"),
        ("fps: 25", 'fps: "30000/1001"'),
        ("vars:", "include: parts/a.yaml\nvars:"),
    ],
)
def test_what_else_may_be_written(validator, film, old, new):
    validator.validate(document(film.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cutaway: 1", "cutaway: 2"),
        ("prompt:", "promt:"),
        ("- cutaway:", "- cutawy:"),
        ("    image: assets/coast.jpg\n", ""),
        ("takes: 4", "takes: many"),
        ("duration: 1s", "duration: 1"),
        ("duration: 1s", "duration: long"),
        ("camera: push_in", "say: Hello"),
        ("{word: coastline}", "{wrod: coastline}"),
        ("takes: 3,", "tkaes: 3,"),
        ("  cutaway: [", "  cutway: ["),
        ("title: One still, two camps\n", ""),
        ("text: Made with cutaway", "text: 12"),
    ],
)
def test_mistakes_show_in_the_editor(validator, film, old, new):
    assert list(validator.iter_errors(document(film.replace(old, new, 1))))


def test_every_key_is_described():
    schema = json_schema()
    kinds = {model.__name__ for model in SEGMENTS.values()}
    for name, model in schema["$defs"].items():
        for key, value in model.get("properties", {}).items():
            target = schema["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
            assert value.get("description") or target.get("description"), f"{name}.{key}"
    for key, value in schema["properties"].items():
        target = schema["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
        assert value.get("description") or target.get("description"), key
    assert kinds <= schema["$defs"].keys()
