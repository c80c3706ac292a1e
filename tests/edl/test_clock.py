from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.clock import Time, frames_for, parse_rate, parse_time, rate_text, sample_at

NTSC = Fraction(30000, 1001)
RATES = st.sampled_from([Fraction(24), Fraction(25), NTSC, Fraction(24000, 1001), Fraction(60), Fraction(1)])


@pytest.mark.parametrize(
    ("text", "fps", "frames"),
    [
        ("3s", 25, 75),
        ("250ms", 25, 6),
        ("75f", 30, 75),
        ("00:00:03:00", 25, 75),
        ("00:01:00:10", NTSC, 1810),
        ("-4f", 25, -4),
        (" 0.5 s ", 24, 12),
    ],
)
def test_a_start_rounds_down(text, fps, frames):
    assert parse_time(text).start(Fraction(fps)) == frames


def test_a_length_rounds_to_the_nearest_and_is_at_least_one_frame():
    assert [parse_time(text).length(Fraction(25)) for text in ("60ms", "59ms", "1ms")] == [2, 1, 1]
    assert parse_time("1ms").pause(Fraction(25)) == 0


@pytest.mark.parametrize("value", [3, 3.5, True, None, "3", "3 sec", "1.5f", "00:60:00:00", "", "s", "99999999s", [1]])
def test_what_is_no_time_is_refused_with_a_hint(value):
    with pytest.raises(ValueError, match=r"write|whole|end at|longer"):
        parse_time(value)


@given(
    st.one_of(
        st.builds(lambda n: Time(seconds=Fraction(n, 1_000_000)), st.integers(-86_400_000_000, 86_400_000_000)),
        st.builds(lambda n: Time(frames=n), st.integers(-100_000, 100_000)),
        st.builds(lambda c, f: Time(frames=f, clock=c), st.integers(1, 86_399), st.integers(0, 99)),
    )
)
def test_a_time_reads_back_as_it_is_written(time):
    assert parse_time(str(time)) == time


@pytest.mark.parametrize(("value", "rate"), [(25, 25), ("30000/1001", NTSC), ("24", 24), (25.0, 25)])
def test_rates(value, rate):
    assert parse_rate(value) == rate
    assert parse_rate(rate_text(parse_rate(value))) == rate


@pytest.mark.parametrize("value", [29.97, "23.976", 0, 241, "1/0", "25 fps", True, "10/00", "-25", "9" * 5000])
def test_wrong_rates_are_refused(value):
    with pytest.raises(ValueError, match=r"write|outside|divides"):
        parse_rate(value)


def test_decimal_rates_name_the_exact_one():
    with pytest.raises(ValueError, match="30000/1001"):
        parse_rate(29.97)


@pytest.mark.parametrize(
    ("measured", "usual"),
    [
        ("2997003/125000", "24000/1001"),
        ("239999/1000", "240"),
        ("999999937/10000000", "100"),
        ("999999999/999999998", "1"),
    ],
)
def test_rates_at_which_no_film_can_be_written_name_the_usual_one(measured, usual):
    with pytest.raises(ValueError, match=f'write "{usual}"'):
        parse_rate(measured)


@pytest.mark.parametrize("rate", ["2997/125", "5/2", "240000/1001", "15000/1001", "14985/1000", "50000/1001"])
def test_unusual_rates_are_taken(rate):
    assert parse_rate(rate) == Fraction(rate)


@given(st.integers(0, 1_000_000), RATES, st.sampled_from([44100, 48000]))
def test_sample_positions_never_drift(frame, fps, rate):
    """The samples of all frames add up to those of the whole, whatever the rate."""
    assert 0 <= frame * rate / fps - sample_at(frame, rate, fps) < 1
    assert sample_at(frame + 1, rate, fps) > sample_at(frame, rate, fps)


@given(st.fractions(min_value=0, max_value=1000), RATES)
def test_frames_hold_their_sound(seconds, fps):
    frames = frames_for(seconds, fps)
    assert frames / fps >= seconds
    assert frames == 1 or (frames - 1) / fps < seconds
