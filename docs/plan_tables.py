"""What docs/project/plan.md and tasks.md show of the plan: sentences, tables, a chart. docs/generate.py writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby, pairwise
from math import ceil, floor
from typing import NamedTuple

from docs import plan as planning
from docs.plan import INSTANT, Milestone, Plan, Span, Task

WORKDAYS = 5
ROOT = "../.."
"""From docs/project/."""


class Bar(NamedTuple):
    """A person's work on one epic, without other work in between."""

    who: str
    epic: str
    begin: date
    end: date
    """The day after the last one."""


def moment(plan: Plan, week: float) -> date:
    """The day on which a moment of the schedule lies: a week has five days, however many of them are productive."""
    whole = floor(week + INSTANT)
    return plan.start + timedelta(weeks=whole, days=floor((week - whole) * WORKDAYS + INSTANT))


def bars(plan: Plan, spans: dict[str, Span]) -> list[Bar]:
    """A gap of a week or more ends a bar: then somebody waits, and the chart shows it."""
    found: list[Bar] = []
    for who in plan.velocity:
        for task in sorted(plan.of(who), key=lambda task: spans[task.id].begin):
            begin, end = (moment(plan, week) for week in spans[task.id])
            if found and found[-1][:2] == (who, task.epic) and begin - found[-1].end < timedelta(weeks=1):
                found[-1] = found[-1]._replace(end=end)
            else:
                found.append(Bar(who, task.epic, begin, end))
    return found


def gantt() -> Iterator[str]:
    plan, spans, _, _ = planning.current()
    yield from ("```mermaid", "gantt", "  accTitle: Who works on which epic when")
    weeks = "; ".join(f"{plain(one.name)} in week {week(end(plan, spans, one))}" for one in plan.milestones)
    yield f"  accDescr: Bars of each person for each epic, and the milestones. {weeks}."
    yield from ("  dateFormat YYYY-MM-DD", "  todayMarker off")
    yield from ("  axisFormat %-V", "  tickInterval 4week", "  weekday monday")
    for who, theirs in groupby(bars(plan, spans), key=lambda bar: bar.who):
        yield f"  section {who.capitalize()}"
        yield from (f"  {plain(plan.epics[bar.epic])} :{bar.begin}, {bar.end}" for bar in theirs)
    yield "  section Milestones"
    for one in plan.milestones:
        yield f"  {plain(one.name)} :milestone, {moment(plan, end(plan, spans, one))}, 0d"
    yield "```"


def plain(text: str) -> str:
    """A comma and a colon mean something to Mermaid."""
    return text.replace(",", "").replace(":", "")


def end(plan: Plan, spans: dict[str, Span], milestone: Milestone) -> float:
    return max(spans[name].end for name in plan.behind(milestone.needs))


def week(number: float) -> int:
    """The number of the week in which a moment lies that ends something; the first is 1."""
    return ceil(number - INSTANT)


def milestones() -> Iterator[str]:
    plan, spans, soon, late = planning.current()
    yield "| milestone | what the product owner sees | week (range) | state |"
    yield "| --- | --- | --- | --- |"
    before: set[str] = set()
    for one in plan.milestones:
        behind = plan.behind(one.needs) - before
        before |= behind
        at = [week(end(plan, moments, one)) for moments in (spans, soon, late)]
        state = standing(plan.tasks[name] for name in behind)
        yield f"| **{one.name}** | {one.shows} | {at[0]} ({at[1]} to {at[2]}) | {state} |"


def standing(tasks: Iterable[Task]) -> str:
    some = list(tasks)
    counts = Counter(task.state for task in some)
    if counts["built"] == len(some):
        return "built, with limits" if any(task.limits for task in some) else "built"
    if counts["planned"] == len(some):
        return "planned"
    missing = [f"{counts[state]} {state}" for state in ("planned", "cut") if counts[state]]
    return ", ".join([f"{counts['built']} of {len(some)} tasks built", *missing])


def sums() -> Iterator[str]:
    plan, *_ = planning.current()
    yield "| epic | tasks | likely | expected | range |"
    yield "| --- | --- | --- | --- | --- |"
    for epic, name in plan.epics.items():
        yield f"| {name} | {summed(plan.of_epic(epic), plan.spread(epic))} |"
    yield f"| **all** | {summed(list(plan.tasks.values()), sum(plan.spread(epic) for epic in plan.epics))} |"


def summed(tasks: list[Task], width: float) -> str:
    days = expected(tasks)
    return f"{len(tasks)} | {likely(tasks)} | {days:.0f} | {days - width:.0f} to {days + width:.0f}"


def likely(tasks: Iterable[Task]) -> str:
    return f"{sum(task.days[1] for task in tasks):g}"


def expected(tasks: Iterable[Task]) -> float:
    return sum(task.expected for task in tasks)


def load() -> Iterator[str]:
    plan, spans, _, _ = planning.current()
    last = max(span.end for span in spans.values())
    yield "| who | expected days | days a week | weeks of work | weeks without a task | last task ends in week |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for who, velocity in plan.velocity.items():
        days = expected(plan.of(who))
        own = week(max(spans[task.id].end for task in plan.of(who)))
        yield f"| {who} | {days:.0f} | {velocity:g} | {days / velocity:.0f} | {last - days / velocity:.0f} | {own} |"


def chains() -> Iterator[str]:
    plan, spans, _, _ = planning.current()
    lasts = planning.weeks(plan)
    path = planning.longest(plan)
    people = planning.decisive(plan, spans)
    waits = sum(one.id not in two.needs for one, two in pairwise(people))
    yield f"- The critical path is {week(sum(lasts[task.id] for task in path))} weeks, however many people there are:"
    yield f"  {named(path)}."
    yield f"- With these three people it is {week(planning.total(plan))} weeks: the last day waits for {len(people)}"
    yield f"  tasks in a row, and {waits} of them could begin earlier if somebody else were free."
    alone, shared = planning.faster(plan, {"back-end": 4}), planning.faster(plan, {"back-end": 2, "lead": 2})
    yield f"- A second back-end engineer saves {alone:.0f} weeks on the back-end's tasks alone, and {shared:.0f} weeks"
    yield "  where half of the time goes into the lead's tasks."


def named(tasks: Iterable[Task]) -> str:
    return " → ".join(f"`{task.id}`" for task in tasks)


def remains() -> Iterator[str]:
    plan, *_ = planning.current()
    counts = Counter(task.state for task in plan.tasks.values())
    left = planning.remaining(plan)
    days, width = expected(left.tasks.values()), sum(left.spread(epic) for epic in left.epics)
    yield f"Of {counts.total()} tasks {counts['built']} are built, {counts['planned']} planned, {counts['cut']} cut."
    yield f"What is planned takes {days:.0f} person-days ({days - width:.0f} to {days + width:.0f}),"
    yield f"{week(planning.total(left))} weeks of these three people:"
    yield ""
    for milestone in left.milestones:
        needed = left.behind(milestone.needs)
        yield f"- {milestone.name}: {'; '.join(task.title for task in left.tasks.values() if task.id in needed)}"
    yield from ("", "What is built has these limits:", "")
    yield from (f"- {task.title}: {task.limits}" for task in plan.tasks.values() if task.limits)


def cuts() -> Iterator[str]:
    plan, *_ = planning.current()
    yield "| without | who saves | days | what then |"
    yield "| --- | --- | --- | --- |"
    able = [task for task in plan.tasks.values() if task.without]
    for task in sorted(able, key=lambda task: -task.expected):
        yield f"| {task.title} | {task.who} | {task.expected:.0f} | {task.without} |"
    yield f"| **all of them** | | **{expected(able):.0f}** | |"


def tasks() -> Iterator[str]:
    plan, *_ = planning.current()
    for epic, name in plan.epics.items():
        yield from ("", f"## {name}", "")
        yield "| task | done when | who | days | after | state |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for task in plan.of_epic(epic):
            days = ", ".join(f"{days:g}" for days in task.days)
            after = ", ".join(f"`{need}`" for need in task.needs)
            yield f"| `{task.id}`: {task.title} | {task.done} | {task.who} | {days} | {after} | {state(task)} |"


def state(task: Task) -> str:
    if task.state == "built":
        built = f"built: [where]({ROOT}/{task.link}), [test]({ROOT}/{task.test})"
        return f"{built}; {task.limits}" if task.limits else built
    return f"cut: {task.why}" if task.state == "cut" else task.state


PARTS = {part.__name__: part for part in (milestones, gantt, load, chains, sums, cuts, remains)}
"""Of plan.md."""
