"""docs/project/plan.toml holds a plan that can be followed, and its pages say what it says and what exists."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from docs import plan as planning
from docs import plan_tables

ROOT = Path(__file__).resolve().parents[2]
PLAN = planning.load()
SPANS = planning.schedule(PLAN)
TASKS = list(PLAN.tasks.values())
PAGE = (ROOT / "docs" / "project" / "plan.md").read_text()

by_id = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)


def small(*tasks, velocity=None):
    """A plan of tasks (id, who, days, needs), all of one epic."""
    velocity = velocity or {"ann": 5, "bob": 5}
    made = [
        planning.Task(name, "all", name, "done", who, tuple(needs), (days - 0.5, days, days + 0.5), "planned")
        for name, who, days, needs in tasks
    ]
    whole = planning.Milestone("all", "all", tuple(task.id for task in made))
    return planning.Plan(PLAN.start, velocity, {"all": "All"}, (whole,), {task.id: task for task in made})


def test_no_two_tasks_have_one_name():
    named = re.findall(r'^id = "(.+)"$', planning.DATA.read_text(), re.MULTILINE)
    assert [name for name, times in Counter(named).items() if times > 1] == []
    assert set(named) == set(PLAN.tasks)


def test_tasks_are_as_many_as_one_can_oversee():
    assert 40 <= len(TASKS) <= 65
    assert 10 <= len(PLAN.epics) <= 12
    assert [epic for epic in PLAN.epics if not PLAN.of_epic(epic)] == []


@by_id
def test_a_task_says_when_it_is_done_who_does_it_and_how_long_it_takes(task):
    assert len(task.done.split()) >= 5
    assert task.who in PLAN.velocity
    assert task.epic in PLAN.epics
    low, likely, high = task.days
    assert 0 < low <= likely < high


@by_id
def test_what_a_task_needs_exists(task):
    assert [need for need in task.needs if need not in PLAN.tasks] == []


@by_id
def test_a_built_task_leads_to_what_exists_and_a_planned_one_to_nothing(task):
    if task.state == "built":
        assert (ROOT / task.link).is_file()
        assert re.search(r"^def test_", (ROOT / task.test).read_text(), re.MULTILINE)
        assert Path(task.test).name.startswith("test_")
        assert task.why == ""
        assert f"../../{task.link})" in plan_tables.state(task)
        assert task.limits in plan_tables.state(task)
    elif task.state == "cut":
        assert task.why
        assert (task.link, task.test, task.limits) == ("", "", "")
    else:
        assert task.state == "planned"
        assert (task.link, task.test, task.limits, task.why) == ("", "", "", "")


def test_no_tasks_need_each_other_in_a_circle():
    assert sorted(planning.ordered(PLAN)) == sorted(PLAN.tasks)


def test_a_circle_is_named():
    circle = small(("a", "ann", 1, ["c"]), ("b", "ann", 1, ["a"]), ("c", "bob", 1, ["b"]), ("d", "bob", 1, []))
    with pytest.raises(ValueError, match=r"in a circle, or behind one: a, b, c$"):
        planning.ordered(circle)


def test_a_milestone_needs_what_exists_and_every_task_is_for_one():
    behind = set().union(*(PLAN.behind(one.needs) for one in PLAN.milestones))
    assert behind == set(PLAN.tasks)


@pytest.mark.parametrize("side", [-1, 0, 1], ids=["soon", "expected", "late"])
def test_nobody_does_two_tasks_at_once_and_none_begins_before_what_it_needs(side):
    spans = planning.schedule(PLAN, side)
    assert set(spans) == set(PLAN.tasks)
    for who in PLAN.velocity:
        theirs = sorted(spans[task.id] for task in PLAN.of(who))
        assert [(one, two) for one, two in pairwise(theirs) if two.begin < one.end - planning.INSTANT] == []
    early = [
        (task.id, need)
        for task in TASKS
        for need in task.needs
        if spans[task.id].begin < spans[need].end - planning.INSTANT
    ]
    assert early == []


def test_a_task_takes_its_days_by_the_days_a_week():
    for task in TASKS:
        span = SPANS[task.id]
        assert (span.end - span.begin) * PLAN.velocity[task.who] == pytest.approx(task.expected)


def test_a_free_person_takes_what_the_earliest_milestone_needs_and_then_the_longest_chain():
    plan = small(("short", "ann", 5, []), ("long", "ann", 5, []), ("after", "bob", 10, ["long"]))
    spans = planning.schedule(plan)
    assert spans == {"long": (0, 1), "short": (1, 2), "after": (1, 3)}
    first = planning.Milestone("first", "first", ("short",))
    assert planning.schedule(replace(plan, milestones=(first, *plan.milestones)))["short"] == (0, 1)


def test_the_critical_path_is_the_longest_chain_and_the_last_day_may_wait_for_a_person():
    plan = small(("a", "ann", 5, []), ("b", "bob", 5, ["a"]), ("c", "ann", 5, []), ("d", "ann", 5, []))
    assert [task.id for task in planning.longest(plan)] == ["a", "b"]
    assert [task.id for task in planning.decisive(plan, planning.schedule(plan))] == ["a", "c", "d"]
    both = small(("a", "ann", 5, []), ("b", "bob", 5, []), ("c", "ann", 5, ["b"]))
    assert [task.id for task in planning.decisive(both, planning.schedule(both))] == ["b", "c"]


def test_the_path_is_one_of_needs_and_no_shorter_than_any_other():
    path = planning.longest(PLAN)
    assert [(one.id, two.id) for one, two in pairwise(path) if one.id not in two.needs] == []
    lasts = planning.weeks(PLAN)
    ends = {}
    for name in planning.ordered(PLAN):
        ends[name] = lasts[name] + max((ends[need] for need in PLAN.tasks[name].needs), default=0)
    assert sum(lasts[task.id] for task in path) == pytest.approx(max(ends.values()))


def test_what_the_last_day_waits_for_leaves_no_gap():
    chain = planning.decisive(PLAN, SPANS)
    assert SPANS[chain[0].id].begin == 0
    assert SPANS[chain[-1].id].end == planning.total(PLAN)
    for one, two in pairwise(chain):
        assert SPANS[one.id].end == pytest.approx(SPANS[two.id].begin)
        assert one.id in two.needs or one.who == two.who


def cells(lines):
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines][2:]


def test_the_sums_agree():
    *epics, every = cells(plan_tables.sums())
    assert [row[0] for row in epics] == list(PLAN.epics.values())
    assert sum(int(row[1]) for row in epics) == int(every[1]) == len(TASKS)
    assert sum(float(row[2]) for row in epics) == float(every[2]) == sum(task.days[1] for task in TASKS)
    weights = sum(low + 4 * likely + high for low, likely, high in (task.days for task in TASKS)) / 6
    assert int(every[3]) == pytest.approx(weights, abs=0.51)
    assert sum(days for *_, days in (row[:2] for row in loads())) == pytest.approx(weights, abs=2)


def loads():
    return [(row[0], int(row[1])) for row in cells(plan_tables.load())]


def test_a_range_is_wider_than_chance_and_narrower_than_the_sum_of_the_extremes():
    low, high = map(int, cells(plan_tables.sums())[-1][4].split(" to "))
    third = {task.id: (task.days[2] - task.days[0]) / 3 for task in TASKS}
    alone = sum(days**2 for days in third.values()) ** 0.5
    assert (high - low) / 2 > alone + 10
    by_epic = sum(sum(third[task.id] ** 2 for task in PLAN.of_epic(epic)) ** 0.5 for epic in PLAN.epics)
    assert (high - low) / 2 == pytest.approx(by_epic, abs=1)
    assert low > sum(task.days[0] for task in TASKS) + 10
    assert high < sum(task.days[2] for task in TASKS) - 10


def test_the_late_and_soon_schedules_have_the_ends_of_the_ranges():
    for side in (-1, 1):
        lasts = planning.weeks(PLAN, side)
        for epic in PLAN.epics:
            days = sum(lasts[task.id] * PLAN.velocity[task.who] for task in PLAN.of_epic(epic))
            expected = sum(task.expected for task in PLAN.of_epic(epic))
            assert days == pytest.approx(expected + side * PLAN.spread(epic))


def test_milestones_come_in_their_order_of_use_and_late_is_never_sooner():
    for row in cells(plan_tables.milestones()):
        week, soon, late = map(int, re.fullmatch(r"(\d+) \((\d+) to (\d+)\)", row[2]).groups())
        assert soon <= week <= late


def test_a_milestone_is_built_only_if_nothing_of_it_is_missing():
    states = {row[0]: row[3] for row in cells(plan_tables.milestones())}
    before = set()
    for one in PLAN.milestones:
        new = PLAN.behind(one.needs) - before
        before |= new
        count = Counter(PLAN.tasks[name].state for name in new)
        if len(count) > 1:
            assert states[one.name].startswith(
                f"{count['built']} of {len(new)} tasks built, {count['planned']} planned"
            )
        else:
            limits = ", with limits" if any(PLAN.tasks[name].limits for name in new) else ""
            assert states[one.name] == next(iter(count)) + limits
    assert "built" in states.values()
    assert any("planned" in state for state in states.values())


def test_what_remains_is_what_is_planned_and_needs_nothing_that_is_built():
    left = planning.remaining(PLAN)
    assert set(left.tasks) == {task.id for task in TASKS if task.state == "planned"}
    assert all(set(task.needs) <= set(left.tasks) for task in left.tasks.values())
    assert left.tasks["redesign"].needs == ()
    assert planning.total(left) < planning.total(PLAN)


def test_a_week_of_the_chart_is_a_week_of_the_plan():
    assert PLAN.start.isocalendar()[1:] == (1, 1)
    assert planning.total(PLAN) < 52
    assert plan_tables.moment(PLAN, 0) == PLAN.start
    assert plan_tables.moment(PLAN, 1.6) == PLAN.start + timedelta(days=10)
    last = plan_tables.moment(PLAN, planning.total(PLAN))
    assert last.isocalendar().week == plan_tables.week(planning.total(PLAN))


def test_the_chart_has_a_bar_for_each_stretch_and_no_two_of_one_person_at_once():
    bars = plan_tables.bars(PLAN, SPANS)
    assert len(bars) <= 40
    for one, two in pairwise(bars):
        assert one.who != two.who or one.end <= two.begin
    for task in TASKS:
        begin, end = (plan_tables.moment(PLAN, week) for week in SPANS[task.id])
        own = [bar for bar in bars if (bar.who, bar.epic) == (task.who, task.epic)]
        assert any(bar.begin <= begin and end <= bar.end for bar in own), task.id
    assert sum(":milestone," in line for line in plan_tables.gantt()) == len(PLAN.milestones)


def test_what_is_cut_may_be_cut():
    """Nobody is told to leave out what the first two milestones need."""
    needed = PLAN.behind(PLAN.milestones[0].needs + PLAN.milestones[1].needs)
    assert [task.id for task in TASKS if task.without and task.id in needed] == []


def test_the_page_names_tasks_that_exist():
    text = re.sub(r"<!-- generated.*?<!-- end -->", "", PAGE, flags=re.DOTALL)
    named = set(re.findall(r"`([a-z]+)`", text))
    assert named - set(PLAN.tasks) == set()
    assert {"write", "retention", "records"} <= named


def test_the_page_says_the_numbers_that_decisions_say():
    for number, words in (("0019", "36 events by 37 people"), ("0021", "Two connections without a token")):
        (decision,) = (ROOT / "docs" / "decisions").glob(f"{number}-*")
        assert words in decision.read_text()
        assert f"decisions/{decision.name}" in PAGE
    assert f"Monday, {PLAN.start.day} January {PLAN.start.year}" in PAGE
