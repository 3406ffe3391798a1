"""Runs `python -m tracking lake write` again and again, and kills it as `kill -9` does, at a point that is asked for.

Each line of standard input is `LAKE_URL POINT`. A point is the number of a call of the lake's or PyIceberg's Python
code, or `FUNCTION call|return NTH`, or `never`. For each line it says how many calls there were, or that it was killed.
"""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from pyiceberg.catalog import sql  # noqa: F401 - what a run imports is imported once
from pyiceberg.io import pyarrow  # noqa: F401

from tracking.cli import main
from tracking.lake import running  # noqa: F401

WATCHED = ("/tracking/lake/", "/tracking/db.py", "/pyiceberg/")


class Point:
    def __init__(self, said: list[str]) -> None:
        self.name, self.event = (said[0], said[1]) if len(said) == 3 else ("", "call")
        self.nth = 0 if said == ["never"] else int(said[-1])
        self.seen = 0

    def profile(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == self.event and (
            frame.f_code.co_qualname == self.name
            if self.name
            else any(part in frame.f_code.co_filename for part in WATCHED)
        ):
            self.seen += 1
            if self.seen == self.nth:
                os.kill(os.getpid(), signal.SIGKILL)


def run(url: str, point: Point) -> None:
    os.environ["LAKE_URL"] = url
    sys.argv = ["tracking", "lake", "write"]
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    threading.setprofile(point.profile)
    sys.setprofile(point.profile)
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.setprofile(None)
    os.write(3, f"{point.seen}\n".encode())
    os._exit(code)


if __name__ == "__main__":
    os.dup2(1, 3)
    for line in sys.stdin:
        url, *said = line.split()
        if (child := os.fork()) == 0:
            run(url, Point(said))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            os.write(3, f"killed {os.WTERMSIG(status)}\n".encode())
        elif status:
            os.write(3, b"failed\n")
