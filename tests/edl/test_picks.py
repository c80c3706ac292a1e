"""picks.yaml: a person's choices."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edl.picks import Pick, Picks, Retake, read_picks, write_picks

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_without_a_file_there_are_no_picks(good):
    assert read_picks(good.folder, good.project) == (Picks(), ())


def test_the_last_word_counts():
    picks = Picks()
    for take, verdict in (("aaaa", "pick"), ("bbbb", "pick"), ("cccc", "reject"), ("aaaa", "reject"), ("cccc", "pick")):
        picks = picks.having(Pick(segment="coast", take=take, verdict=verdict))
    assert picks.picked("coast") == "cccc"
    assert picks.rejected("coast") == {"aaaa"}
    assert picks.picked("other") is None
    assert picks.rejected("other") == frozenset()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            Pick,
            segment=st.sampled_from(["hello", "coast", "idle"]),
            take=st.text("0123456789abcdef", min_size=4, max_size=64),
            seed=st.integers(0, 2**31),
            verdict=st.sampled_from(["pick", "reject"]),
            note=st.text(max_size=60),
            time=st.none() | st.just(NOW),
        ),
        max_size=4,
    )
)
def test_what_is_written_is_read_back(good, choices):
    write_picks(good.folder, Picks(tuple(choices)))
    picks, findings = read_picks(good.folder, good.project)
    assert not findings
    assert picks == Picks(tuple(choices))
    assert len(picks.places) == len(choices)


def test_a_segment_that_is_gone_warns(good):
    write_picks(good.folder, Picks((Pick(segment="gone", take="abcd"),)))
    picks, (finding,) = read_picks(good.folder, good.project)
    assert (finding.code, finding.blocks, finding.place.line) == ("pick-unknown", False, 3)
    assert picks.picked("gone") == "abcd"


@pytest.mark.parametrize(
    "text",
    [
        "picks:\n  - segment: coast\n    take: xyz\n",
        "picks:\n  - segment: coast\n",
        "picks:\n  - [coast]\n",
        "picks: coast\n",
        "picks:\n  - {segment: coast, take: abcd, verdict: maybe}\n",
        "a: b: c",
        "",
    ],
)
def test_a_wrong_file_is_a_finding(good, text):
    (good.folder / "picks.yaml").write_text(text)
    _, findings = read_picks(good.folder, good.project)
    assert findings
    assert all(each.blocks and each.place.file == "picks.yaml" and each.place.line for each in findings)


def test_one_wrong_entry_leaves_the_others(good):
    text = "picks:\n  - {segment: coast, take: xyz}\n  - {segment: coast, take: 12345678}\n"
    (good.folder / "picks.yaml").write_text(text)
    picks, findings = read_picks(good.folder, good.project)
    assert len(findings) == 1
    assert picks.picked("coast") == "12345678"


def test_a_failed_write_leaves_the_old_file(good, monkeypatch):
    write_picks(good.folder, Picks((Pick(segment="coast", take="aaaa"),)))
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_picks(good.folder, Picks())
    assert sorted(path.name for path in good.folder.glob("*picks*")) == ["picks.yaml"]
    assert read_picks(good.folder, good.project)[0].picked("coast") == "aaaa"


# Retakes


def test_retakes_are_written_and_read_back(good):
    picks = Picks((Pick(segment="coast", take="abcd"),)).asking(
        (
            Retake(segment="coast", seed=5, time=NOW),
            Retake(
                segment="coast",
                seed=0,
                params={"prompt": 'a "calm": sea \u2028', "scale": 1e-05, "deep": {"a": [1, None]}},
            ),
        )
    )
    write_picks(good.folder, picks)
    read, findings = read_picks(good.folder, good.project)
    assert not findings
    assert read == picks
    assert [place.line for place in read.retake_places] == [9, 12]
    assert read.retakes_of("coast") == picks.retakes
    assert read.place_of(read.retakes[1]).line == 12


def test_a_file_may_hold_retakes_alone(good):
    (good.folder / "picks.yaml").write_text("retakes:\n  - {segment: coast, seed: 4}\n")
    picks, findings = read_picks(good.folder, good.project)
    assert (picks.retakes, findings) == ((Retake(segment="coast", seed=4),), ())


def test_picking_keeps_the_retakes():
    picks = Picks().asking((Retake(segment="coast", seed=4),)).having(Pick(segment="coast", take="abcd"))
    assert [retake.seed for retake in picks.retakes] == [4]
    assert picks.chosen("coast").take == "abcd"
    assert picks.chosen("other") is None


@pytest.mark.parametrize(
    ("entry", "code", "blocks"),
    [
        ("{segment: gone, seed: 4}", "retake-stale", False),
        ("{segment: coast, seed: -4}", "picks-wrong", True),
        ("{segment: coast, sed: 4}", "picks-wrong", True),
        ("{segment: coast, params: 4}", "picks-wrong", True),
        ("coast", "picks-wrong", True),
    ],
)
def test_what_is_wrong_with_a_retake_is_a_finding(good, entry, code, blocks):
    (good.folder / "picks.yaml").write_text(f"picks: []\nretakes:\n  - {entry}\n")
    _, (finding,) = read_picks(good.folder, good.project)
    assert (finding.code, finding.blocks, finding.place.line) == (code, blocks, 3)
