"""`rebuild-aggregates`: counts days again from the raw events."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click

from tracking import db, deployment, timezones
from tracking.aggregates import AGGREGATES, refresh
from tracking.cli.progress import progress_bar
from tracking.cli.session import as_json, opened
from tracking.stats import periods

DAY = click.DateTime(["%Y-%m-%d"])


class Timezone(click.ParamType[ZoneInfo]):
    """An IANA name, as Europe/Berlin."""

    name = "timezone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        if value not in timezones.names():
            self.fail(f"{value!r} is not an IANA timezone such as Europe/Berlin", param, ctx)
        return ZoneInfo(str(value))


@click.command("rebuild-aggregates")
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--to", "last", type=DAY, required=True, help="Last day; the next refresh counts its last hour.")
@click.option("--timezone", type=Timezone(), help="Timezone of the days.  [default: the reporting timezone]")
@as_json
def rebuild_aggregates(first: datetime, last: datetime, timezone: ZoneInfo | None, as_json: bool) -> None:
    """Count the days from --from to --to again, from the raw events.

    If retention dropped raw events of a day, the command refuses that day: its counts would be lost.
    """
    with opened() as (settings, engine):
        zone, url = timezone or deployment.read(engine).timezone, db.owner_url(settings)
        start, end = _period(first, last, zone)
        spans = refresh.everything(url, start, end)
        if (dropped := deployment.read(engine).dropped_until) is not None and start < dropped:
            gone = dropped.astimezone(zone)
            whole = gone.date() + timedelta(days=periods.midnight(gone.date(), zone) < dropped)
            raise click.ClickException(
                f"raw events before {gone:%Y-%m-%d %H:%M} were dropped, so their counts would be lost; "
                f"rebuild from {whole} or later"
            )
        with progress_bar(quiet=as_json) as progress:
            task = progress.add_task("rebuilding the aggregates", total=len(spans))
            for _ in refresh.refresh(url, spans):
                progress.advance(task)
    if as_json:
        said = {"from": start.isoformat(), "to": end.isoformat(), "aggregates": list(AGGREGATES)}
        click.echo(json.dumps(said))
    else:
        click.echo(f"counted again: {', '.join(AGGREGATES)}, {first:%Y-%m-%d} to {last:%Y-%m-%d} ({zone.key})")


def _period(first: datetime, last: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    try:
        period = periods.between(first.date(), last.date(), zone, "day")
    except periods.PeriodError as error:
        raise click.BadParameter(str(error), param_hint=f"--{error.field}") from None
    return period.start, period.end
