"""Rates, spread, the processor budget and the clock, on clocks made by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from meeting_analyzer.meters import ClockWatch, CpuBudget, Rate, Spread


class Clocks:
    """A steady clock, the clock on the wall, and processor time."""

    def __init__(self) -> None:
        self.now, self.wall, self.used, self.own = 100.0, 1_700_000_000.0, 0.0, 0.0

    def pass_by(self, seconds: float, cores: float = 0.0) -> None:
        self.now += seconds
        self.wall += seconds
        self.used += seconds * cores

    @property
    def of_a_budget(self) -> tuple[Callable[[], float], ...]:
        return lambda: self.now, lambda: self.used, lambda: self.own


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_a_rate_is_of_the_last_seconds(clocks: Clocks) -> None:
    rate = Rate(lambda: clocks.now)
    assert rate.value == 0
    for _ in range(100):
        clocks.pass_by(0.1)
        rate.tick()
    assert rate.value == pytest.approx(10)
    clocks.pass_by(5)
    assert rate.value == 0


def test_percentiles_of_what_was_measured() -> None:
    spread = Spread(count=100)
    assert spread.percentile(99) == 0
    for value in range(1, 301):
        spread.add(value)
    assert spread.percentile(50) == pytest.approx(250.5)
    assert 299 <= spread.percentile(99) <= 300


def simulate(
    clocks: Clocks, budget: CpuBudget, per_analysis: float, rest: float, seconds: float, done: int = 0
) -> float:
    """Run analyses of `per_analysis` seconds of processor time beside others that use `rest` cores; mean cores at the end."""
    end, used, begin = clocks.now + seconds, clocks.used, clocks.now
    while clocks.now < end:
        period = max(budget.update(done), per_analysis)
        done += 1
        clocks.pass_by(period, rest)
        clocks.used += per_analysis
        clocks.own += per_analysis
        if clocks.now - begin > seconds / 2 and used == 0.0:
            used, begin = clocks.used, clocks.now
    return (clocks.used - used) / (clocks.now - begin)


@pytest.mark.parametrize(("cores", "rest"), [(0.5, 0.2), (1.0, 0.3), (0.3, 0.1)])
def test_the_analyses_get_what_capture_and_drawing_leave_of_the_budget(
    clocks: Clocks, cores: float, rest: float
) -> None:
    budget = CpuBudget(cores, 1 / 30, 2.0, *clocks.of_a_budget)
    assert simulate(clocks, budget, 0.03, rest, 200) == pytest.approx(cores, rel=0.05)


def test_analyses_that_take_longer_than_the_period_are_spaced_within_seconds(clocks: Clocks) -> None:
    budget = CpuBudget(1.0, 1 / 45, 2.0, *clocks.of_a_budget)
    simulate(clocks, budget, 0.25, 0.5, 6)
    assert budget.cores == pytest.approx(1.0, abs=0.15)


def test_a_first_second_in_which_all_is_new_slows_nothing_afterwards(clocks: Clocks) -> None:
    budget = CpuBudget(1.0, 1 / 30, 2.0, *clocks.of_a_budget)
    budget.update(0)
    clocks.pass_by(1.0, 0.3)
    clocks.used += 1.0
    clocks.own += 1.0
    begun = clocks.used, clocks.now
    simulate(clocks, budget, 0.02, 0.3, 3, done=1)
    assert budget.period < 0.04
    assert (clocks.used - begun[0]) / (clocks.now - begun[1]) > 0.7


def test_analyses_that_others_hold_up_are_not_spaced(clocks: Clocks) -> None:
    budget = CpuBudget(1.0, 0.1, 2.0, *clocks.of_a_budget)
    for done in range(20):
        budget.update(done)
        clocks.pass_by(0.5, 0.9)
    assert budget.period == 0.1


def test_a_light_load_keeps_to_the_highest_rate(clocks: Clocks) -> None:
    budget = CpuBudget(1.0, 0.1, 2.0, *clocks.of_a_budget)
    simulate(clocks, budget, 0.005, 0.1, 30)
    assert budget.period == 0.1


def test_without_a_budget_nothing_is_slowed(clocks: Clocks) -> None:
    budget = CpuBudget(None, 0.1, 2.0, *clocks.of_a_budget)
    simulate(clocks, budget, 0.09, 3.0, 30)
    assert budget.period == 0.1
    assert budget.cores > 3


def test_a_budget_that_cannot_be_kept_still_leaves_an_analysis_now_and_then(clocks: Clocks) -> None:
    budget = CpuBudget(0.1, 0.1, 2.0, *clocks.of_a_budget)
    simulate(clocks, budget, 0.03, 0.9, 100)
    assert budget.period == 2.0


def test_sleep_is_noticed_whether_the_steady_clock_goes_on_or_not(clocks: Clocks) -> None:
    watch = ClockWatch(lambda: clocks.now, lambda: clocks.wall)
    clocks.pass_by(0.1)
    assert watch.gap() == 0
    clocks.wall += 3600  # as on Linux
    assert watch.gap() == pytest.approx(3600)
    clocks.pass_by(600)  # as on Windows
    assert watch.gap() == pytest.approx(600)
    clocks.pass_by(0.1)
    assert watch.gap() == 0


def test_a_clock_set_back_is_no_sleep(clocks: Clocks) -> None:
    watch = ClockWatch(lambda: clocks.now, lambda: clocks.wall)
    clocks.now += 0.1
    clocks.wall -= 7200
    assert watch.gap() == 0
    clocks.pass_by(0.1)
    assert watch.gap() == 0
