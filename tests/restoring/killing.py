"""Runs `python -m tracking import …` again and again, and kills it as `kill -9` does, at a point that is asked for.

Each line of standard input is a JSON array: the number of a call or return in the code that restores, or 0 for never, and
the arguments. For each it says how many there were, or `killed`.
"""

import json
import os
import signal
import sys
from types import FrameType
from typing import Any

from tracking.cli import imports, main  # noqa: F401 - what a run imports is imported once
from tracking.restoring import lake, parquet, run  # noqa: F401

WATCHED = (
    "/tracking/restoring/run.py", "/tracking/restoring/lake.py", "/tracking/cli/restore.py", "/tracking/db.py",
    "/tracking/aggregates/refresh.py",
)  # fmt: skip


def once(point: int, arguments: list[str]) -> None:
    seen = 0

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal seen
        if event in {"call", "return"} and frame.f_code.co_filename.endswith(WATCHED):
            seen += 1
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.argv = ["tracking", "import", *arguments]
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.setprofile(profile)
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    sys.setprofile(None)
    os.write(3, b"failed\n" if code else f"{seen}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    os.dup2(1, 3)
    for line in sys.stdin:
        point, *arguments = json.loads(line)
        if (child := os.fork()) == 0:
            once(point, arguments)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            os.write(3, b"killed\n")
        elif status:
            os.write(3, b"failed\n")
