"""Facts: what was measured on an input, kept by the digest of that input and never changed."""

from __future__ import annotations

from fractions import Fraction

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """Base of all facts: frozen, and strict about what is in them."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Word(Fact):
    """One spoken word. ``first`` and ``last`` span its characters in the text (``text[first:last]``)."""

    text: str
    start: float  # seconds from the first sample
    end: float
    first: int
    last: int


class Phone(Fact):
    """One phone in ARPAbet without stress (``SIL`` is silence)."""

    name: str
    start: float
    end: float


class VoiceFacts(Fact):
    """A voice part: its exact length and when each word and phone sounds."""

    samples: int
    rate: int
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()

    @property
    def seconds(self) -> Fraction:
        return Fraction(self.samples, self.rate)


class PictureFacts(Fact):
    """A still, upright (EXIF rotation applied)."""

    width: int
    height: int
    several: bool = False  # an animation, or pages; the first picture counts
    clear: float = 0.0  # share of pixels that are not opaque
    hidden: bool = False  # nothing of it shows


class MaskFacts(Fact):
    """A mask, upright. ``rows``: a coarse map of it, one text of ``1`` (white somewhere in the cell) and ``0`` for each
    row of cells; ``white``: the share of it that is white."""

    width: int
    height: int
    white: float
    rows: tuple[str, ...]


class FootageFacts(Fact):
    """A video file, upright (rotation applied). ``frames`` is counted, ``fps`` a fraction as text."""

    width: int
    height: int
    fps: str
    frames: int
    seconds: float
    has_sound: bool
    sound_end: float | None = None  # seconds from the first frame to the end of the sound
    steady: bool  # constant frame rate


class DamageFacts(Fact):
    """Stretches of a video file that cannot be decoded, in seconds from its first frame: first and last moment."""

    stretches: tuple[tuple[float, float], ...] = ()

    def within(self, begin: float, end: float) -> tuple[tuple[float, float], ...]:
        """The stretches that what is shown from ``begin`` to ``end`` would meet."""
        return tuple((first, last) for first, last in self.stretches if first < end and last > begin)


class SoundFacts(Fact):
    """A sound file, or the sound of a video."""

    seconds: float
    rate: int
    channels: int
    silent: bool = False  # never louder than -60 dBFS


class BeatFacts(Fact):
    """The beats and onsets of a piece of music, in seconds; no beats and tempo 0 where it has no pulse."""

    seconds: float
    tempo: float = 0.0  # beats a minute
    beats: tuple[float, ...] = ()
    onsets: tuple[float, ...] = ()


class FaceFacts(Fact):
    """The largest face of a still. Angles in degrees, lengths in pixels of the still."""

    faces: int
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    eye_distance: float = 0.0  # outer eye corners
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # left, top, width, height
    sharpness: float = 0.0  # Laplacian variance over variance round the eyes
    brightness: float = 0.0  # mean luma of the face, 0 to 255
    surround: float = 0.0  # mean luma round the face
    overexposed: float = 0.0  # share of face pixels at 250 and above
    mouth_gap: float = 0.0  # inner lip gap over mouth width; above .06 is an open smile
    covered: float = 0.0  # colour distance of the lower face to the forehead (Lab, L x .4)
    cropped: bool = False  # landmarks outside the picture


class LengthFacts(Fact):
    """A take from elsewhere that is not as long as it was ordered; in seconds. ``frame`` is the longer one of a frame
    of the order and a frame of the file."""

    ordered: float
    received: float
    frame: float

    def missing(self, needed: float) -> float:
        """Seconds that are missing of those that are needed; 0 for a frame, which may be shown twice."""
        lacking = needed - self.received
        return lacking if lacking > 1.01 * self.frame else 0.0


class InputFacts(Fact):
    """All that is known of one input file; a fact that was not measured yet is None."""

    picture: PictureFacts | None = None
    mask: MaskFacts | None = None
    footage: FootageFacts | None = None
    damage: DamageFacts | None = None
    sound: SoundFacts | None = None
    faces: FaceFacts | None = None
    voice: VoiceFacts | None = None
    beats: BeatFacts | None = None
