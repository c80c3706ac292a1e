"""What every engine must do. The list comes from the registry, so a new engine is tested by being there.

Run it for one engine with ``pytest tests/engines/test_contract.py -k mock/shot``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from pydantic import BaseModel, JsonValue, ValidationError

from edl.errors import Cancelled, EnvironmentLacks
from edl.facts import FaceFacts, FootageFacts, InputFacts, PictureFacts, VoiceFacts
from edl.fields import ENGINE_PATTERN
from edl.findings import Finding
from edl.project import SEGMENTS, AnySegment, Clip, Cutaway, Loop, Narrate, Talk, Title
from edl.recipe import Native
from engines import registry
from engines.contract import Does, Engine, Limits, Made, Order, Params, Shape, Wish
from engines.measures import MEASURES
from engines.media.sound import read_sound
from engines.mock._provider import serve

ROOT = Path(__file__).parents[2]
HOST = ROOT / "projects/demo/assets/host.jpg"  # animators of ours need a real face
HEAVY = ("numpy", "torch", "cv2", "mediapipe", "av", "moviepy", "librosa", "prefect", "PIL", "soundfile")
SAY = "one two"
FRAMES = 12
NEEDED: dict[str, dict[str, object]] = {}  # parameters without which an engine cannot do anything at all
DELIVERY = Shape(320, 180, Fraction(25))
every_engine = pytest.mark.parametrize("name", registry.names())


def segments(does: Does) -> tuple[AnySegment, ...]:
    """What a project may ask of an engine that does this."""
    asked: dict[Does, tuple[AnySegment, ...]] = {
        Does.VOICE: (Narrate(narrate="a", who="host", say=SAY),),
        Does.TALK: (Talk(talk="a", who="host", say=SAY),),
        Does.LOOP: (Loop(loop="a", who="host", duration="1s"),),
        Does.SHOT: (Cutaway(cutaway="a", image="still.png", prompt="waves", duration="1s"),),
        Does.CLIP: (Clip(clip="a", file="clip.mp4", duration="1s"),),
        Does.TITLE: (
            Title(title="a", text="Made with care", duration="1s"),
            Title(title="a", text="Anna Bell", subtitle="Harbour master", style="lower_third", over="b"),
        ),
    }
    return asked.get(does, ())


def cases(engine: Engine) -> list[tuple[Does, AnySegment]]:
    return [(does, segment) for does in sorted(engine.does) for segment in segments(does)]


def params_of(engine: Engine, segment: AnySegment) -> BaseModel:
    """Params as a segment that sets nothing special fills them."""
    own = {"seed", "params", "engine", "duration", "label", "sound"}
    names = [name for name in engine.params.model_fields if name in type(segment).model_fields and name not in own]
    values = {name: getattr(segment, name) for name in names if getattr(segment, name) is not None}
    return engine.params.model_validate({**values, **NEEDED.get(engine.name, {})})


TYPICAL = InputFacts(
    picture=PictureFacts(width=1600, height=900),
    footage=FootageFacts(width=1280, height=720, fps="25", frames=250, seconds=10, has_sound=True, steady=True),
    faces=FaceFacts(faces=1, eye_distance=160, box=(600, 200, 400, 500), sharpness=1, brightness=120, surround=90),
    voice=VoiceFacts(samples=16_000, rate=16_000),
)
NAMES = ("portrait", "image", "file", "sound", "audio", "previous")


def typical_wish(segment: AnySegment, fps: Fraction, frames: int) -> Wish:
    shape = Shape(1280, 720, fps)
    return Wish(segment, frames / fps, frames, shape, facts=dict.fromkeys(NAMES, TYPICAL))


# What an engine says of itself


@every_engine
def test_says_sane_things(name: str) -> None:
    engine = registry.engine(name)
    assert engine.name == name
    assert re.fullmatch(ENGINE_PATTERN, name)
    assert isinstance(engine.pixels, int)
    assert engine.pixels >= 1
    assert engine.does
    assert engine.says
    assert "\n" not in engine.says
    assert engine.pace > 0
    assert engine.patience > 0
    assert all(measure in MEASURES for wanted in engine.needs.values() for measure in wanted)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code.name) for code in engine.codes)


@every_engine
def test_limits_agree_with_one_another(name: str) -> None:
    engine = registry.engine(name)
    limits: Limits = engine.limits
    assert not (limits.seeded and limits.seedless)
    assert not (limits.seedless and limits.deterministic)
    assert limits.paid == (engine.price > 0)
    assert limits.longest is None or limits.longest > 0
    assert limits.stable is None or limits.stable > 0
    assert not limits.hears or Does.VOICE in engine.does


@every_engine
def test_params_are_frozen_and_strict(name: str) -> None:
    engine = registry.engine(name)
    assert issubclass(engine.params, Params)
    assert engine.params.model_config["frozen"]
    with pytest.raises(ValidationError):
        engine.params.model_validate({"surely_no_such_field": 1})
    if Does.TOOL in engine.does:
        return
    of_segments = {field_name for model in SEGMENTS.values() for field_name in model.model_fields}
    for field_name, info in engine.params.model_fields.items():
        assert not info.is_required() or field_name in of_segments, f"{field_name} has no default"


def test_importing_engines_is_light() -> None:
    lines = [
        "import sys",
        "from engines import registry",
        f"heavy = {HEAVY!r}",
        "for name in registry.names():",
        "    registry.engine(name)",
        "    found = [module for module in heavy if module in sys.modules]",
        "    assert not found, f'{name} imports {found}'",
    ]
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr


@every_engine
@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001)], ids=["25", "29.97"])
@pytest.mark.parametrize("frames", [1, 2, 75])
def test_native_shape_is_pure(name: str, fps: Fraction, frames: int) -> None:
    engine = registry.engine(name)
    for _, segment in cases(engine):
        wish, params = typical_wish(segment, fps, frames), params_of(engine, segment)
        native = engine.native(wish, params)
        assert native == engine.native(wish, params)
        assert native.width > 0
        assert native.height > 0
        assert native.frames > 0
        assert native.fps > 0
        if not engine.limits.own_shape:
            assert replace(native, alpha=False) == Native(1280, 720, fps, frames)


@every_engine
def test_check_gives_findings_and_lets_a_good_wish_pass(name: str) -> None:
    engine = registry.engine(name)
    for _, segment in cases(engine):
        found = engine.check(typical_wish(segment, Fraction(25), 75), params_of(engine, segment))
        assert isinstance(found, tuple)
        assert all(isinstance(finding, Finding) for finding in found)
        assert not [finding.headline() for finding in found if finding.blocks]


# What an engine makes


@dataclass
class Notes:
    """A journal in memory."""

    written: list[dict[str, JsonValue]] = field(default_factory=list)

    def entries(self) -> list[dict[str, JsonValue]]:
        return list(self.written)

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        self.written.append(dict(entry))


@dataclass(frozen=True)
class Rendered:
    """An order, what it became, and the shares of progress that were reported."""

    order: Order
    made: Made
    shares: tuple[float, ...]

    @property
    def media(self) -> Path:
        return self.order.folder / self.made.media

    @property
    def bytes(self) -> dict[str, bytes]:
        folder = self.order.folder
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass
class Studio:
    """Renders small orders; equal ones once."""

    folder: Path
    still: Path
    voice: Path
    clip: Path
    kept: dict[tuple[str, Does, str], Rendered] = field(default_factory=dict)
    count: int = 0

    def inputs(self, engine: Engine, does: Does) -> dict[str, Path]:
        """What ``flows`` hands to an engine that does this."""
        face = self.still
        if any("faces" in wanted for wanted in engine.needs.values()):
            if not HOST.exists():
                pytest.skip("there is no portrait yet")
            face = HOST
        by_use: dict[Does, dict[str, Path]] = {
            Does.VOICE: {"audio": self.voice} if engine.limits.hears else {},
            Does.TALK: {"portrait": face, "sound": self.voice, "timings": self.voice.with_name("timings.json")},
            Does.LOOP: {"portrait": face},
            Does.SHOT: {"image": self.still},
            Does.CLIP: {"file": self.clip},
            Does.TITLE: {},
        }
        return by_use[does]

    def order(self, engine: Engine, does: Does, segment: AnySegment, seed: int = 1) -> Order:
        """A small order, with an empty folder."""
        inputs, params = self.inputs(engine, does), params_of(engine, segment)
        self.count += 1
        folder = self.folder / f"order{self.count}"
        folder.mkdir()
        native = None if does is Does.VOICE else engine.native(small_wish(engine, segment, inputs), params)
        return Order(f"{self.count:064x}", params, native, seed, inputs, folder, Notes())

    def first(self, engine: Engine, does: Does, segment: AnySegment) -> Rendered:
        """The order made once, whoever asks."""
        key = (engine.name, does, segment.model_dump_json())
        if key not in self.kept:
            self.kept[key] = self.again(engine, does, segment)
        return self.kept[key]

    def again(self, engine: Engine, does: Does, segment: AnySegment, seed: int = 1) -> Rendered:
        """The order made anew."""
        shares: list[float] = []
        order = self.order(engine, does, segment, seed)
        order = replace(order, progress=lambda share, words: shares.append(share))
        return Rendered(order, run(engine, order), tuple(shares))


def small_wish(engine: Engine, segment: AnySegment, inputs: Mapping[str, Path]) -> Wish:
    facts = {
        use: InputFacts(**{measure: MEASURES[measure].run(inputs[use]) for measure in wanted})
        for use, wanted in engine.needs.items()
        if use in inputs
    }
    return Wish(segment, FRAMES / DELIVERY.fps, FRAMES, DELIVERY, facts=facts)


def run(engine: Engine, order: Order) -> Made:
    try:
        session = engine.open("cpu")
    except EnvironmentLacks as error:
        pytest.skip(str(error))
    try:
        return session.render(order)
    finally:
        session.close()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("studio")
    (folder / "voice").mkdir()
    return Studio(folder, draw_still(folder), speak(folder / "voice"), film_clip(folder))


@pytest.fixture(scope="module", autouse=True)
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The loopback provider of mock/paid."""
    server = serve(tmp_path_factory.mktemp("provider"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_MOCK_PROVIDER", f"http://127.0.0.1:{server.server_address[1]}")
        yield
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", autouse=True)
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Models are named by the user; this one is tiny, or only looks like one where diffusers is not installed."""
    from tests.engines.diffusion.paper import paper

    folder = tmp_path_factory.mktemp("weights")
    if registry.missing(registry.engine("diffusion/local")):
        weights = paper(folder / "ltx", "LTXImageToVideoPipeline")
    else:
        from tests.engines.diffusion.tiny import build

        weights = str(build("ltx", folder))
    NEEDED["diffusion/local"] = {"weights": weights, "steps": 2, "width": 64, "height": 64}
    yield
    NEEDED.clear()


@pytest.fixture(scope="module", autouse=True)
def declared_voice(tmp_path_factory: pytest.TempPathFactory, tiny_weights: None) -> Iterator[None]:
    """A program that the user's settings declare as a voice: it hums."""
    folder = tmp_path_factory.mktemp("settings")
    (folder / "hum.py").write_text(
        "import math, struct, sys, wave\n"
        "with wave.open(sys.argv[1], 'wb') as out:\n"
        "    out.setparams((1, 2, 16000, 0, 'NONE', ''))\n"
        "    hum = (math.sin(at / 9) * (at // 2000 % 4 > 0) for at in range(16000))\n"
        "    out.writeframes(b''.join(struct.pack('<h', int(8000 * level)) for level in hum))\n"
    )
    program = json.dumps([sys.executable, str(folder / "hum.py"), "{out}"])
    (folder / "settings.yaml").write_text(f"voices: {{hum: {{run: {program}}}}}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_SETTINGS", str(folder / "settings.yaml"))
        NEEDED["voice/command"] = {"name": "hum"}
        yield


def draw_still(folder: Path) -> Path:
    """Hills under a sky, 640 x 400, with texture that a camera move shows."""
    x, y = np.meshgrid(np.arange(640), np.arange(400))
    land = y > 220 + 30 * np.sin(x / 70)
    sky = np.stack([120 + y / 4, 150 + y / 5, 215 - y / 8], axis=-1)
    hill = np.stack([70 + 20 * np.sin(x / 9), 110 + 30 * np.cos(y / 7), 60 + 0 * x], axis=-1)
    Image.fromarray(np.where(land[:, :, None], hill, sky).astype(np.uint8)).save(folder / "still.png")
    return folder / "still.png"


def speak(folder: Path) -> Path:
    """A voice, with its timings beside it."""
    engine = registry.engine("mock/voice")
    order = Order("0" * 64, engine.params.model_validate({"say": SAY}), None, 1, {}, folder, Notes())
    return folder / run(engine, order).media


def film_clip(folder: Path) -> Path:
    """A second of footage, 320 x 240 at 25 frames a second, without sound."""
    path = folder / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(25):
            picture = np.full((240, 320, 3), 8 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def renderable(name: str) -> tuple[Engine, list[tuple[Does, AnySegment]]]:
    """An engine and its cases; skips tools, and engines whose modules are not installed."""
    engine = registry.engine(name)
    if engine.does == {Does.TOOL}:
        pytest.skip("a tool of ours, with tests of its own")
    if lacking := registry.missing(engine):
        pytest.skip(f"not installed: {', '.join(lacking)}")
    return engine, cases(engine)


def assert_picture(rendered: Rendered) -> None:
    native = rendered.order.shape()
    with av.open(str(rendered.media)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (native.width, native.height)
        assert stream.average_rate == native.fps
        assert any(part.is_alpha for part in stream.format.components) == native.alpha
        assert sum(1 for _ in container.decode(stream)) == native.frames


def assert_voice(rendered: Rendered) -> None:
    facts = VoiceFacts.model_validate(rendered.made.facts["voice"])
    samples, rate = read_sound(rendered.media)
    assert (len(samples), rate) == (facts.samples, facts.rate)
    assert [SAY[word.first : word.last] for word in facts.words] == SAY.split()
    for timed in (facts.words, facts.phones):
        edges = [edge for one in timed for edge in (one.start, one.end)]
        assert edges == sorted(edges)
        assert all(0 <= edge <= facts.seconds + Fraction(1, 1000) for edge in edges)


@every_engine
def test_renders_what_was_ordered(name: str, studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, asked = renderable(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for does, segment in asked:
        rendered = studio.first(engine, does, segment)
        assert rendered.media.resolve().parent == rendered.order.folder.resolve()
        (assert_voice if does is Does.VOICE else assert_picture)(rendered)
        assert json.dumps(dict(rendered.made.facts), allow_nan=False)
    assert not list(tmp_path.iterdir()), "written outside the order's folder"


@every_engine
def test_reports_progress_from_0_to_1(name: str, studio: Studio) -> None:
    engine, asked = renderable(name)
    for does, segment in asked:
        shares = list(studio.first(engine, does, segment).shares)
        assert shares, "no progress at all"
        assert shares == sorted(shares)
        assert shares[0] >= 0
        assert shares[-1] == pytest.approx(1)


@every_engine
def test_same_order_gives_the_same_bytes(name: str, studio: Studio) -> None:
    engine, asked = renderable(name)
    if not engine.limits.deterministic:
        pytest.skip("promises nothing of that kind")
    for does, segment in asked:
        assert studio.again(engine, does, segment).bytes == studio.first(engine, does, segment).bytes


@every_engine
def test_seeds_differ_where_there_are_seeds(name: str, studio: Studio) -> None:
    engine, asked = renderable(name)
    if not (engine.limits.seeded or engine.limits.seedless):
        pytest.skip("ignores seeds")
    for does, segment in asked:
        other = studio.again(engine, does, segment, seed=1 if engine.limits.seedless else 2)
        assert other.bytes != studio.first(engine, does, segment).bytes


@every_engine
def test_goes_on_from_the_previous_part_where_it_chains(name: str, studio: Studio) -> None:
    engine, asked = renderable(name)
    if not engine.limits.chains:
        pytest.skip("does not chain")
    for does, segment in asked:
        before = studio.first(engine, does, segment)
        order = studio.order(engine, does, segment)
        order = replace(order, inputs={**order.inputs, "previous": before.media})
        after = Rendered(order, run(engine, order), ())
        assert_picture(after)
        assert after.bytes != before.bytes


@every_engine
def test_honours_cancel(name: str, studio: Studio) -> None:
    engine, asked = renderable(name)
    for does, segment in asked:
        order = replace(studio.order(engine, does, segment), cancelled=lambda: True)
        start = time.process_time()  # of this process: how busy the machine is does not count
        with pytest.raises(Cancelled):
            run(engine, order)
        assert time.process_time() - start < 2
