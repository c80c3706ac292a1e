"""What an engine is. Read this file, then ``docs/engines.md``, and write one new file.

An engine is a value: put ``ENGINE = Engine(...)`` into ``engines/<folder>/<name>.py`` and it is found by its
name, ``folder/name``. (An outside distribution offers the same value under the entry point group
``cutaway.engines``.) Nothing else is to be edited; the contract suite ``tests/engines/test_contract.py`` takes its
list from the registry and runs over every engine.

Required: ``name``, ``pixels``, ``does``, ``params``, ``open``. Everything else has a default.

An engine never sees the timeline, the store, or where it runs. It gets an :class:`Order` and writes files into
``order.folder``; the rest is the business of ``flows``. Heavy imports stand inside functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationInfo, field_validator

from edl.errors import Cancelled, Failure
from edl.facts import InputFacts
from edl.findings import Code, Finding
from edl.project import AnySegment
from edl.recipe import Native, Recipe


class Does(StrEnum):
    """What an engine makes."""

    VOICE = "voice"  # say or audio -> voice.wav with word and phone timings
    TALK = "talk"  # portrait + sound -> a clip that speaks
    LOOP = "loop"  # portrait or image -> a clip whose end leads into its start
    SHOT = "shot"  # image (+ prompt, camera) -> a clip
    CLIP = "clip"  # footage -> the wanted range of it
    TITLE = "title"  # text -> a clip, with alpha where it is a lower third
    TOOL = "tool"  # ours: cue, fit, master; never named in a project


NUMBERS: tuple[object, ...] = (int, float, int | None, float | None)  # what a switch does not stand for


class Params(BaseModel):
    """Base of all params models: frozen, unknown names refused.

    A field that has the name of a field of the segment (``prompt``, ``camera``, ``text``, ``say`` ...) is filled from
    there; every other field may be set under the segment's ``params:``. Give each field a default that means "as
    the engine likes", so that only what the user asked for enters the recipe.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_switch_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        """:raises ValueError: for true and false where a number belongs, which pydantic would read as 1 and 0"""
        if isinstance(value, bool) and cls.model_fields[str(info.field_name)].annotation in NUMBERS:
            raise ValueError("a number is needed, not true or false")
        return value


@dataclass(frozen=True)
class Limits:
    """What an engine can and cannot do; the decision guide and the planner read it.

    ``longest``: seconds after which a take must be split into parts. ``stable``: seconds after which a shot gets
    worse, so that several shots are cut together. ``chains``: a part may be given the ``previous`` part's file.
    ``own_shape``: the engine chooses size and rate (``Engine.native``); otherwise it is ordered at delivery.
    ``invents``: it makes up what the still does not show, so five runs give five results.
    ``stand_in``: says in plan and report what this engine stands in for.
    """

    longest: Fraction | None = None
    stable: Fraction | None = None
    chains: bool = False
    own_shape: bool = False
    seeded: bool = False  # the seed changes the pixels
    seedless: bool = False  # every run differs and no seed can be given: takes are numbered
    invents: bool = False
    paid: bool = False
    hears: bool = False  # a voice engine that times a recording instead of speaking a text
    deterministic: bool = True
    cameras: frozenset[str] = frozenset()
    stand_in: str = ""
    silent: bool = True  # its picture files carry no sound of their own
    provider: str = ""  # slot that several steps share: one job at a time
    batch: int = 1  # orders that differ only in the seed and may be rendered in one go (Session.render_batch)
    # Further inputs it takes: ``last`` (the last frame), ``mask`` (what may move), ``font`` (as ``text0`` ... and
    # ``subtitle0`` ..., with their numbers in the params ``text_faces`` and ``subtitle_faces``).
    files: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shape:
    """Size and rate of a delivery."""

    width: int
    height: int
    fps: Fraction


@dataclass(frozen=True)
class Wish:
    """What the timeline wants of one part of one take.

    ``seconds`` is the part's exact length, ``start`` where it begins inside the take, ``rest`` how much of the take
    follows it, ``frames`` the part's length in frames at the delivery rate. ``facts`` are known of the input files,
    by input name.
    """

    segment: AnySegment
    seconds: Fraction
    frames: int
    delivery: Shape
    start: Fraction = Fraction(0)
    facts: Mapping[str, InputFacts] = field(default_factory=dict)
    rest: Fraction = Fraction(0)


class Journal(Protocol):
    """A small synced log that belongs to one recipe and outlives killed runs.

    A paid job is written down before it is created and again when its id is known.
    """

    def entries(self) -> list[dict[str, JsonValue]]:
        """All that was written, oldest first; a torn last line is left out."""

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        """Append one entry; it is on the disk when this returns."""


class Keep(Protocol):
    """Small intermediate results as objects of the store: prompt embeddings, latents. Each has a recipe of its own,
    and one file. An engine must do without: what was not kept is made again."""

    def find(self, recipe: Recipe) -> Path | None:
        """The file that was kept under a recipe."""

    def put(self, recipe: Recipe, data: bytes) -> None:
        """Keep bytes under a recipe; what is kept there already stands."""

    def drop(self, recipe: Recipe) -> None:
        """Forget what was kept under a recipe, if anything was."""


class Forgetful:
    """Keeps nothing."""

    def find(self, recipe: Recipe) -> Path | None:
        return None

    def put(self, recipe: Recipe, data: bytes) -> None:
        return None

    def drop(self, recipe: Recipe) -> None:
        return None


@dataclass(frozen=True)
class Order:
    """All that an engine may know of one part.

    ``inputs`` are local paths by name: ``portrait``, ``sound`` and ``timings`` for a talk; ``portrait`` or ``image``
    for a loop; ``image`` for a shot (``last`` and ``mask`` where ``Limits.files`` names them; for both, ``region1`` and
    so on, the masks of ``regions``, where the params have a field of that name); ``file`` for a clip;
    ``audio`` for a recording; ``previous`` for a chained part, whose other files lie beside it.
    ``folder`` is empty and belongs to the engine. ``progress(share, words)`` takes 0 to 1.
    """

    recipe: str
    params: BaseModel
    native: Native | None
    seed: int
    inputs: Mapping[str, Path]
    folder: Path
    journal: Journal
    progress: Callable[[float, str], None] = lambda share, words: None
    cancelled: Callable[[], bool] = lambda: False
    device: str = "cpu"
    permitted: tuple[str, ...] = ()
    keep: Keep = field(default_factory=Forgetful)

    def stop_if_cancelled(self) -> None:
        """Call this at least every second.

        :raises Cancelled: when the run is to stop.
        """
        if self.cancelled():
            raise Cancelled("stopped on request")

    def shape(self) -> Native:
        """The native shape of an order for pictures.

        :raises ValueError: when the order has none (a voice).
        """
        if self.native is None:
            raise ValueError("this order has no picture")
        return self.native


@dataclass(frozen=True)
class Made:
    """What an order became. ``media`` is the main file's name in the order's folder; ``facts`` is kept in the
    part's manifest (for a voice: :class:`edl.facts.VoiceFacts` as JSON under ``voice``); ``ran`` names the permitted
    fallbacks that were needed."""

    media: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    ran: tuple[str, ...] = ()


class Session(Protocol):
    """An engine made ready on a device (a loaded model, say). ``flows`` opens and closes it."""

    def render(self, order: Order) -> Made:
        """Make one part.

        :raises edl.errors.Failure: one of its classes; anything else counts as Broken.
        """

    def close(self) -> None:
        """Give back memory and devices."""


@dataclass(frozen=True)
class Pace:
    """Measured on this machine: seconds of work for one frame (pictures) or for one second of sound (voices)."""

    seconds: float
    samples: int


class BatchSession(Session, Protocol):
    """A session that can render several orders in one go. Offered by an engine with ``Limits.batch`` over 1."""

    def render_batch(self, orders: Sequence[Order]) -> Sequence[Made | Failure]:
        """Make several parts; the orders differ only in seed, recipe, folder and journal.

        :return: for each order in turn what it became, or how it alone failed
        :raises edl.errors.Failure: when none could be made; after OutOfMemory they are made one by one
        """


def no_complaint(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """The default check."""
    return ()


def at_delivery(wish: Wish, params: BaseModel) -> Native:
    """The default native shape: delivery size and rate, the wanted frames."""
    shape = wish.delivery
    return Native(shape.width, shape.height, shape.fps, wish.frames)


def whole_take(wish: Wish, params: BaseModel) -> BaseModel:
    """The default parameters of a part: those of its take."""
    return params


def no_weights(params: BaseModel) -> str:
    """The default digest of model weights: none are used."""
    return ""


@dataclass(frozen=True)
class Engine:
    """One engine. See the module's text for what is required.

    ``pixels`` is raised only when output changes; a golden test guards it.
    ``check`` judges the input of one wish; places of its findings are relative to the segment
    (``Place(path="image")``). ``native`` turns a wish into the engine's own shape. ``part`` gives the parameters of one
    part where they depend on when it begins (``Wish.start``), so that only what concerns a part is in its recipe.
    ``needs`` names the measures
    (:mod:`engines.measures`) that ``check`` and ``native`` want to know of each input. ``pace`` is the guess at seconds
    of work a frame (or a second of sound) until the store has measured takes. ``session`` names what steps may share:
    same key, same warm session. ``device`` names where an order runs: ``cpu``, or a GPU such as
    ``cuda:0``, on which one worker works at a time, over all runs of this user. ``weights`` names the weights that the
    parameters ask for. ``limits_by``: where limits depend on parameters; ``limits`` are then those of the defaults.
    """

    name: str
    pixels: int
    does: frozenset[Does]
    params: type[BaseModel]
    open: Callable[[str], Session]
    says: str = ""  # one line for ``cutaway engines``
    limits: Limits = Limits()
    native: Callable[[Wish, BaseModel], Native] = at_delivery
    check: Callable[[Wish, BaseModel], tuple[Finding, ...]] = no_complaint
    part: Callable[[Wish, BaseModel], BaseModel] = whole_take
    weights: Callable[[BaseModel], str] = no_weights
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()  # modules that must be installed, for doctor and engines
    # Programs that must be installed, each with the Debian package that brings it; their engines are optional.
    programs: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[Code, ...] = ()
    pace: float = 0.05
    price: float = 0.0  # US dollars a second of picture or sound
    session: Callable[[BaseModel], str] = lambda params: ""
    device: Callable[[BaseModel], str] = lambda params: "cpu"
    permitted: tuple[str, ...] = ()
    patience: float = 120.0  # seconds that one order may take at least before its deadline
    limits_by: Callable[[BaseModel], Limits] | None = None

    def limits_for(self, params: BaseModel) -> Limits:
        """The limits for an order with these parameters: an engine of several models says them by the model."""
        return self.limits_by(params) if self.limits_by else self.limits


@dataclass(frozen=True)
class Plain:
    """A session without state: one function that renders, nothing to close."""

    function: Callable[[Order], Made]

    def render(self, order: Order) -> Made:
        return self.function(order)

    def close(self) -> None:
        return None
