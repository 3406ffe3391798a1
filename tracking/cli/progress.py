"""Progress bars, on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tracking.aggregates import refresh

if TYPE_CHECKING:
    from sqlalchemy import URL


def progress_bar(*, quiet: bool) -> Progress:
    """A bar for each task that is added; `quiet`: none."""
    columns = (TextColumn("{task.description:<30}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=quiet)


def catch_up(url: URL, progress: Progress) -> None:
    """Counts all that waits: events that were written now, and those that a killed import left."""
    task = progress.add_task("refreshing the aggregates", total=None)
    spans = refresh.due(url)
    progress.update(task, total=len(spans))
    for _ in refresh.refresh(url, spans):
        progress.advance(task)
