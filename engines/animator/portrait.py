"""The embedded animator: one still portrait and a voice become a clip that speaks, on the CPU, without training.

Only the region round the face moves; every other pixel of every frame equals the framed still. A talk begins and ends
on the still, its parts go on from one another, a loop leads from its last frame into its first, equal orders give equal
bytes. See ``docs/animator.md``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from edl.effect_codes import NO_EFFECT
from edl.errors import Broken, Refused
from edl.facts import FaceFacts, VoiceFacts
from edl.findings import Code, Finding, Place, Severity
from edl.project import Kind
from edl.recipe import differing
from edl.region import EngineRegions, Region
from engines.contract import Does, Engine, Limits, Made, Order, Params, Wish
from engines.media.packages import versions
from engines.motion.judge import judge_regions

if TYPE_CHECKING:
    from engines.animator.rig.head import Rig
    from engines.animator.rig.performance import Performance, Style
    from engines.animator.rig.plates import Pixels
    from engines.media.sink import FrameSink

RIGS_KEPT = 3  # a rig of a 1080p portrait holds about 40 MB


class PortraitParams(Params):
    """How the person moves. ``joins`` is set for the parts of a long talk."""

    expression: Annotated[
        Literal["neutral", "warm", "serious"], Field(description="what the face says besides the words")
    ] = "neutral"
    liveliness: Annotated[
        float, Field(ge=0, le=2, description="sway, breath and slow turns, as a share of the natural")
    ] = 1.0
    blinks: Annotated[float, Field(ge=0, le=40, description="blinks a minute")] = 19.0
    nod: Annotated[float, Field(ge=0, le=10, description="nod with the voice, degrees at a stressed syllable")] = 3.4
    brows: Annotated[float, Field(ge=0, le=2, description="brows that rise with stress, as a share of the natural")] = (
        1.0
    )
    gaze: Annotated[float, Field(ge=0, le=2, description="movement of the eyes, as a share of the natural")] = 1.0
    opening: Annotated[float, Field(ge=0.3, le=1.5, description="mouth opening, as a share of the natural")] = 1.0
    regions: EngineRegions = ()
    joins: Annotated[
        Literal["", "before", "after", "both"], Field(description="where a part of a talk meets another part")
    ] = ""


NO_FACE = Code(
    "portrait-no-face",
    Severity.ERROR,
    "the animator moves a face, and none was found in the portrait",
    "use a picture that shows one face from the front, uncovered, at least 200 pixels wide",
)
SEVERAL = Code(
    "portrait-several-faces",
    Severity.REFUSED,
    "only the largest face would speak while the others stay frozen",
    "crop the picture to the person who speaks",
)
TURNED = Code(
    "portrait-turned",
    Severity.WARNING,
    "the far side of a turned face is hidden, and its mouth and eye move less convincingly",
    "use a more frontal picture, turned less than 20 degrees",
)
TURNED_AWAY = Code(
    "portrait-turned-away",
    Severity.REFUSED,
    "a face turned more than 30 degrees hides half of the mouth, and the lips tear when it speaks",
    "use a more frontal picture, turned less than 20 degrees",
)
SMALL = Code(
    "portrait-small",
    Severity.REFUSED,
    "too few pixels: lips and lids cannot be told from their surroundings",
    "use a larger picture, or crop it closer to the face",
)
CROPPED = Code(
    "portrait-cropped",
    Severity.REFUSED,
    "part of the face lies outside the picture, and its edge would be dragged along",
    "use a picture that shows the whole face with some room round it",
)
BLURRED = Code(
    "portrait-blurred",
    Severity.WARNING,
    "a soft picture stays soft, and the drawn mouth will look sharper than the face",
    "use a sharper picture",
)
DARK = Code(
    "portrait-dark",
    Severity.WARNING,
    "an underexposed or backlit face shows neither lips nor lids clearly",
    "light the face evenly from the front",
)
BRIGHT = Code(
    "portrait-bright",
    Severity.WARNING,
    "burnt-out skin has no texture that could move",
    "use a picture without burnt-out highlights on the face",
)
COVERED = Code(
    "portrait-covered",
    Severity.WARNING,
    "the lower face has another colour than the forehead: a hand, mask or microphone would move with the lips",
    "use a picture with an uncovered mouth; a beard may be ignored",
)
SMILING = Code(
    "portrait-open-smile",
    Severity.WARNING,
    "a smile that shows teeth is closed for some sounds and comes back, and its creases stay through a long talk",
    "use a picture with closed lips and a calm expression",
)
CODES = (NO_FACE, SEVERAL, TURNED, TURNED_AWAY, SMALL, CROPPED, BLURRED, DARK, BRIGHT, COVERED, SMILING)

WARN_TURN, REFUSE_TURN = 20.0, 30.0  # degrees
LEAST_EYES = 48.0  # pixels between the outer eye corners
OPEN_SMILE, LONG_TALK = 0.06, Fraction(10)  # mouth widths; seconds

# by whether a part goes on from another one, and whether into one
JOINS: dict[tuple[bool, bool], Literal["", "before", "after", "both"]] = {
    (False, False): "",
    (True, False): "before",
    (False, True): "after",
    (True, True): "both",
}

Rule = tuple[Code, Callable[[FaceFacts], bool], Callable[[FaceFacts], str]]
RULES: tuple[Rule, ...] = (
    (SEVERAL, lambda f: f.faces > 1, lambda f: f"{f.faces} faces of similar size were found"),
    (TURNED_AWAY, lambda f: turn(f)[1] > REFUSE_TURN, lambda f: _turn_text(f, REFUSE_TURN)),
    (TURNED, lambda f: WARN_TURN < turn(f)[1] <= REFUSE_TURN, lambda f: _turn_text(f, WARN_TURN)),
    (
        SMALL,
        lambda f: f.eye_distance < LEAST_EYES,
        lambda f: f"the eyes are {f.eye_distance:.0f} pixels apart, at least {LEAST_EYES:.0f} are needed",
    ),
    (CROPPED, lambda f: f.cropped, lambda f: "the face reaches beyond the picture"),
    (BLURRED, lambda f: f.sharpness < 0.035, lambda f: f"the eyes are soft (sharpness {f.sharpness:.3f})"),
    (
        DARK,
        lambda f: (f.brightness < 50 and f.surround > f.brightness) or (f.surround - f.brightness > 70),
        lambda f: f"the face has a mean brightness of {f.brightness:.0f}, its surroundings {f.surround:.0f} (of 255)",
    ),
    (BRIGHT, lambda f: f.overexposed > 0.12, lambda f: f"{f.overexposed:.0%} of the face is burnt out"),
    (
        COVERED,
        lambda f: f.covered > 28,
        lambda f: f"lower face and forehead differ by {f.covered:.0f} in colour, skin by less than 28",
    ),
)


def turn(face: FaceFacts) -> tuple[str, float]:
    """The axis about which a head is turned most, and by how many degrees."""
    return max(
        (("sideways", abs(face.yaw)), ("up or down", abs(face.pitch)), ("tilted", abs(face.roll))),
        key=lambda pair: pair[1],
    )


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """What speaks against the portrait and the regions in it; nothing while they have not been measured."""
    name = "portrait" if "portrait" in wish.facts else "image"
    return (*_judge_face(wish, name), *judge_regions(wish, _regions(params), name), *_unheard(wish, params))


def _unheard(wish: Wish, params: BaseModel) -> Iterator[Finding]:
    """What moves with a voice and was set for somebody who does not speak."""
    if wish.segment.kind is Kind.LOOP:
        for name in sorted({"nod", "brows", "opening"} & differing(params).keys() & wish.segment.params.keys()):
            yield NO_EFFECT.at(Place(path=f"params.{name}"), f"{name} moves with a voice, and nobody speaks in a loop")


def _judge_face(wish: Wish, name: str) -> tuple[Finding, ...]:
    facts = wish.facts.get(name)
    if facts is None or facts.faces is None:
        return ()
    place, face = Place(path=name), facts.faces
    if face.faces == 0:
        return (NO_FACE.at(place, "no face was found in the picture", _faceless(wish)),)
    found = [code.at(place, say(face)) for code, applies, say in RULES if applies(face)]
    if wish.segment.kind is Kind.TALK and wish.seconds > LONG_TALK and face.mouth_gap > OPEN_SMILE:
        found.append(SMILING.at(place, f"the portrait shows its teeth, and the talk lasts {float(wish.seconds):.0f} s"))
    return tuple(found)


def _faceless(wish: Wish) -> str:
    """What makes a loop of a picture without a person; nothing for others."""
    return "For a still without a person write engine: graphics/parallax." if wish.segment.kind is Kind.LOOP else ""


def _turn_text(face: FaceFacts, limit: float) -> str:
    axis, degrees = turn(face)
    return f"the head is turned {degrees:.0f} degrees {axis}, more than {limit:.0f}"


class PortraitSession:
    """Keeps the last few rigs. ``watch`` is called with every raw frame before it is encoded."""

    def __init__(self, watch: Callable[[Pixels], None] | None = None) -> None:
        self._watch = watch
        self._rigs: OrderedDict[tuple[str, int, int], Rig] = OrderedDict()

    def render(self, order: Order) -> Made:
        """Render a talk (``portrait``, ``sound``, ``timings``) or a loop (``portrait`` or ``image``).

        :raises Refused: when the picture shows no face
        :raises Broken: when an input cannot be read
        """
        from engines.media.sink import FrameSink

        order.stop_if_cancelled()
        native = order.shape()
        rig = self._rig(order.inputs.get("portrait") or order.inputs["image"], native.width, native.height)
        performance = perform(order)
        with FrameSink(order, watch=self._watch, still=rig.still) as sink:
            _show(rig, performance, order, sink)
        return sink.made()

    def close(self) -> None:
        self._rigs.clear()

    def _rig(self, path: Path, width: int, height: int) -> Rig:
        import hashlib

        key = hashlib.sha256(path.read_bytes()).hexdigest(), width, height
        if key not in self._rigs:
            self._rigs[key] = build_rig(path, width, height)
        self._rigs.move_to_end(key)
        while len(self._rigs) > RIGS_KEPT:
            self._rigs.popitem(last=False)
        return self._rigs[key]


def build_rig(path: Path, width: int, height: int) -> Rig:
    """The rig of a portrait at a delivery size.

    :raises Refused: when the picture shows no face
    """
    import cv2

    from engines.animator.rig.head import Rig
    from engines.media.still import read_still
    from engines.vision.landmarks import landmarker

    cv2.setNumThreads(1)  # frames are small: threads cost more than they give, and steps run side by side
    pixels = read_still(path)
    landmarks = landmarker().find(pixels).points
    if landmarks is None:
        raise Refused(f"no face was found in {path.name}")
    return Rig(pixels, landmarks, width, height)


def _show(rig: Rig, performance: Performance, order: Order, sink: FrameSink) -> None:
    """Write the frames: whole ones where more than the person moves, else only the region of the face."""
    regions, left, top = _regions(order.params), rig.roi[0], rig.roi[1]
    if not regions:
        for pose in performance.poses():
            sink.write_patch(rig.region(pose), left, top)
        return
    from engines.animator.rig.surroundings import Surroundings

    native = order.shape()
    surroundings = Surroundings(rig, regions, order.inputs, float(native.seconds))
    for number, pose in enumerate(performance.poses()):
        sink.write(surroundings.painted(rig.frame(pose), number / native.frames))


def _regions(params: BaseModel) -> tuple[Region, ...]:
    return params.regions if isinstance(params, PortraitParams) else ()


def of_part(wish: Wish, params: BaseModel) -> BaseModel:
    """The parameters of one part: a long talk goes on over its joins, whatever lies on their other side."""
    if wish.segment.kind is not Kind.TALK:
        return params
    joins = JOINS[wish.start > 0, wish.rest > 0]
    return params.model_copy(update={"joins": joins})


def perform(order: Order) -> Performance:
    """What the person does in an order: it speaks where there is a sound, else it lives quietly."""
    from engines.animator.rig.envelope import envelope_of
    from engines.animator.rig.performance import loop, talk

    native, params = order.shape(), order.params
    if not isinstance(params, PortraitParams):
        raise Broken("the order's params are not those of this engine")
    sound = order.inputs.get("sound")
    if sound is None:
        return loop(native, style(params), order.seed)
    envelope = envelope_of(sound, float(native.seconds))
    before, after = next(ends for ends, joins in JOINS.items() if joins == params.joins)
    return talk(_timings(order.inputs["timings"]), envelope, native, style(params), order.seed, before, after)


def style(params: PortraitParams) -> Style:
    """The parameters as the rig wants them: angles in radians."""
    from math import radians

    from engines.animator.rig.liveliness import Manner
    from engines.animator.rig.performance import Expression, Style

    manner = Manner(params.liveliness, params.blinks, radians(params.nod), params.brows, params.gaze)
    return Style(manner, params.opening, Expression(params.expression))


def _timings(path: Path) -> VoiceFacts:
    try:
        return VoiceFacts.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise Broken(f"{path.name} holds no timings: {error.error_count()} fields are wrong") from error


ENGINE = Engine(
    name="animator/portrait",
    pixels=5,
    does=frozenset({Does.TALK, Does.LOOP}),
    params=PortraitParams,
    open=lambda device: PortraitSession(),
    says="moves the face of a still: lips, blinks, breath; everything else stays as it is (CPU, embedded)",
    limits=Limits(longest=Fraction(30), seeded=True),
    check=check,
    part=of_part,
    weights=lambda params: versions("mediapipe"),
    needs={"portrait": ("picture", "faces"), "image": ("picture", "faces"), "region": ("mask",)},
    requires=("mediapipe", "cv2", "numba", "scipy", "av", "soundfile"),
    codes=CODES,
    pace=0.03,
)
