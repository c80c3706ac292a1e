"""Sizes and frame counts that a family can make, and seeds that share a call, chosen by us. Pure arithmetic."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import ceil, sqrt

from edl.recipe import Native
from engines.contract import Wish
from engines.diffusion.rig.families import Family, Temporal

ABOUT = 0.03  # an aspect that differs by this share is cropped without anybody noticing


def native_shape(family: Family, wish: Wish, width: int = 0, height: int = 0, base: int = 0) -> Native:
    """The family's own shape for a wish: its usual area in the aspect of the delivery, enough frames for the length.

    :param width: a size of the user's, with ``height``; snapped to the family's multiple
    :param base: the side of the square that buckets are cut from, for a family that picks its size itself
    """
    if family.one_size and not width:
        size = family.width, family.height
    elif base:
        size = bucket(wish.delivery.width / wish.delivery.height, base, family.multiple)
    elif width and height:
        size = _whole(width, family.multiple), _whole(height, family.multiple)
    else:
        size = usual(family, wish.delivery.width / wish.delivery.height)
    return Native(*size, family.fps, frames_for(family.temporal, wish.seconds * family.fps))


def frames_for(rule: Temporal, wanted: Fraction) -> int:
    """The smallest allowed count that is enough, or the most there is."""
    strides = max(1, ceil((wanted - 1) / rule.stride))
    return min(strides * rule.stride + 1, (rule.most - 1) // rule.stride * rule.stride + 1)


def longest(family: Family) -> Fraction:
    """Seconds of the most frames that the family makes."""
    rule = family.temporal
    return Fraction((rule.most - 1) // rule.stride * rule.stride + 1) / family.fps


def stable(family: Family) -> Fraction:
    """Seconds after which a shot gets worse, and beyond which it is made in parts."""
    return min(family.stable, longest(family))


def asked_for(rule: Temporal, frames: int) -> int:
    """What the pipeline must be asked for, so that ``frames`` come back."""
    return (frames - 1) // rule.stride * rule.asked if rule.asked else frames


def usual(family: Family, aspect: float) -> tuple[int, int]:
    """The size that the family was trained for, upright or not, where the aspect is about that; else one as large."""
    for width, height in ((family.width, family.height), (family.height, family.width)):
        if abs(width / height / aspect - 1) <= ABOUT:
            return width, height
    return near(aspect, family.width * family.height, family.multiple)


def near(aspect: float, area: int, multiple: int) -> tuple[int, int]:
    """The size in whole multiples with the nearest aspect among those of about the area."""
    ideal = sqrt(area * aspect), sqrt(area / aspect)
    fitting = [size for size in product(*(_around(side, multiple) for side in ideal)) if _alike(size, area)]
    if not fitting:
        return _whole(round(ideal[0]), multiple), _whole(round(ideal[1]), multiple)
    off = [(round(abs(wide / high / aspect - 1), 2), abs(wide * high - area), (wide, high)) for wide, high in fitting]
    return min(off)[2]


def _around(side: float, multiple: int) -> list[int]:
    return [max(1, int(side // multiple) + more) * multiple for more in (-1, 0, 1, 2)]


def _alike(size: tuple[int, ...], area: int) -> bool:
    return 0.8 * area <= size[0] * size[1] <= 1.1 * area


def bucket(aspect: float, base: int, multiple: int) -> tuple[int, int]:
    """The size among the buckets of HunyuanVideo 1.5 with the nearest aspect.

    Its buckets are sizes in whole multiples whose area stays just below ``base`` squared. The pipeline compares
    rounded ratios in one direction only, so that it would answer some of its own sizes with the next one; those are
    left out here.
    """
    count = round((base / multiple) ** 2)
    sizes: list[tuple[int, int]] = []
    high, wide = count, 1
    while high > 0:
        if max(wide, high) / min(wide, high) <= 4.0:
            sizes.append((wide * multiple, high * multiple))
        if (wide + 1) * high <= count:
            wide += 1
        else:
            high -= 1
    return min(filter(_kept, sizes), key=lambda size: abs(size[0] / size[1] / aspect - 1))


def _kept(size: tuple[int, int]) -> bool:
    ratio = size[1] / size[0]
    return round(ratio, 5) <= ratio if ratio >= 1 else round(ratio, 5) >= ratio


def _whole(side: int, multiple: int) -> int:
    return max(1, round(side / multiple)) * multiple


def block(seed: int, batch: int) -> tuple[int, ...]:
    """The seeds that share a call with one: counted from 1 in blocks, so 5 to 8 for seed 7 and batches of 4."""
    first = (seed - 1) // batch * batch + 1
    return tuple(range(first, first + batch))
