"""A process that fills and sends until all is told; it may kill itself, at a moment that its environment names."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import datetime
from typing import Any

from sqlalchemy import event

from tracking import db
from tracking.notifications import delivery, exchange, filling, freezing
from tracking.settings import load

END: dict[str, Any] = json.loads(os.environ.get("TELLER_END", "{}"))
"""`query`, `nth`, and `when`: before it runs, after it ran and is not committed, or committed."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def armed(run: Any) -> Any:
    """`db.run` that ends the process at the nth time of a query."""
    left = END.get("nth", 0)

    def counted(connection: Any, name: str, /, **parameters: Any) -> Any:
        nonlocal left
        if name != END.get("query"):
            return run(connection, name, **parameters)
        left -= 1
        if left == 0 and END["when"] == "before":
            die()
        result = run(connection, name, **parameters)
        if left == 0 and END["when"] == "after":
            die()
        if left == 0:
            event.listen(connection.engine, "checkin", lambda *_: die())
        return result

    return counted


def main() -> None:
    filling.PAGE, freezing.AT_ONCE = 250, 200
    delivery.LEASE, delivery.FIRST_DELAY, delivery.LONGEST_DELAY, exchange.SECONDS = 2.0, 0.05, 0.2, 1
    db.run = armed(db.run)
    settings, now = load(), datetime.fromisoformat(sys.argv[1])
    until = time.monotonic() + 60
    while time.monotonic() < until:
        filling.fill(settings, now)
        delivery.send(settings)
        with db.connect(db.owner_url(settings)) as connection:
            left = connection.execute(
                "select count(*) from tracking.notifications where state in ('pending', 'frozen') and due_at <= now()"
            ).fetchone()
            done = connection.execute(
                "select count(*) from tracking.notification_fills where done_at is not null"
            ).fetchone()
        if left == (0,) and done == (1,):
            return
        time.sleep(0.05)
    raise SystemExit("not all was told in time")


if __name__ == "__main__":
    main()
