"""Reading stills: upright, RGB, with limits that stop decompression bombs before memory is gone."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edl.errors import Broken
from edl.facts import PictureFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Pixels = NDArray[np.uint8]

MOST_PIXELS = 120_000_000


def measure_picture(path: Path) -> PictureFacts:
    """Width and height, upright; whether there are several pictures in it, and how much of it one can see through.

    The whole file is gone through once, a JPEG at an eighth of its size, so that a damaged one is found before anything
    is made of it.

    :raises Broken: when the file is no picture, is damaged, or larger than ``MOST_PIXELS``
    """
    with _open(path) as image, _damage(path):
        several = bool(getattr(image, "is_animated", False)) and image.format != "MPO"  # some phones keep a depth map
        width, height = image.size
        if image.format == "JPEG":
            image.draft(None, (max(1, width // 8), max(1, height // 8)))
        image.load()
        sideways = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        clear, hidden = _seen_through(image) if image.has_transparency_data else (0.0, False)
    size = (height, width) if sideways else (width, height)
    return PictureFacts(width=size[0], height=size[1], several=several, clear=round(clear, 4), hidden=hidden)


def _seen_through(image: Image.Image) -> tuple[float, bool]:
    """The share of pixels that are not opaque, and whether none shows at all."""
    levels = image.convert("RGBA").getchannel("A").histogram()
    total = max(1, sum(levels))
    return 1.0 - levels[255] / total, levels[0] == total


def read_still(path: Path) -> Pixels:
    """The picture as uint8 RGB, height x width x 3, upright; transparency lies on black, 16 bit becomes 8.

    :raises Broken: as :func:`measure_picture`, and when the file is truncated
    """
    import numpy as np
    from PIL import Image

    with _open(path) as image, _damage(path):
        upright = _eight_bits(_upright(image))
        if upright.has_transparency_data:
            clear = upright.convert("RGBA")
            black = Image.new("RGBA", clear.size, (0, 0, 0, 255))
            upright = Image.alpha_composite(black, clear)
        return np.ascontiguousarray(np.asarray(upright.convert("RGB"), dtype=np.uint8))


def read_drawn(path: Path) -> Pixels:
    """The picture with its transparency: uint8, height x width x 4, straight alpha, upright.

    :raises Broken: as :func:`read_still`
    """
    import numpy as np

    with _open(path) as image, _damage(path):
        return np.array(_eight_bits(_upright(image)).convert("RGBA"), dtype=np.uint8)


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Deep grey levels in 8 bit, which Pillow would cut off: 16 bit as such, other depths by their brightest."""
    import numpy as np
    from PIL import Image

    if not image.mode.startswith(("I", "F")):
        return image
    deep = np.asarray(image)
    if image.mode.startswith("I;16") or (deep.dtype.kind == "i" and 255 < deep.max(initial=0) <= 65535):
        return Image.fromarray((np.clip(deep, 0, 65535) // 257).astype(np.uint8))
    most = 1.0 if deep.dtype.kind == "f" and deep.max(initial=0) <= 1 else max(255.0, float(deep.max(initial=0)))
    return Image.fromarray((np.clip(deep, 0, most) / most * 255).astype(np.uint8))


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """What Pillow raises in a damaged picture, as what it means."""
    import struct

    try:
        yield
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, struct.error) as error:
        raise Broken(f"{path.name} is damaged or cut short: {error}") from error


def _open(path: Path) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
    except Image.DecompressionBombError as error:
        raise Broken(f"{path.name} has far too many pixels, more than {MOST_PIXELS:,} in all") from error
    except UnidentifiedImageError as error:
        raise Broken(f"{path.name} is no picture of a kind that can be read, such as JPEG or PNG") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Broken(f"{path.name} cannot be read as a picture: {error}") from error
    if image.width * image.height > MOST_PIXELS:
        image.close()
        raise Broken(f"{path.name} has {image.width} x {image.height} pixels, more than {MOST_PIXELS:,} in all")
    return image


def cover(width: int, height: int, wanted_width: int, wanted_height: int) -> tuple[float, float, float, float]:
    """The largest centred box (left, top, width, height) of a picture that has the wanted aspect; never stretches."""
    scale = min(width / wanted_width, height / wanted_height)
    box_width, box_height = min(width, wanted_width * scale), min(height, wanted_height * scale)
    return (width - box_width) / 2, (height - box_height) / 2, box_width, box_height


def cover_still(pixels: Pixels, width: int, height: int) -> Pixels:
    """A still cropped around its centre and scaled to exactly ``width`` x ``height``; untouched where it fits."""
    import numpy as np
    from PIL import Image

    if pixels.shape[:2] == (height, width):
        return pixels
    left, top, box_width, box_height = cover(pixels.shape[1], pixels.shape[0], width, height)
    scaled = Image.fromarray(pixels).resize(
        (width, height), Image.Resampling.LANCZOS, box=(left, top, left + box_width, top + box_height)
    )
    return np.ascontiguousarray(np.asarray(scaled, dtype=np.uint8))
