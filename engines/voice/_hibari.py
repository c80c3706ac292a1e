"""hibari's model, with the durations that it keeps to itself, one sentence at a time."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from edl.errors import Broken, EnvironmentLacks
from engines.media.align import RATE as ALIGN_RATE
from engines.media.align import Spelled, align
from engines.media.english.script import Line
from engines.media.g2p import line_ipa
from engines.media.phones import STRESS, Symbols, names, to_arpabet
from engines.media.sound import resample
from engines.media.timings import Run
from engines.voice._speech import HEAD, TAIL, Utterance, faded

Samples = NDArray[np.float32]

RATE = 24_000
UNIT = RATE // 40  # the model counts durations in 25 ms
SYNTHESIS_SEED = 1
PORTION = 400  # phonemes that the model takes at once
# Models whose node /Clip_output_0 is known to hold the duration of each symbol (hibari-tts 0.2.1, voice heart).
KNOWN_MODELS = frozenset({"5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"})
_NODE = b"/Clip_output_0"

# Where a phone begins, against the model's own durations. Fitted on 900 phones at three speeds against forced
# alignment, and confirmed by the onset of fricatives: the sound leads its symbol. Stress marks and blanks are no
# sounds of their own: their time is the next phone's (standard deviation 18 ms, with a constant shift 30 to 50 ms).
_LEAD_OF_PREVIOUS = 0.7
_LEAD = 0.030 * RATE
_LEAD_AFTER_MARKS = 0.040 * RATE

_HOP = RATE // 200  # energy is looked at every 5 ms
_QUIET = 10 ** (-42 / 20)  # of the loudest 5 ms of the sentence
_SHORTEST_PHONE = RATE // 100
_SHORTEST_PAUSE = 12 * _HOP
_UNHEARD = int(0.06 * RATE)  # a stop closes this long before it is heard; F and TH begin below the threshold
_PAUSING = frozenset(',.;:!?—…"“”()')
_FAINT = frozenset(["P", "B", "T", "D", "K", "G", "CH", "JH", "F", "TH"])


class Model:
    """hibari's voice ``heart``, loaded (0.9 s).

    :raises EnvironmentLacks: when hibari is not installed
    """

    def __init__(self) -> None:
        try:
            import onnxruntime
            from hibari import Hibari
            from hibari.voices import voice_path
        except ImportError as error:
            raise EnvironmentLacks("hibari-tts is not installed", remedy="pip install hibari-tts==0.2.1") from error
        onnxruntime.set_default_logger_severity(3)
        with open(voice_path("heart", download_missing=False), "rb") as file:
            weights = file.read()
        self._timed = hashlib.sha256(weights).hexdigest() in KNOWN_MODELS
        self._voice = Hibari(model=_with_output(weights, _NODE) if self._timed else weights, threads=1)

    def speak(self, line: Line, speed: float) -> Utterance:
        """Speak one sentence. It is empty when nothing in it has a sound."""
        spoken = [self._portion(ipa, speed) for ipa in portions(line_ipa(line)) if names(ipa)]
        samples: list[Samples] = [np.zeros(0, np.float32)]
        phones: list[Run] = []
        for piece in spoken:
            offset = sum(map(len, samples))
            phones += [run.later(offset) for run in piece.phones]
            samples.append(piece.samples)
        return Utterance(np.concatenate(samples), tuple(phones))

    def raw(self, ipa: str, speed: float) -> tuple[Samples, NDArray[np.int64]]:
        """The model's sound for at most 400 phonemes, and the duration of each symbol in units of 25 ms, pads first
        and last; no durations where the model is not one whose durations are known."""
        from hibari import dsp

        ids = np.asarray([self._voice.ids(ipa)], np.int64)
        out = self._voice.sess.run(None, {"ids": ids, "speed": np.asarray([speed], np.float32)})
        sound: Samples = dsp.synth(*(part[0] for part in out[:6]), np.random.default_rng(SYNTHESIS_SEED))
        if not np.isfinite(sound).all():
            raise Broken("the voice model returned no numbers")
        return sound, np.asarray(out[6] if self._timed else (), np.int64)

    def _portion(self, ipa: str, speed: float) -> Utterance:
        known = "".join(symbol for symbol in ipa if symbol in self._voice.vocab)
        sound, durations = self.raw(known, speed)
        exact = len(durations) == len(known) + 2 and int(durations.sum()) * UNIT == len(sound)
        phones = timed_phones(known, durations, sound) if exact else aligned_phones(known, sound)
        return trimmed(sound, phones, speed)


def portions(ipa: str) -> list[str]:
    """A sentence in pieces that the model can take, cut after a clause where there is one, else between words."""
    pieces = []
    while len(ipa) > PORTION:
        cut = max(ipa.rfind(mark + " ", 0, PORTION) for mark in ",;:—")
        cut = cut + 1 if cut > PORTION // 3 else ipa.rfind(" ", 0, PORTION)
        cut = cut if cut > 0 else PORTION
        pieces.append(ipa[:cut].strip())
        ipa = ipa[cut:].strip()
    return [*pieces, ipa]


def timed_phones(ipa: str, durations: NDArray[np.int64], sound: Samples) -> list[Run]:
    """Phones by the model's own durations; pauses by energy.

    :param durations: of each symbol in units of 25 ms, with a pad before and after
    """
    edges = np.concatenate([[0], np.cumsum(durations)]) * UNIT  # edges[i + 1] is where symbol i begins
    phones = to_arpabet(ipa)
    return with_pauses(ipa, phones, [_start(ipa, phone, edges) for phone in phones], sound)


def _start(ipa: str, phone: Symbols, edges: NDArray[np.int64]) -> int:
    marks = phone.first
    while marks and ipa[marks - 1] in STRESS + " ":
        marks -= 1
    if marks < phone.first or not phone.first:
        return int(edges[marks + 1] - _LEAD_AFTER_MARKS)
    previous = edges[phone.first + 1] - edges[phone.first]
    return int(edges[phone.first + 1] - _LEAD_OF_PREVIOUS * previous - _LEAD)


def with_pauses(ipa: str, phones: tuple[Symbols, ...], starts: list[int], sound: Samples) -> list[Run]:
    """Phones from where each starts. Before punctuation and at both ends the model counts silence as part of a
    phone; there the sound decides."""
    loud = _loud(sound)
    first, last = _speech(loud, len(sound))
    begin = max(0, first - _unheard(phones[0].name))
    runs = []
    for phone, after, start in zip(phones, phones[1:], starts[1:], strict=False):
        end = following = max(start, begin + _SHORTEST_PHONE)
        if not _PAUSING.isdisjoint(ipa[phone.last : after.first]):
            quiet = _pause(loud, begin + _SHORTEST_PHONE, end + RATE // 6)
            if quiet:
                end, following = quiet[0], max(quiet[0], quiet[1] - _unheard(after.name))
        runs.append(Run(phone.name, begin, end))
        begin = following
    return [*runs, Run(phones[-1].name, begin, max(last, begin + _SHORTEST_PHONE))]


def _unheard(name: str) -> int:
    return _UNHEARD if name in _FAINT else 0


def _loud(sound: Samples) -> NDArray[np.bool_]:
    """For each 5 ms whether there is speech."""
    frames = sound[: len(sound) // _HOP * _HOP].reshape(-1, _HOP)
    energy = np.sqrt(np.mean(frames * frames, axis=1))
    return np.asarray(energy > energy.max() * _QUIET)


def _speech(loud: NDArray[np.bool_], length: int) -> tuple[int, int]:
    """The first and last sample of speech."""
    frames = np.flatnonzero(loud)
    if not len(frames):
        return 0, length
    return int(frames[0]) * _HOP, min(length, int(frames[-1] + 1) * _HOP)


def _pause(loud: NDArray[np.bool_], first: int, last: int) -> tuple[int, int] | None:
    """The longest quiet stretch that begins between two samples."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], loud, [True]]).astype(np.int8)))
    quiet = [(int(begin) * _HOP, int(end) * _HOP) for begin, end in zip(edges[::2], edges[1::2], strict=True)]
    inside = [(begin, end) for begin, end in quiet if first <= begin <= last and end - begin >= _SHORTEST_PAUSE]
    return max(inside, key=lambda stretch: stretch[1] - stretch[0], default=None)


def aligned_phones(ipa: str, sound: Samples) -> list[Run]:
    """Phones by forced alignment, for a model whose durations are not known.

    :raises Broken: when the alignment fails
    """
    words = [Spelled(word, names(word)) for word in ipa.split() if names(word)]
    found = align(resample(sound, RATE, ALIGN_RATE), words)
    if found is None:
        raise Broken("the voice's own sound could not be aligned with its text")
    runs = [Run(phone.name, int(phone.start * RATE), int(phone.end * RATE)) for phone in found.phones]
    return [run for run in runs if run.name != "SIL"]


def trimmed(sound: Samples, phones: list[Run], speed: float) -> Utterance:
    """Cut the model's silences to 100 ms before and 250 ms after the speech (at speed 1), faded so that nothing
    clicks. The model's own pause at a comma is as long, and follows the speed as well."""
    first, last = _speech(_loud(sound), len(sound))
    begin, end = first - int(HEAD * RATE / speed), last + int(TAIL * RATE / speed)
    cut = np.zeros(end - begin, np.float32)
    inside = faded(sound[max(begin, 0) : min(end, len(sound))], RATE)
    cut[max(-begin, 0) : max(-begin, 0) + len(inside)] = inside
    return Utterance(cut, tuple(run.later(-begin) for run in phones))


def _with_output(model: bytes, node: bytes) -> bytes:
    """The same ONNX model with one more output. Protocol buffers that follow one another merge, so that it takes
    only the bytes of ``graph.output.name``."""
    return model + _field(7, _field(12, _field(1, node)))


def _field(number: int, payload: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(payload)) + payload


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])
