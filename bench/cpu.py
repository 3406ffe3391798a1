"""The CPU that processes use, from /proc: other work on the machine changes it little, unlike the time on the clock."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def used(pid: int) -> float:
    """Seconds that the process and all below it have used, ended ones included."""
    parents: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        one = int(stat.parent.name)
        parents.setdefault(int(fields[1]), []).append(one)
        ticks[one] = sum(int(field) for field in fields[11:15])  # its own, and of children that have ended
    found, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        found += ticks.get(one, 0)
        waiting += parents.get(one, [])
    return found / TICKS


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
