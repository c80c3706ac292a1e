"""What a rendered project reached, measured on its master: frames, sound, strict decoding, lips against the voice.

python -m bench.demo                       the demo, after make demo
python -m bench.demo path/to/project.yaml  another rendered project
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edl.clock import sample_at
from edl.facts import VoiceFacts
from edl.picture import Layer, Run
from edl.project import Talk
from flows.plan import Plan, StepKind
from flows.planner import plan
from flows.store import Part
from flows.workplace import Memory, Workplace, open_project, situate, survey

DEMO = Path(__file__).parents[1] / "projects" / "demo" / "project.yaml"
OPEN = {
    **dict.fromkeys(("AA", "AE", "AO", "AW", "AY"), 1.0),
    **dict.fromkeys(("EH", "EY", "AH", "ER", "OW", "OY"), 0.65),
    **dict.fromkeys(("IH", "IY", "UH", "UW", "W", "R", "L", "Y"), 0.35),
    **dict.fromkeys(("SIL", "M", "B", "P", "F", "V"), 0.0),
}
CONSONANT = 0.2  # how open a mouth is in any other phone
LARGEST_LAG = 6  # frames
SUB = 10  # samples a frame, for lags below one frame

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Lips:
    """How a talk's visible frames follow its voice: ``lag`` in frames (positive is late), and the correlation there."""

    segment: str
    frames: int
    lag: float
    correlation: float
    lost: int  # frames on which no face was found again


@dataclass(frozen=True)
class Master:
    """What the finished file holds, beside what was announced. Lengths of sound in samples."""

    announced: int
    frames: int
    first_pts: int
    sound: int
    sound_ought: int
    sound_lag: int  # of the decoded sound behind the mix that went in
    complaints: str


def rendered(file: Path) -> tuple[Workplace, Plan]:
    """A project that was rendered, with its plan.

    :raises SystemExit: when it has not been rendered
    """
    place = open_project(file)
    picks, _ = place.picks()
    found = plan(situate(place, survey(place), picks, Memory(place.store)))
    if not found.done:
        raise SystemExit(f"render it first: cutaway render {file}")
    return place, found


def measure_master(place: Workplace, found: Plan) -> Master:
    """Decode the master whole, by FFmpeg's libraries and, strictly, by the ffmpeg program."""
    import av
    import ffmpeg
    import imageio_ffmpeg

    path = place.folder / found.deliveries[0].file
    with av.open(f"file:{path}") as container:
        stamps = [frame.pts for frame in container.decode(video=0)]
    source = ffmpeg.input(f"file:{path}", xerror=None, err_detect="explode")
    command = ffmpeg.merge_outputs(
        ffmpeg.output(source.video, "-", format="null"), ffmpeg.output(source.audio, "-", format="f32le", ac=2)
    ).global_args("-hide_banner", "-v", "error")
    program = imageio_ffmpeg.get_ffmpeg_exe()
    sound = subprocess.run(command.compile(program), capture_output=True, check=False)
    decoded = np.frombuffer(sound.stdout, np.float32).reshape(-1, 2)
    line = found.timeline
    return Master(
        announced=line.frames,
        frames=len(stamps),
        first_pts=int(stamps[0] or 0),
        sound=len(decoded),
        sound_ought=sample_at(line.frames, 48000, line.fps),
        sound_lag=_sound_lag(decoded, _file(place, _part(place, found, "mix:1"))),
        complaints=sound.stderr.decode().strip(),
    )


def measure_lips(place: Workplace, found: Plan) -> Iterator[Lips]:
    """Find the lips of every visible talk again on the master, and compare with the phones of its voice."""
    gaps = dict(_gaps(place, found))
    fps = float(found.timeline.fps)
    for segment in place.loaded.project.segments:
        frames = [
            run.start + at for run in found.timeline.runs if _shows(run) == segment.id for at in range(run.frames)
        ]
        if not isinstance(segment, Talk) or len(frames) < 2 * LARGEST_LAG:
            continue
        slot = found.timeline.slot(segment.id)
        facts = VoiceFacts.model_validate(_part(place, found, f"voice:{segment.id}").facts["voice"])
        ought = openness(facts, fps, slot.frames, slot.voice)
        seen = [frame for frame in frames if gaps[frame] is not None]
        measured = np.array([gaps[frame] for frame in seen], dtype=np.float64)
        lag, correlation = best_lag(measured, ought, [frame - slot.start for frame in seen])
        yield Lips(segment.id, len(frames), lag, correlation, len(frames) - len(seen))


def _gaps(place: Workplace, found: Plan) -> Iterator[tuple[int, float | None]]:
    """The mouth opening of every frame that shows a talk, over the mouth's width."""
    import av

    from engines.vision.faces import mouth_gap
    from engines.vision.landmarks import landmarker

    talks = {segment.id for segment in place.loaded.project.segments if isinstance(segment, Talk)}
    wanted = {run.start + at for run in found.timeline.runs if _shows(run) in talks for at in range(run.frames)}
    finder = landmarker()
    with av.open(f"file:{place.folder / found.deliveries[0].file}") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                points = finder.find(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)).points
                yield number, None if points is None else mouth_gap(points)


def _shows(run: Run) -> str:
    """The segment whose picture a run shows, whole and not blended with another."""
    return run.picture.base.segment if isinstance(run.picture.base, Layer) else ""


def openness(facts: VoiceFacts, fps: float, frames: int, lead: int) -> Curve:
    """How open a mouth ought to be, ``SUB`` values a frame, from the phones alone."""
    times = (np.arange(frames * SUB) / SUB - lead) / fps
    curve = np.zeros(len(times))
    for phone in facts.phones:
        curve[(times >= phone.start) & (times < phone.end)] = OPEN.get(phone.name, CONSONANT)
    width = round(0.06 * fps * SUB)
    kernel = np.hanning(2 * width + 1)
    return np.convolve(curve, kernel / kernel.sum(), "same")


def best_lag(measured: Curve, ought: Curve, at: list[int]) -> tuple[float, float]:
    """The lag in frames at which what was measured follows best what ought to be."""
    best = (0.0, -1.0)
    for shift in range(-LARGEST_LAG * SUB, LARGEST_LAG * SUB + 1):
        places = np.clip(np.array(at) * SUB + SUB // 2 - shift, 0, len(ought) - 1)
        correlation = float(np.corrcoef(measured, ought[places])[0, 1])
        if correlation > best[1]:
            best = (shift / SUB, correlation)
    return best


def _part(place: Workplace, found: Plan, step: str) -> Part:
    part = place.store.find(found.step(step).name)
    assert part is not None
    return part


def _file(place: Workplace, part: Part) -> Path:
    return place.store.fetch(part, part.media)


def _sound_lag(decoded: NDArray[np.float32], mix: Path) -> int:
    """Samples by which the decoded sound lies behind its sum, by correlation over the first piece."""
    from scipy.signal import correlate

    from engines.media.pieces import AFTER, BEFORE
    from engines.media.sound import read_sound

    wanted = read_sound(mix)[0][BEFORE:-AFTER]
    count = min(len(decoded), len(wanted), 48000 * 30)
    found = correlate(decoded[:count].mean(axis=1), wanted[:count].mean(axis=1), mode="full", method="fft")
    return int(np.argmax(found)) - (count - 1)


def main() -> None:
    place, found = rendered(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO)
    master = measure_master(place, found)
    print(f"frames      {master.frames}, announced {master.announced}, first time stamp {master.first_pts}")
    print(f"sound       {master.sound} samples, rule 5 says {master.sound_ought}, lag {master.sound_lag} samples")
    print(f"decoding    {master.complaints or 'no message with -xerror -err_detect explode'}")
    for lips in measure_lips(place, found):
        print(
            f"lips        {lips.segment}: {lips.lag:+.1f} frames behind the voice, r {lips.correlation:.2f}, "
            f"{lips.frames} frames seen, {lips.lost} lost"
        )
    seconds = dict.fromkeys(StepKind, 0.0)
    for step in found.steps:
        seconds[step.kind] += _part(place, found, step.id).seconds
    print("work        " + ", ".join(f"{kind} {value:.1f} s" for kind, value in seconds.items() if value))


if __name__ == "__main__":
    main()
