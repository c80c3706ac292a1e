"""What is shared: encoders, stills, loaded models; and that two processes make the same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engines.diffusion.local import ENGINE
from tests.engines.diffusion.conftest import Memory, Studio

diffusers = pytest.importorskip("diffusers")
import transformers  # noqa: E402

ROOT = Path(__file__).parents[3]


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts loads and calls of encoders."""
    counted: Counter[str] = Counter()

    def watch(owner: Any, name: str, label: str) -> None:
        inner = getattr(owner, name)
        bound = hasattr(inner, "__self__")

        def watched(*words: Any, **named: Any) -> Any:
            counted[label] += 1
            return inner(*words, **named)

        monkeypatch.setattr(owner, name, staticmethod(watched) if bound else watched)

    watch(transformers.T5EncoderModel, "forward", "text")
    watch(diffusers.AutoencoderKLLTXVideo, "encode", "still")
    watch(diffusers.LTXImageToVideoPipeline, "from_pretrained", "loads")
    return counted


def test_one_load_a_model_one_encoding_a_prompt_and_a_still(
    studio: Studio, memory: Memory, count: Counter[str]
) -> None:
    session = ENGINE.open("cpu")
    for seed in (1, 2, 3):
        session.render(studio.order("ltx", seed=seed, keep=memory))
    session.close()
    assert count == {"text": 2, "still": 1, "loads": 2}  # prompt and negative; the model, and its text encoder apart
    again = ENGINE.open("cpu")
    again.render(studio.order("ltx", seed=4, keep=memory))
    again.close()
    assert count == {"text": 2, "still": 1, "loads": 3}, "embeddings are kept: no text encoder is loaded"


def test_options_of_the_call_share_a_session_and_options_of_loading_do_not(studio: Studio) -> None:
    plain = ENGINE.session(studio.params("ltx"))
    assert plain == ENGINE.session(studio.params("ltx", motion=0.9, steps=7, guidance=2, batch=2))
    assert plain != ENGINE.session(studio.params("ltx", dtype="bfloat16"))


def test_two_processes_make_the_same_bytes(studio: Studio) -> None:
    order = studio.order("wan2.1")
    made = studio.render(order)
    digest = hashlib.sha256((order.folder / made.media).read_bytes()).hexdigest()
    other = studio.fresh(order)
    program = (
        "import sys, torch; from pathlib import Path; from dataclasses import replace\n"
        "from engines.contract import Order; from engines.diffusion.local import ENGINE\n"
        "from edl.recipe import native_from; import json\n"
        "params, native, image, folder, threads = map(json.loads, sys.argv[1:6])\n"
        "torch.set_num_threads(threads)\n"
        "order = Order('0' * 64, ENGINE.params.model_validate(params), native_from(native), 1,\n"
        "    {'image': Path(image)}, Path(folder), None, permitted=ENGINE.permitted)\n"
        "ENGINE.open('cpu').render(order)\n"
    )
    import json

    import torch

    from edl.recipe import native_document

    arguments = (
        order.params.model_dump(mode="json"),
        native_document(order.shape()),
        str(order.inputs["image"]),
        str(other.folder),
        torch.get_num_threads(),
    )
    subprocess.run([sys.executable, "-c", program, *map(json.dumps, arguments)], cwd=ROOT, check=True, timeout=120)
    assert hashlib.sha256((other.folder / made.media).read_bytes()).hexdigest() == digest


def test_nothing_heavy_is_imported_before_an_order(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom engines.diffusion.local import ENGINE\nENGINE.open('cpu').close()\n"
        "assert not {'torch', 'diffusers', 'transformers', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
