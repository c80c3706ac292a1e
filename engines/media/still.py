"""Reading stills: upright, RGB, with limits that stop decompression bombs before memory is gone."""

from __future__ import annotations

import warnings
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
    """Width and height, upright, from the header alone.

    :raises Broken: when the file is no picture, or larger than ``MOST_PIXELS``
    """
    with _open(path) as image:
        width, height = image.size
        sideways = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        return PictureFacts(width=height, height=width) if sideways else PictureFacts(width=width, height=height)


def read_still(path: Path) -> Pixels:
    """The picture as uint8 RGB, height x width x 3, upright; transparency lies on black, 16 bit becomes 8.

    :raises Broken: as :func:`measure_picture`, and when the file is truncated
    """
    import numpy as np
    from PIL import Image, ImageOps

    with _open(path) as image:
        try:
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):
                deep = np.asarray(upright).astype(np.float64)
                grey = (deep / max(1.0, 65535.0 if deep.max() > 255 else 255.0) * 255).astype(np.uint8)
                return np.repeat(grey[:, :, None], 3, axis=2)
            if upright.has_transparency_data:
                clear = upright.convert("RGBA")
                black = Image.new("RGBA", clear.size, (0, 0, 0, 255))
                upright = Image.alpha_composite(black, clear)
            return np.ascontiguousarray(np.asarray(upright.convert("RGB"), dtype=np.uint8))
        except (OSError, ValueError, SyntaxError) as error:
            raise Broken(f"{path.name} is damaged: {error}") from error


def read_drawn(path: Path) -> Pixels:
    """The picture with its transparency: uint8, height x width x 4, straight alpha, upright.

    :raises Broken: as :func:`read_still`
    """
    import numpy as np
    from PIL import ImageOps

    with _open(path) as image:
        try:
            return np.array(ImageOps.exif_transpose(image).convert("RGBA"), dtype=np.uint8)
        except (OSError, ValueError, SyntaxError) as error:
            raise Broken(f"{path.name} is damaged: {error}") from error


def _open(path: Path) -> Image.Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
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
