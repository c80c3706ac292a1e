"""A real browser plays the master and shows the right frame on each side of every join.

Each frame of the footage carries its number as a bar code, which is read back from screenshots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edl.clock import sample_at
from tests.flows.chromium import Page, find_chromium, open_page, serve
from tests.flows.stage import Shell

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]

WIDTH, HEIGHT, BITS, BAR = 320, 180, 12, 24
BEAT = 24_000  # samples from beep to beep
LENGTHS = (7, 1, 1, 13, 5, 1, 9, 61, 3, 2, 17, 50, 1)
PAGE = f"""<!doctype html><style>body {{ margin: 0; background: #808 }} video {{ display: block }}</style>
<video id="v" width="{WIDTH}" height="{HEIGHT}" src="master.mp4" muted preload="auto"></video>"""
READY = """new Promise(done => {
  const v = document.getElementById('v');
  if (v.readyState >= 2) done(); else v.oncanplay = () => done();
})"""
# Resolves when the frame of that time is on screen.
SEEK = """new Promise((done, fail) => {
  const v = document.getElementById('v');
  v.onerror = () => fail(new Error(v.error.message));
  v.onseeked = () => requestAnimationFrame(() => requestAnimationFrame(() => done(v.currentTime)));
  v.currentTime = TIME;
})"""
# Plays to the end and notes each frame that was shown: its time, and the light of its bars.
PLAY = """new Promise((done, fail) => {
  const v = document.getElementById('v'), c = document.createElement('canvas'), shown = [];
  c.width = v.videoWidth; c.height = v.videoHeight;
  const g = c.getContext('2d', {willReadFrequently: true});
  const note = (now, meta) => {
    g.drawImage(v, 0, 0);
    const bars = [];
    for (let i = 0; i < BITS; i++) bars.push(g.getImageData(BAR * i + BAR / 2, 20, 1, 1).data[1]);
    shown.push([meta.mediaTime, bars]);
    v.requestVideoFrameCallback(note);
  };
  v.onerror = () => fail(new Error(v.error.message));
  v.onended = () => done(shown);
  v.requestVideoFrameCallback(note);
  v.play().catch(fail);
})""".replace("BITS", str(BITS)).replace("BAR", str(BAR))
HEARD = """(async () => {
  const data = await (await fetch('master.mp4')).arrayBuffer();
  const sound = await new OfflineAudioContext(2, 1, 48000).decodeAudioData(data);
  const samples = sound.getChannelData(0), begins = [];
  for (let i = 0, loud = -1e9; i < samples.length; i++)
    if (Math.abs(samples[i]) > LOUD) { if (i - loud > 480) begins.push(i); loud = i; }
  return [sound.length, begins];
})()""".replace("LOUD", "0.1")  # over the echo that a codec puts before a beep


def write_numbered(path: Path, frames: int, fps: Fraction) -> None:
    """Footage whose frames carry their number twice: bars for its bits in the upper half, their opposite below."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "4"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = out.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for number in range(frames):
            planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
            planes[:HEIGHT] = 90
            for bit in range(BITS):
                lit = number >> bit & 1
                planes[: HEIGHT // 2, bit * BAR : (bit + 1) * BAR] = 225 if lit else 25
                planes[HEIGHT // 2 : HEIGHT, bit * BAR : (bit + 1) * BAR] = 25 if lit else 225
            out.mux(stream.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        out.mux(stream.encode(None))
        at = np.arange(int(frames / fps * 48_000)) % BEAT
        tone = np.where(at < 1200, np.sin(at * 2 * np.pi * 1000 / 48_000) * 12_000, 0).astype(np.int16)
        block = av.AudioFrame.from_ndarray(tone[None], "s16", "mono")
        block.sample_rate = 48_000
        out.mux(sound.encode(block))
        out.mux(sound.encode(None))


def number_of(upper: np.ndarray, lower: np.ndarray) -> int:
    """The number that bars say; both halves must agree.

    :param upper: light of each bar, least bit first
    """
    bits = upper > 128
    assert (bits != (lower > 128)).all(), (upper, lower)
    return int((bits << np.arange(BITS)).sum())


def number_in(picture: np.ndarray) -> int:
    middles = np.arange(BITS) * BAR + BAR // 2
    light = picture.astype(float).mean(axis=2)
    return number_of(light[20, middles], light[HEIGHT - 20, middles])


def film_of_cuts(fps: Fraction) -> tuple[str, list[int], list[int]]:
    """A film of clips from one numbered file, the number that each of its frames carries, and the samples at which a
    beep begins."""
    text = f"cutaway: 1\ntitle: Cuts\noutput: {{width: {WIDTH}, height: {HEIGHT}, fps: {fps}}}\nsegments:\n"
    numbers: list[int] = []
    beeps: list[int] = []
    for at, length in enumerate(LENGTHS):
        first = at * 37 % 200
        text += f"  - clip: c{at}\n    file: numbered.mov\n    in: {first}f\n    duration: {length}f\n"
        start, skip = (sample_at(frame, 48_000, fps) for frame in (len(numbers), first))
        numbers += range(first, first + length)
        end = sample_at(len(numbers), 48_000, fps) - start + skip
        clear = skip + 480  # behind the fade of the cut, which would delay what is heard of a beep
        beeps += [beep - skip + start for beep in range(-(-clear // BEAT) * BEAT, end - 960, BEAT)]
    return text, numbers, beeps


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    program = find_chromium()
    assert program is not None
    profile = tmp_path / "profile"
    profile.mkdir()
    with open_page(program, profile, WIDTH, HEIGHT) as opened:
        yield opened


@pytest.mark.parametrize("fps", ["25", "30000/1001", "24000/1001", "60"])
def test_each_side_of_every_join(fps: str, page: Page, cutaway: Shell, film: Callable[..., Path]) -> None:
    rate = Fraction(fps)
    text, numbers, beeps = film_of_cuts(rate)
    file = film("", text)
    write_numbered(file.parent / "numbered.mov", 270, rate)
    cutaway("render", file)
    out = file.parent / "out"
    (out / "page.html").write_text(PAGE)
    with serve(out) as address:
        page.open(f"{address}/page.html")
        page.run(READY)
        assert page.run("document.getElementById('v').duration") == pytest.approx(float(len(numbers) / rate), abs=1e-4)
        starts = np.cumsum([0, *LENGTHS]).tolist()
        sides = sorted({side for start in starts for side in (start - 1, start) if 0 <= side < len(numbers)})
        for side in [*sides, *reversed(sides)]:
            page.run(SEEK.replace("TIME", str(float((side + Fraction(1, 2)) / rate))))
            assert number_in(page.screenshot()) == numbers[side], f"frame {side}"
        page.run(SEEK.replace("TIME", "0"))
        shown = page.run(PLAY)
        samples, heard = page.run(HEARD)
    for time, bars in shown:
        frame = round(Fraction(time) * rate)
        assert abs(time - float(frame / rate)) < 1e-3
        # The picture may have moved on between the browser's word and the look at it.
        assert number_of(np.array(bars), 255 - np.array(bars)) in numbers[frame : frame + 4]
    assert len(shown) > 5
    assert not page.said
    assert samples == sample_at(len(numbers), 48_000, rate)
    late = [min((at - beep for at in heard), key=abs) for beep in beeps]
    assert len(beeps) > 2
    assert max(map(abs, late)) < 48, (beeps, heard)  # samples: a millisecond
