"""The ids of a log's lines: the same however the log is cut, sorted or joined."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.access_log import access_log
from fixtures.weblogs import LINE, ids, parsed


def test_identical_lines_are_requests_of_their_own() -> None:
    assert len(set(ids(LINE, LINE, LINE.replace("/42", "/43"), LINE))) == 4


def test_the_ids_survive_sorting_and_joining() -> None:
    lines = [LINE.replace("/42", f"/{number}") for number in range(50)] * 3
    shuffled = random.Random(1).sample(lines, len(lines))
    assert sorted(ids(*lines)) == sorted(ids(*shuffled)) == sorted(ids(*sorted(lines)))
    assert len(set(ids(*lines))) == 150
    assert set(ids(*lines)) < set(ids(*lines, LINE, LINE, LINE))


LOG = [line for line in access_log(40, seed=4) if line]


@settings(max_examples=50, deadline=None)
@given(cut=st.integers(0, len(LOG)), is_first_last=st.booleans())
def test_a_log_cut_in_two_gives_the_same_events_but_for_identical_lines(cut: int, is_first_last: bool) -> None:
    """A line that stands in both parts is taken for the same event, as is one of a file that is imported twice."""
    parts = [LOG[:cut], LOG[cut:]]
    whole = {one.event["id"]: one.event for one in parsed(*LOG) if one.event}
    found = {
        one.event["id"]: one.event
        for part in (reversed(parts) if is_first_last else parts)
        for one in parsed(*part)
        if one.event
    }
    assert found.items() <= whole.items()
    both = {line for line in parts[0] if line in parts[1]}
    missing = len(whole) - len(found)
    assert missing <= sum(min(part.count(line) for part in parts) for line in both)
