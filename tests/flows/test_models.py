"""Weights of models: listed, fetched from a hub that is a folder, verified. No network is touched."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edl.errors import EnvironmentLacks
from flows import models
from flows.cli.app import run
from flows.hub import HubFile, Listing

NAME = "Wan-AI/Wan2.2-TI2V-5B-Diffusers"
COMMIT = "a" * 40


def tensors(text: bytes) -> bytes:
    header = json.dumps({"x": {"dtype": "U8", "shape": [len(text)], "data_offsets": [0, len(text)]}}).encode()
    return struct.pack("<Q", len(header)) + header + text


FILES = {
    "README.md": b"card",
    "model_index.json": json.dumps(
        {"_class_name": "WanImageToVideoPipeline", "vae": ["diffusers", "X"], "transformer": ["diffusers", "Y"]}
    ).encode(),
    "everything.safetensors": tensors(b"a copy of all weights in one file"),
    "examples/clip.mp4": b"film",
    "transformer/config.json": b"{}",
    "transformer/diffusion_pytorch_model.safetensors.index.json": json.dumps(
        {"weight_map": {"x": "model-1-of-2.safetensors", "y": "model-2-of-2.safetensors"}}
    ).encode(),
    "transformer/model-1-of-2.safetensors": tensors(b"one"),
    "transformer/model-2-of-2.safetensors": tensors(b"two"),
    "vae/config.json": b"{}",
    "vae/model.safetensors": tensors(b"vae"),
    "vae/model.fp16.safetensors": tensors(b"half"),
    "vae/model.bin": b"pickle",
}


@dataclass
class FolderHub:
    """A hub in memory. ``stop_after``: how many files come before the line breaks."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    stop_after: int = 1000
    fetched: list[str] = field(default_factory=list)

    def listing(self, model: str, revision: str) -> Listing:
        if model != NAME:
            raise EnvironmentLacks(f"the hub has no such model or revision: {model}")
        return Listing(COMMIT, tuple(self._file(name, data) for name, data in self.files.items()))

    def fetch(self, model: str, commit: str, names: Sequence[str], to: Path | None) -> Path:
        folder = to or models.cache_folder() / f"models--{model.replace('/', '--')}" / "snapshots" / commit
        for name in names:
            if (folder / name).exists():
                continue
            if len(self.fetched) >= self.stop_after:
                raise EnvironmentLacks(f"{model} cannot be downloaded: the line broke", "check the network")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(self.files[name])
            self.fetched.append(name)
        return folder

    def _file(self, name: str, data: bytes) -> HubFile:
        return HubFile(name, len(data), hashlib.sha256(data).hexdigest() if "safetensors" in name else "")


@pytest.fixture
def hub(tmp_path, monkeypatch) -> FolderHub:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HOME", raising=False)
    found = FolderHub()
    monkeypatch.setattr("flows.hub.HuggingFace", lambda quiet=False: found)
    return found


def test_what_diffusers_reads_is_fetched_and_nothing_else(hub, tmp_path):
    said: list[str] = []
    folder = models.download(NAME, "", tmp_path / "wan", hub, said.append)
    assert sorted(hub.fetched) == [
        "README.md",
        "model_index.json",
        "transformer/config.json",
        "transformer/diffusion_pytorch_model.safetensors.index.json",
        "transformer/model-1-of-2.safetensors",
        "transformer/model-2-of-2.safetensors",
        "vae/config.json",
        "vae/model.safetensors",
    ]
    assert "8 files" in said[0]
    assert COMMIT[:12] in said[0]
    assert list(models.verify(folder)) == []
    assert models.is_known(folder)


def test_into_the_cache_where_the_engine_finds_it(hub):
    from engines.diffusion._weights import locate

    folder = models.download(NAME, "", None, hub)
    assert locate(NAME).folder == folder
    assert locate(NAME).commit == COMMIT
    assert locate(NAME, COMMIT[:10]).folder == folder
    found = {model.family.name: model for model in models.models()}
    assert found["wan2.2-5b"].folder == folder
    assert found["wan2.2-5b"].size > 0
    assert "not been downloaded" in found["ltx"].lacks


def test_a_stopped_download_goes_on(hub, tmp_path):
    hub.stop_after = 3
    with pytest.raises(EnvironmentLacks, match="the line broke"):
        models.download(NAME, "", tmp_path / "wan", hub)
    assert not models.is_known(tmp_path / "wan")
    hub.stop_after = 1000
    models.download(NAME, "", tmp_path / "wan", hub)
    assert len(hub.fetched) == len(set(hub.fetched)) == 8


def test_the_disk_is_looked_at_first(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "SPARE", 1 << 60)
    with pytest.raises(EnvironmentLacks, match="GB free") as caught:
        models.download(NAME, "", tmp_path / "wan", hub)
    assert "--to" in caught.value.remedy
    assert not hub.fetched


def test_a_model_in_another_format_is_refused(hub, tmp_path):
    hub.files = {"model.ckpt": b"x", "README.md": b"x"}
    with pytest.raises(EnvironmentLacks, match="no weights that diffusers reads"):
        models.download(NAME, "", tmp_path / "wan", hub)


def test_verify_names_what_is_wrong(hub, tmp_path):
    folder = models.download(NAME, "", tmp_path / "wan", hub)
    damaged = folder / "vae/model.safetensors"
    data = damaged.read_bytes()
    damaged.write_bytes(data[:-1] + b"X")
    assert list(models.verify(folder)) == ["vae/model.safetensors is damaged: its sha256 is another"]
    damaged.write_bytes(data[:-1])
    assert any(f"has {len(data) - 1} bytes instead of {len(data)}" in wrong for wrong in models.verify(folder))
    damaged.write_bytes(data)
    (folder / "transformer/model-2-of-2.safetensors").unlink()
    assert "transformer/model-2-of-2.safetensors is missing" in list(models.verify(folder))


def test_without_digests_headers_and_indexes_are_compared(hub, tmp_path):
    folder = models.download(NAME, "", tmp_path / "wan", hub)
    (folder / models.DIGESTS).unlink()
    assert list(models.verify(folder)) == []
    assert not models.is_known(folder)
    shutil.rmtree(folder / "vae")
    assert any("vae" in wrong for wrong in models.verify(folder))


def test_which_family_fits_a_card():
    found = {model.family.name: model for model in models.models()}
    card = models.Gpu("Card", 24.0)
    assert found["wan2.2-5b"].fits(card) == "yes"
    assert found["wan2.1"].fits(card) == "only with offload"
    assert "CPU" in found["ltx"].fits(None)


# The command line


def test_the_list(hub, capsys, monkeypatch):
    monkeypatch.setattr(models, "find_gpu", lambda: models.Gpu("Card", 24.0))
    models.download(NAME, "", None, hub)
    assert run(["models", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["gpu"] == {"name": "Card", "memory": 24.0}
    by_name = {each["family"]: each for each in said["models"]}
    assert by_name["wan2.2-5b"]["folder"]
    assert by_name["wan2.2-5b"]["licence"] == "Apache-2.0"
    assert by_name["ltx"]["folder"] is None
    assert run(["models"]) == 0
    assert "Card, 24 GiB" in capsys.readouterr().out
    assert len(hub.fetched) == 8


def test_download_and_verify(hub, capsys, tmp_path):
    assert run(["models", "download", "wan2.2-5b", "--to", str(tmp_path / "wan")]) == 0
    assert str(tmp_path / "wan") in capsys.readouterr().out
    assert run(["models", "verify", str(tmp_path / "wan")]) == 0
    assert "sizes and digests" in capsys.readouterr().out
    (tmp_path / "wan/vae/model.safetensors").unlink()
    assert run(["models", "verify", str(tmp_path / "wan"), "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["wrong"]


def test_a_family_is_verified_by_its_name(hub, capsys):
    assert run(["models", "verify", "wan2.2-5b"]) == 4
    assert "cutaway models download wan2.2-5b" in capsys.readouterr().err
    assert run(["models", "download", "wan2.2-5b", "--json"]) == 0
    folder = Path(json.loads(capsys.readouterr().out)["folder"])
    assert run(["models", "verify", "wan2.2-5b"]) == 0
    (folder / "vae/model.safetensors").unlink()
    assert run(["models", "verify", "wan2.2-5b"]) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["download", "wan2.2-5"], 2, 'Did you mean "wan2.2-5b"'),
        (["download", "who/knows"], 4, "no such model"),
        (["verify", "/nowhere/at/all"], 4, "there is no folder"),
    ],
)
def test_mistakes_are_said(hub, capsys, arguments, code, words):
    assert run(["models", *arguments]) == code
    assert words in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_without_the_package_the_remedy_is_said(monkeypatch, capsys):
    monkeypatch.setattr("flows.hub.find_spec", lambda name: None)
    assert run(["models", "download", "ltx"]) == 4
    assert "pip install" in capsys.readouterr().err


def test_a_graphics_card_is_asked_of_torch_alone(monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    assert models.find_gpu() is None
