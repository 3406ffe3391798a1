"""Numbers are counted in plain Python, and come out of prometheus-client as if it had counted them."""

import random
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tracking.telemetry.tallies import Counts, Few, Spread, Watch

BOUNDS = (0.1, 1.0, 10.0)


def written(make: Callable[[CollectorRegistry], None]) -> list[str]:
    registry = CollectorRegistry()
    make(registry)
    return [line for line in generate_latest(registry).decode().splitlines() if "_created" not in line]


def test_a_histogram_is_the_same_as_if_each_value_had_been_observed() -> None:
    values = [0.0, 0.1, 0.100001, 1.0, 5, 10, 10.1, 99, *(random.Random(7).expovariate(1) for _ in range(1000))]

    def observed(registry: CollectorRegistry) -> None:
        histogram = Histogram("x", "x", ["route"], buckets=BOUNDS, registry=registry)
        for value in values:
            histogram.labels("a").observe(value)

    def counted(registry: CollectorRegistry) -> None:
        spread = Spread(Histogram("x", "x", ["route"], buckets=BOUNDS, registry=registry), BOUNDS)
        for number, value in enumerate(values):
            spread.add(("a",), value)
            if number in {3, 500}:
                spread.flush()
        spread.flush()
        spread.flush()

    (*_, total), (*_, same_total) = ([line for line in written(make) if "_sum" in line] for make in (observed, counted))
    assert round(float(total.split()[1]), 6) == round(float(same_total.split()[1]), 6)
    without_sum = [[line for line in written(make) if "_sum" not in line] for make in (observed, counted)]
    assert without_sum[0] == without_sum[1]
    assert len(without_sum[0]) > 5


def test_a_histogram_and_a_counter_may_have_no_labels() -> None:
    registry = CollectorRegistry()
    spread = Spread(Histogram("x", "x", buckets=BOUNDS, registry=registry), BOUNDS)
    counts = Counts(Counter("y", "y", registry=registry))
    spread.add((), 2)
    counts.add((), 3)
    spread.flush()
    counts.flush()
    assert registry.get_sample_value("x_bucket", {"le": "10.0"}) == 1
    assert registry.get_sample_value("x_sum") == 2
    assert registry.get_sample_value("y_total") == 3


def test_what_was_flushed_is_not_counted_again() -> None:
    registry = CollectorRegistry()
    counts = Counts(Counter("y", "y", ["a"], registry=registry))
    for amount in (1, 2):
        counts.add(("b",), amount)
        counts.flush()
        counts.flush()
    assert registry.get_sample_value("y_total", {"a": "b"}) == 3


def test_a_gauge_asks_the_last_that_named_it() -> None:
    registry = CollectorRegistry()
    watch = Watch(Gauge("z", "z", ["pool"], registry=registry))
    watch.of(("a",), lambda: 1.0)
    watch.of(("a",), lambda: 2.0)
    watch.flush()
    assert registry.get_sample_value("z", {"pool": "a"}) == 2


def test_the_first_names_keep_theirs_and_all_others_share_one() -> None:
    few = Few(3, lambda: {"a-process-before-had-it"})
    assert [few.name(name) for name in ("a", "b", "c", "a", "d", "a-process-before-had-it")] == [
        "a", "b", "other", "a", "other", "a-process-before-had-it",
    ]  # fmt: skip
