"""The project's plan, from docs/project/plan.toml: who does what when, and how sure that is."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).resolve().parent / "project" / "plan.toml"
INSTANT = 1e-9
"""Weeks; two moments that are nearer to each other are one."""


@dataclass(frozen=True)
class Task:
    id: str
    epic: str
    title: str
    done: str
    who: str
    needs: tuple[str, ...]
    days: tuple[float, float, float]
    """Person-days: low, likely, high."""
    state: str
    link: str = ""
    test: str = ""
    limits: str = ""
    """Of a built one: what nobody has shown."""
    why: str = ""
    """Of a cut one."""
    without: str = ""
    """What is missing if it is left out; empty: it cannot be."""

    @property
    def expected(self) -> float:
        """The mean of PERT: a task gets longer more often than shorter, so it lies above the likely days."""
        low, likely, high = self.days
        return (low + 4 * likely + high) / 6

    @property
    def variance(self) -> float:
        low, _, high = self.days
        return ((high - low) / 6) ** 2


@dataclass(frozen=True)
class Milestone:
    name: str
    shows: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    start: date
    velocity: dict[str, float]
    """Productive days a week, by person."""
    epics: dict[str, str]
    milestones: tuple[Milestone, ...]
    tasks: dict[str, Task]

    def of_epic(self, epic: str) -> list[Task]:
        return [task for task in self.tasks.values() if task.epic == epic]

    def of(self, who: str) -> list[Task]:
        return [task for task in self.tasks.values() if task.who == who]

    def behind(self, needs: tuple[str, ...]) -> set[str]:
        """The tasks that are needed, and those that they need."""
        found: set[str] = set()
        waiting = list(needs)
        while waiting:
            if (name := waiting.pop()) not in found:
                found.add(name)
                waiting += self.tasks[name].needs
        return found

    def spread(self, epic: str) -> float:
        """Two standard deviations of the epic's days: its tasks err each for itself."""
        return 2 * float(sum(task.variance for task in self.of_epic(epic)) ** 0.5)


def remaining(plan: Plan) -> Plan:
    """What is planned, as if all else were there."""
    left = {task.id: task for task in plan.tasks.values() if task.state == "planned"}

    def still(needs: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(need for need in left if need in plan.behind(needs))

    milestones = [replace(one, needs=still(one.needs)) for one in plan.milestones]
    tasks = {name: replace(task, needs=still(task.needs)) for name, task in left.items()}
    return replace(plan, milestones=tuple(one for one in milestones if one.needs), tasks=tasks)


class Span(NamedTuple):
    """In weeks since the start."""

    begin: float
    end: float


def load(file: Path = DATA) -> Plan:
    raw = tomllib.loads(file.read_text())
    tasks = [Task(**{**task, "needs": tuple(task["needs"]), "days": tuple(task["days"])}) for task in raw["task"]]
    return Plan(
        start=raw["start"],
        velocity=raw["velocity"],
        epics=raw["epics"],
        milestones=tuple(Milestone(**{**one, "needs": tuple(one["needs"])}) for one in raw["milestone"]),
        tasks={task.id: task for task in tasks},
    )


def weeks(plan: Plan, side: int = 0) -> dict[str, float]:
    """Of each task; with side -1 and 1 those of the ends of its epic's range, shared out by how unsure each task is."""
    unsure = {epic: sum(task.variance for task in plan.of_epic(epic)) for epic in plan.epics}
    return {
        task.id: (task.expected + side * plan.spread(task.epic) * task.variance / unsure[task.epic])
        / plan.velocity[task.who]
        for task in plan.tasks.values()
    }


def ordered(plan: Plan) -> list[str]:
    """Each task behind those that it needs. Raises `ValueError` if some need each other."""
    found: list[str] = []
    while len(found) < len(plan.tasks):
        ready = [task.id for task in plan.tasks.values() if task.id not in found and set(task.needs) <= set(found)]
        if not ready:
            raise ValueError(f"in a circle, or behind one: {', '.join(sorted(plan.tasks.keys() - set(found)))}")
        found += ready
    return found


def tails(plan: Plan, lasts: dict[str, float]) -> dict[str, float]:
    """Of each task, the weeks of the longest chain that begins with it."""
    tail = dict(lasts)
    for name in reversed(ordered(plan)):
        for need in plan.tasks[name].needs:
            tail[need] = max(tail[need], lasts[need] + tail[name])
    return tail


def schedule(plan: Plan, side: int = 0) -> dict[str, Span]:
    """Greedy: a free person takes, of what can begin, what the earliest milestone needs, then the longest chain."""
    lasts = weeks(plan, side)
    tail = tails(plan, lasts)
    first = {
        name: min(number for number, one in enumerate(plan.milestones) if name in plan.behind(one.needs))
        for name in plan.tasks
    }
    spans: dict[str, Span] = {}
    moment = 0.0
    while len(spans) < len(plan.tasks):
        for who in plan.velocity:
            if any(spans[task.id].end > moment + INSTANT for task in plan.of(who) if task.id in spans):
                continue
            ready = [
                task.id
                for task in plan.of(who)
                if task.id not in spans
                and all(need in spans and spans[need].end <= moment + INSTANT for need in task.needs)
            ]
            if ready:
                name = min(ready, key=lambda name: (first[name], -tail[name]))
                spans[name] = Span(moment, moment + lasts[name])
        later = [span.end for span in spans.values() if span.end > moment + INSTANT]
        if later:
            moment = min(later)
    return spans


def longest(plan: Plan) -> list[Task]:
    """The critical path: the longest chain of tasks that need each other, however many people there are."""
    tail = tails(plan, weeks(plan))
    chain = [max(tail, key=tail.__getitem__)]
    while after := [task.id for task in plan.tasks.values() if chain[-1] in task.needs]:
        chain.append(max(after, key=tail.__getitem__))
    return [plan.tasks[name] for name in chain]


def decisive(plan: Plan, spans: dict[str, Span]) -> list[Task]:
    """What the last day waits for: back from it, the task whose end let the next one begin, needed or in the way."""
    chain = [max(spans, key=lambda name: spans[name].end)]
    while spans[chain[-1]].begin > INSTANT:
        task = plan.tasks[chain[-1]]
        before = [
            other
            for other in plan.tasks.values()
            if abs(spans[other.id].end - spans[task.id].begin) < INSTANT
            and (other.id in task.needs or other.who == task.who)
        ]
        chain.append(max(before, key=lambda other: other.id in task.needs).id)
    return [plan.tasks[name] for name in reversed(chain)]


def total(plan: Plan) -> float:
    return max(span.end for span in schedule(plan).values())


def faster(plan: Plan, days: dict[str, float]) -> float:
    """Weeks that are saved if more productive days a week go into the tasks of these."""
    return total(plan) - total(
        replace(plan, velocity={who: was + days.get(who, 0) for who, was in plan.velocity.items()})
    )


@cache
def current() -> tuple[Plan, dict[str, Span], dict[str, Span], dict[str, Span]]:
    """The plan, and its schedule: as expected, and at both ends of the ranges."""
    plan = load()
    return plan, schedule(plan), schedule(plan, -1), schedule(plan, 1)
