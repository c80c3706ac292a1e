"""Where a picture of another shape is cut from a take: a window that follows the subject calmly, or stands.

Pure arithmetic on what :mod:`engines.conformer.subject` saw. A window stands still as long as the subject stays near
its middle. When it must move, its place is dragged along at a limited speed and then smoothed over a window of
``SMOOTH`` seconds, from both sides, so that it starts before the subject leaves and never jerks: speed is at most
``SPEED``, acceleration at most 4 x ``SPEED`` / ``SMOOTH``, both in window lengths. It jumps only where the take itself
cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import cos, floor, pi
from statistics import median

from edl.facts import Fact

SLACK = 0.15  # of the window's length, to each side: so far a person may go before the window follows
LOOSE = 0.22  # the same for what is no person: what draws the eye may wander where nothing moves
SPEED = 1.2  # window lengths a second
SMOOTH = 1.6  # seconds
MEDIAN = 5  # looks; what only two of them saw was no subject
FACED = 0.3  # share of looks with a face from which on faces alone count
NEAR = 0.15  # of the picture: a face this near the last one is the same person
BESIDE = 0.5  # faces at least so wide against the main one belong into the window too, if they fit
ROOM = 0.9  # of the window, for those
HEADROOM = 0.08  # of the window's height that a face stands above its middle

Spot = tuple[float, float]
Box = tuple[float, float, float, float]


class Look(Fact):
    """What one frame shows, in shares of the upright picture: faces (left, top, width, height), the widest first, and
    the spot that draws the eye."""

    faces: tuple[Box, ...] = ()
    salient: Spot = (0.5, 0.5)


class SubjectFacts(Fact):
    """What was seen in one part of a take: a look every ``every`` frames, and the frames at which it cuts."""

    width: int  # upright, square pixels
    height: int
    fps: str
    every: int
    looks: tuple[Look, ...]
    cuts: tuple[int, ...] = ()


class Shot(Fact):
    """The window's middle in shares of the picture, from delivery frame ``start`` on: one value that stands, or values
    every ``step`` frames."""

    start: int
    step: int
    x: tuple[float, ...]
    y: tuple[float, ...]

    def at(self, frame: int) -> Spot:
        """The window's middle at a frame; between two values a Catmull-Rom spline."""
        place = (frame - self.start) / self.step
        return _between(self.x, place), _between(self.y, place)


@dataclass(frozen=True)
class Seen:
    """What one part shows, and the delivery frames of the take that it fills."""

    facts: SubjectFacts
    first: int
    frames: int


def standing(focus: Spot) -> tuple[Shot, ...]:
    """A window that stands where the project says."""
    return (Shot(start=0, step=1, x=(focus[0],), y=(focus[1],)),)


def follow(parts: Sequence[Seen], width: int, height: int, fps: Fraction, still: bool) -> tuple[Shot, ...]:
    """The window of a whole take, shot by shot.

    :param width: of the delivery, with ``height``; only their ratio counts
    :param still: the subject is known not to walk about (a portrait): the window never moves
    """
    shots: list[Shot] = []
    step = max(1, round(fps / 5))
    aims = [(part, _aims(part.facts, *window(part.facts, width, height))) for part in parts]
    middle = (median(x for _, spots in aims for x, _ in spots), median(y for _, spots in aims for _, y in spots))
    for part, spots in aims:
        wide, high = window(part.facts, width, height)
        slack = SLACK if _people(part.facts) else LOOSE
        if still:
            shots.append(_stands(part.first, step, middle, wide, high))
            continue
        native = Fraction(part.facts.fps)
        edges = [0, *(floor(cut / native * fps) for cut in part.facts.cuts), part.frames]
        for first, end in pairwise(edges):
            if end > first:
                count = (end - first - 1) // step + 2
                looks = [
                    _look(spots, (first + at * step) / fps * native, part.facts, (first, end), fps)
                    for at in range(count)
                ]
                x = track([x for x, _ in looks], wide, slack, step / fps)
                y = track([y for _, y in looks], high, slack, step / fps)
                shots.append(Shot(start=part.first + first, step=step, x=x, y=y))
    return tuple(shots)


def window(facts: SubjectFacts, width: int, height: int) -> Spot:
    """The window's size in shares of the picture: as large as fits, one of the two is 1."""
    share = Fraction(width * facts.height, height * facts.width)
    return float(min(Fraction(1), share)), float(min(Fraction(1), 1 / share))


def within(shots: Sequence[Shot], first: int, frames: int) -> tuple[Shot, ...]:
    """What a run of a take needs of its window, counted from the run's first frame."""
    found = []
    for shot, after in zip(shots, (*shots[1:], None), strict=True):
        end = min(first + frames, after.start if after else first + frames)
        if end <= max(first, shot.start):
            continue
        low = max(0, (max(first, shot.start) - shot.start) // shot.step - 1)
        high = (end - 1 - shot.start) // shot.step + 3
        x, y = (values if len(values) == 1 else values[low:high] for values in (shot.x, shot.y))
        if len(set(x)) == len(set(y)) == 1:
            x, y, start = x[:1], y[:1], max(0, shot.start - first)
        else:
            start = shot.start + low * shot.step - first
        found.append(Shot(start=start, step=shot.step, x=x, y=y))
    return tuple(found)


def spot_at(shots: Sequence[Shot], frame: int) -> Spot:
    """The window's middle at a frame of the run."""
    now = shots[0]
    for shot in shots:
        if shot.start <= frame:
            now = shot
    return now.at(frame)


def track(aims: Sequence[float], share: float, loose: float, seconds: Fraction) -> tuple[float, ...]:
    """The window's middle on one axis, one value an aim or a single one where it stands.

    :param aims: where the subject is, 0 to 1
    :param share: the window's length, 0 to 1
    :param loose: how far the subject may go before the window follows, of the window's length
    :param seconds: from one aim to the next
    """
    inside = [min(max(aim, share / 2), 1 - share / 2) for aim in _calmed(aims)]
    slack = loose * share
    if max(inside) - min(inside) <= 2 * slack:
        return (round((max(inside) + min(inside)) / 2, 4),)
    smooth = _smoothed(_dragged(inside, slack, SPEED * share * float(seconds)), seconds)
    return tuple(round(min(max(place, share / 2), 1 - share / 2), 4) for place in smooth)


def _stands(start: int, step: int, middle: Spot, wide: float, high: float) -> Shot:
    x, y = (min(max(value, share / 2), 1 - share / 2) for value, share in zip(middle, (wide, high), strict=True))
    return Shot(start=start, step=step, x=(round(x, 4),), y=(round(y, 4),))


def _look(spots: Sequence[Spot], frame: Fraction, facts: SubjectFacts, shot: tuple[int, int], fps: Fraction) -> Spot:
    """The look nearest to a native frame, of those inside the shot (delivery frames) where there are any."""
    native = Fraction(facts.fps)
    low, high = (float(edge / fps * native) for edge in shot)
    inside = [at for at in range(len(spots)) if low <= at * facts.every < high] or range(len(spots))
    return spots[min(inside, key=lambda at: abs(at * facts.every - frame))]


def _aims(facts: SubjectFacts, wide: float, high: float) -> list[Spot]:
    """Where the window's middle should be, look by look: on people where there are some, else on what draws the eye."""
    people = _people(facts)
    if not people:
        return [look.salient for look in facts.looks]
    aims: list[Spot | None] = []
    last: Box | None = None
    for faces in people:
        if not faces:
            aims.append(None)
            continue
        last = _same(faces, last) or faces[0]
        aims.append(_on_faces(last, faces, wide, high))
    return _held(aims)


def _people(facts: SubjectFacts) -> list[tuple[Box, ...]]:
    """The faces of each look; nothing at all where faces are too rare to be what the take is about."""
    people = _lasting([look.faces for look in facts.looks])
    faced = [bool(faces) for faces in people]
    return people if any(faced) and sum(faced) >= FACED * len(faced) else []


def _lasting(looks: Sequence[tuple[Box, ...]]) -> list[tuple[Box, ...]]:
    """Without faces that the look before and the look after did not see: those are none."""
    if len(looks) == 1:
        return list(looks)
    found = []
    for at, faces in enumerate(looks):
        around = [face for near in (at - 1, at + 1) if 0 <= near < len(looks) for face in looks[near]]
        found.append(tuple(face for face in faces if any(_apart(face, other) <= NEAR for other in around)))
    return found


def _same(faces: Sequence[Box], last: Box | None) -> Box | None:
    """The face that was looked at before."""
    if last is None:
        return None
    near = min(faces, key=lambda face: _apart(face, last))
    return near if _apart(near, last) <= NEAR else None


def _apart(one: Box, other: Box) -> float:
    return max(abs(one[0] + one[2] / 2 - other[0] - other[2] / 2), abs(one[1] + one[3] / 2 - other[1] - other[3] / 2))


def _on_faces(main: Box, faces: Sequence[Box], wide: float, high: float) -> Spot:
    left, top, right, bottom = main[0], main[1], main[0] + main[2], main[1] + main[3]
    for face in faces:
        if face[2] < BESIDE * main[2]:
            continue
        union = (min(left, face[0]), min(top, face[1]), max(right, face[0] + face[2]), max(bottom, face[1] + face[3]))
        if union[2] - union[0] <= ROOM * wide and union[3] - union[1] <= ROOM * high:
            left, top, right, bottom = union
    return (left + right) / 2, (top + bottom) / 2 + HEADROOM * high


def _held(aims: Sequence[Spot | None]) -> list[Spot]:
    """Gaps filled with what was last seen; a gap at the start with what is seen first."""
    last = next(aim for aim in aims if aim is not None)
    found = []
    for aim in aims:
        last = aim or last
        found.append(last)
    return found


def _calmed(aims: Sequence[float]) -> list[float]:
    """Each aim as the median of those round it, as many to one side as to the other: nothing lags at the ends."""
    found = []
    for at in range(len(aims)):
        reach = min(MEDIAN // 2, at, len(aims) - 1 - at)
        found.append(median(aims[at - reach : at + reach + 1]))
    return found


def _dragged(aims: Sequence[float], slack: float, most: float) -> list[float]:
    """A window that moves only where the subject leaves its middle, by ``most`` a step; it begins as if it had always
    been where the first aim wants it."""
    place, found = aims[0], []
    for aim in aims:
        wanted = min(max(place, aim - slack), aim + slack)
        place += min(max(wanted - place, -most), most)
        found.append(place)
    return found


def _smoothed(places: Sequence[float], seconds: Fraction) -> list[float]:
    """A mean with weights of a raised cosine, the same to both sides, so that nothing comes late; beyond its ends the
    path goes on as if turned about them, so that they keep their place."""
    reach = max(1, round(SMOOTH / 2 / float(seconds)))
    weights = [1 + cos(pi * far / (reach + 1)) for far in range(-reach, reach + 1)]
    total, last = sum(weights), len(places) - 1

    def place(at: int) -> float:
        if at < 0:
            return 2 * places[0] - places[min(-at, last)]
        return places[at] if at <= last else 2 * places[last] - places[max(2 * last - at, 0)]

    return [
        sum(weight * place(at + far) for far, weight in zip(range(-reach, reach + 1), weights, strict=True)) / total
        for at in range(len(places))
    ]


def _between(values: Sequence[float], place: float) -> float:
    last = len(values) - 1
    if last == 0:
        return values[0]
    place = min(max(place, 0.0), float(last))
    at = min(int(place), last - 1)
    t = place - at
    before, left, right, after = (values[min(max(at + far, 0), last)] for far in (-1, 0, 1, 2))
    return left + 0.5 * t * (
        right - before + t * (2 * before - 5 * left + 4 * right - after + t * (3 * (left - right) + after - before))
    )
