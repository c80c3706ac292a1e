"""The reference pages agree with the code."""

import json
import re
from pathlib import Path

import pytest

from edl.caption import Captions, CaptionStyle
from edl.join import Fade, Freeze, Transition
from edl.layout import Layout
from edl.logo import Logo
from edl.music import Music
from edl.nodes import plain
from edl.output import Label, Output, Variant
from edl.project import SEGMENTS, Draft, From, Member, Project
from edl.schema import json_schema
from edl.source import parse

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
FURTHER = (Captions, CaptionStyle, Transition, Fade, Freeze, Layout, Logo)
MODELS = (Project, Output, Label, Variant, Member, Music, Draft, From, *FURTHER, *SEGMENTS.values())


def test_the_findings_page_is_up_to_date():
    from docs.findings_page import page

    assert (DOCS / "findings.md").read_text(encoding="utf-8") == page(), "run: python -m docs.findings_page"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_of_a_project_is_documented(model):
    text = (DOCS / "project-file.md").read_text(encoding="utf-8")
    for name, field in model.model_fields.items():
        assert f"`{field.alias or name}`" in text, field.alias or name


def test_the_yaml_in_the_page_is_yaml():
    text = (DOCS / "project-file.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        _, findings = parse(f"block:\n{block}".encode(), "block")
        assert not findings


def test_the_whole_project_in_the_page_loads(tmp_path):
    from edl.errors import ProjectInvalid
    from edl.loader import load

    text = (DOCS / "project-file.md").read_text(encoding="utf-8")
    whole = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    for name in re.findall(r"assets/[\w.]+", whole):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "project.yaml").write_text(whole, encoding="utf-8")
    try:
        assert not load(tmp_path / "project.yaml").warnings
    except ProjectInvalid as error:
        raise AssertionError("\n".join(each.headline() for each in error.findings)) from error


def test_the_schema_in_the_docs_is_up_to_date():
    written = json.loads((DOCS / "cutaway.schema.json").read_text(encoding="utf-8"))
    assert written == json_schema(), "run: cutaway schema > docs/cutaway.schema.json"


def test_examples_name_the_schema():
    for path in (ROOT / "projects").glob("*/project.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        target = first.partition("$schema=")[2].strip()
        assert target, path
        assert (path.parent / target).is_file()
        assert plain(parse(path.read_bytes(), path.name)[0])
