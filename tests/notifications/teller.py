"""Processes that fill and send until all is told, and kill themselves at moments that the command line names."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import datetime
from typing import Any

from sqlalchemy import event

from tracking import db, deployment
from tracking.environment import load
from tracking.notifications import delivery, exchange, filling, freezing
from tracking.notifications.channels import configured

FILLING = {"outbox_fill", "fills_advance"}
FREEZING = {"turns_take", "messages_freeze", "outbox_freeze"}
LEFT = """
    select (select count(*)::int from tracking.notifications where state in ('pending', 'frozen') and due_at <= now()),
           (select count(*)::int from tracking.notification_fills where done_at is not null)
"""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def armed(run: Any, end: dict[str, Any]) -> Any:
    """`db.run` that ends the process at the nth time of a query: before it, after it, or when it is committed."""
    left = end.get("nth", 0)

    def counted(connection: Any, name: str, /, **parameters: Any) -> Any:
        nonlocal left
        if name != end.get("query"):
            return run(connection, name, **parameters)
        left -= 1
        if left == 0 and end["when"] == "before":
            die()
        result = run(connection, name, **parameters)
        if left == 0 and end["when"] == "after":
            die()
        if left == 0:
            event.listen(connection.engine, "checkin", lambda *_: die())
        return result

    return counted


def tell(moment: datetime) -> None:
    """Fills and sends until nothing is left."""
    settings = load()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        filling.fill(settings, moment)
        delivery.send(settings)
        with db.connect(db.owner_url(settings)) as connection:
            if connection.execute(LEFT).fetchone() == (0, 1):
                return
        time.sleep(0.05)
    raise SystemExit("not all was told in time")


def one_step(moment: datetime, query: str) -> None:
    """Goes as far as the step that this query is part of: who does not come to its end leaves the rest to others."""
    settings = load()
    filling.fill(settings, moment)
    if query in FILLING:
        return
    if query not in FREEZING:
        delivery.send(settings)
        return
    engine = db.engine(db.owner_url(settings))
    decided = deployment.read(engine)
    for freezer in configured(settings):
        while freezer.freeze(engine, decided):
            pass


def begin(moment: datetime, end: dict[str, Any]) -> int:
    """Forks a process that tells, or takes a step towards its end; returns its number."""
    child = os.fork()
    if child == 0:
        db.run = armed(db.run, end)
        if end:
            one_step(moment, end["query"])
        else:
            tell(moment)
        os._exit(0)
    return child


def main() -> None:
    """Keeps two processes at it; each that kills itself is replaced. Prints how many did."""
    filling.PAGE, freezing.AT_ONCE = 250, 200
    delivery.LEASE, delivery.FIRST_DELAY, delivery.LONGEST_DELAY, exchange.SECONDS = 2.0, 0.05, 0.2, 1
    moment, ends = datetime.fromisoformat(sys.argv[1]), json.loads(sys.argv[2])
    running: set[int] = set()
    died = 0
    while ends or running:
        while ends and len(running) < 2:
            running.add(begin(moment, ends.pop(0)))
        child, status = os.wait()
        running.discard(child)
        died += os.WIFSIGNALED(status)
        if os.waitstatus_to_exitcode(status) > 0:
            raise SystemExit("a process failed; its traceback is above")
    begin(moment, {})
    _, status = os.wait()
    sys.stdout.write(str(died))
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
