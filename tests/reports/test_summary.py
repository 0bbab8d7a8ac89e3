from __future__ import annotations

import numpy as np
import pytest

from meeting_analyzer.reports.sentences import happiest, label_shares, lead, totals
from meeting_analyzer.reports.series import FIRST_WIDTH, MAX_BINS, Clock, Series, regroup
from meeting_analyzer.reports.summary import (
    CAMERA,
    FACES,
    LABELLED,
    LABELS,
    MAX_PARTICIPANTS,
    OFF,
    PRESENT,
    SPEAKING,
    TIME,
    VALENCE,
    VALENCE_TIME,
    Summary,
)
from meeting_analyzer.types import Box, Moment, Tile, valence_of

from .calls import face_of, moment_of, sure

BOX = Box(0, 0, 40, 40)


def tile(who: str, label: str | None, kind: str = "video", **more: object) -> Tile:
    faces = () if label is None else (face_of(sure(label) if label != "uncertain" else [1 / 7] * 7),)
    return Tile(BOX, kind=kind, participant=who, faces=faces, **more)  # type: ignore[arg-type]


def summary_of(moments: list[Moment]) -> Summary:
    summary = Summary()
    for moment in moments:
        summary.add(moment)
    summary.finish()
    return summary


def of(summary: Summary, who: str) -> np.ndarray:
    (found,) = [p for p in summary.participants if p.id == who]
    return found.series.bins(summary.clock).sum(axis=0)


def test_sums_equal_a_hand_computation() -> None:
    # moments at 10, 11, 13 and 14 s stand for 1, 2, 1 and (like the one before) 1 s
    summary = summary_of(
        [
            moment_of(10, (tile("P01", "happy", name="Ann", speaking=True), tile("P02", None, "off"))),
            moment_of(11, (tile("P01", "neutral", name="Anna"), tile("P02", "sad"))),
            moment_of(13, (tile("P01", "uncertain"), tile("P02", None))),
            moment_of(14, (tile("P02", None, "still"),)),
        ]
    )
    assert summary.duration == pytest.approx(5)
    assert summary.frames == 4
    ann, ben = of(summary, "P01"), of(summary, "P02")
    assert ann[PRESENT] == pytest.approx(4)
    assert ann[SPEAKING] == pytest.approx(1)
    assert ann[LABELLED:].sum() == pytest.approx(4)
    assert ann[LABELLED + LABELS.index("neutral")] == pytest.approx(2)
    assert ann[LABELLED + LABELS.index("uncertain")] == pytest.approx(1)
    assert ben[PRESENT] == pytest.approx(5)
    assert ben[CAMERA] == pytest.approx(3)
    assert [p.name for p in summary.participants] == ["Anna", None]
    whole = totals(summary)
    assert whole[TIME] == pytest.approx(5)
    assert whole[FACES] == pytest.approx(1 * 1 + 2 * 2 + 1 * 1)
    assert whole[OFF] == pytest.approx(1)
    assert label_shares(summary) == pytest.approx(
        {name: {"happy": 1, "neutral": 2, "sad": 2, "uncertain": 1}.get(name, 0) / 6 for name in LABELS}
    )
    both = (valence_of(sure("neutral")) + valence_of(sure("sad"))) / 2
    expected = (valence_of(sure("happy")) + 2 * both + valence_of([1 / 7] * 7)) / 4
    assert whole[VALENCE] / whole[VALENCE_TIME] == pytest.approx(expected, abs=1e-4)  # kept in four decimals


@pytest.mark.parametrize("seconds", [100, 1201, 2500, 4 * 3600])
def test_merging_bins_keeps_the_totals_and_the_memory(seconds: int) -> None:
    summary = summary_of([moment_of(t, (tile("P01", "happy" if t % 4 == 0 else "neutral"),)) for t in range(seconds)])
    bins = summary.class_bins
    assert bins.shape[0] == MAX_BINS
    assert summary.used <= MAX_BINS
    assert summary.used * summary.clock.width >= seconds > (summary.used - 1) * summary.clock.width
    assert bins[:, TIME].sum() == pytest.approx(seconds)
    assert of(summary, "P01")[PRESENT] == pytest.approx(seconds)
    assert label_shares(summary)["happy"] == pytest.approx(-(-seconds // 4) / seconds)
    assert np.allclose(bins[: int(seconds / summary.clock.width), TIME], summary.clock.width)


def test_a_participant_who_left_before_a_merge_keeps_the_right_bins() -> None:
    moments = [moment_of(t, (tile("P01", "happy"),) if 20 <= t < 60 else ()) for t in range(1800)]
    summary = summary_of(moments)
    (who,) = summary.participants
    present = who.series.bins(summary.clock)[:, PRESENT]
    width = summary.clock.width
    assert width == 2
    assert np.flatnonzero(present).tolist() == list(range(round(20 / width), round(60 / width)))


def test_a_time_span_is_divided_over_the_bins_it_covers() -> None:
    clock = Clock(100.0)
    parts = clock.parts(100.0 + 0.5 * FIRST_WIDTH, 100.0 + 3 * FIRST_WIDTH)
    covered = {index: share for index, share in parts if share > 0}
    assert covered == pytest.approx({0: 0.2, 1: 0.4, 2: 0.4})
    series = Series(1)
    series.add(clock, parts, np.array([10.0]))
    assert series.bins(clock)[:3, 0] == pytest.approx([2, 4, 4])


def test_regrouping_keeps_the_totals() -> None:
    sums = np.arange(20.0).reshape(10, 2)
    grouped = regroup(sums, 7, 3)
    assert grouped.shape == (3, 2)
    assert grouped.sum(axis=0) == pytest.approx(sums[:7].sum(axis=0))


def test_a_pause_is_not_counted_as_time_in_the_call() -> None:
    times = [0, 0.5, 1.0, 1.5, 601.5, 602.0]
    summary = summary_of([moment_of(t, (tile("P01", "neutral"),)) for t in times])
    assert of(summary, "P01")[PRESENT] == pytest.approx(0.5 * 3 + 5 + 0.5 + 0.5)


def test_frames_wanted_seldom_stand_for_all_the_time_between_them() -> None:
    summary = summary_of([moment_of(t, (tile("P01", "neutral"),)) for t in (0, 30, 60, 90)])
    assert of(summary, "P01")[PRESENT] == pytest.approx(120)


def test_a_single_moment_stands_for_a_second() -> None:
    summary = summary_of([moment_of(7, (tile("P01", "neutral"),))])
    assert summary.duration == pytest.approx(1)


def test_several_faces_in_a_tile_share_its_time() -> None:
    faces = (face_of(sure("happy")), face_of(sure("sad")))
    summary = summary_of([moment_of(t, (Tile(BOX, participant="P01", faces=faces),)) for t in range(4)])
    assert of(summary, "P01")[LABELLED:].sum() == pytest.approx(4)
    assert totals(summary)[FACES] == pytest.approx(8)


def test_more_participants_than_are_followed_are_counted_once_each_and_in_the_class() -> None:
    count = MAX_PARTICIPANTS + 3
    tiles = tuple(Tile(BOX, participant=f"P{i}") for i in range(count))
    summary = summary_of([moment_of(0, tiles), moment_of(1, tiles)])
    assert len(summary.participants) == MAX_PARTICIPANTS
    assert summary.uncounted == 3


def test_the_happiest_time_is_where_the_laugh_was() -> None:
    moments = [
        moment_of(t, tuple(tile(f"P{i}", "happy" if 40 <= t < 50 else "neutral") for i in range(3))) for t in range(120)
    ]
    summary = summary_of(moments)
    peak = happiest(summary)
    assert peak is not None
    assert 42 <= peak[0] <= 48
    assert peak[1] == pytest.approx(1.0)
    assert lead(summary, True)[0] == (
        "Most of the time the class appeared neutral (92 % of the faces); it appeared happiest around 0:45 (100 %)."
    )


def test_an_even_class_has_no_happiest_time() -> None:
    summary = summary_of([moment_of(t, (tile("P01", "happy"),)) for t in range(60)])
    assert happiest(summary) is None
    assert lead(summary, True)[0] == "Most of the time the class appeared happy (100 % of the faces)."


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (["uncertain"] * 3 + ["sad"], "to be named (75 %); where one was, the class most often appeared sad."),
        ([None, None], "No face could be read, so nothing can be said about expressions."),
        (["happy", "happy", "neutral", "sad", "fear", "angry", "neutral", "happy", "disgust", "surprise"],
         "The class appeared mixed: most often happy (30 % of the faces), then neutral (20 %)."),
        (["happy", "sad", "sad", "angry", "fear"], "Most often the class appeared sad (40 % of the faces)."),
    ],
)  # fmt: skip
def test_the_plain_words(labels: list[str | None], sentence: str) -> None:
    tiles = tuple(tile(f"P{i}", label) for i, label in enumerate(labels))
    assert sentence in lead(summary_of([moment_of(0, tiles), moment_of(1, tiles)]), True)[0]
