"""`rebuild-aggregates`: counts that are in doubt, counted again from the raw events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from tracking import db
from tracking.cli.database import as_json, opened
from tracking.cli.imports import progress_bar
from tracking.stats import periods, upkeep

DAY = click.DateTime(["%Y-%m-%d"])


class Timezone(click.ParamType[ZoneInfo]):
    """An IANA name, as Europe/Berlin."""

    name = "timezone"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> ZoneInfo:
        try:
            return ZoneInfo(str(value))
        except (ValueError, OSError, KeyError):
            self.fail(f"{value!r} is not an IANA timezone such as Europe/Berlin", param, ctx)


@click.command("rebuild-aggregates")
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--to", "last", type=DAY, required=True, help="Last day; what a refresh still settles is left to it.")
@click.option("--timezone", type=Timezone(), help="Whose days these are.  [default: the reporting timezone]")
@as_json
def rebuild_aggregates(first: datetime, last: datetime, timezone: ZoneInfo | None, as_json: bool) -> None:
    """Count the days from --from to --to again, from the raw events.

    Days whose raw events retention has dropped are refused: their counts would be lost.
    """
    if first > last:
        raise click.BadParameter("must not be after --to", param_hint="--from")
    with opened() as (settings, engine):
        zone = timezone or ZoneInfo(settings.reporting_timezone)
        start = periods.midnight(first.date(), zone)
        end = periods.midnight(last.date() + timedelta(days=1), zone)
        with engine.connect() as connection:
            since, has_older = connection.exec_driver_sql(db.query("raw_since")).one()
        if since is None:
            raise click.ClickException("there are no raw events to count")
        safe = since + upkeep.MARGIN
        if has_older and start < safe:
            raise click.ClickException(
                f"raw events before {since:%Y-%m-%d} are gone, and the counts of what is not there would be lost; "
                f"rebuild from {(safe + timedelta(days=1)).astimezone(zone):%Y-%m-%d} or later"
            )
        windows = upkeep.steps(max(start, since - timedelta(days=1)), min(end, datetime.now(UTC)))
        with progress_bar(quiet=as_json) as progress:
            task = progress.add_task("rebuilding the aggregates", total=len(windows))
            for _ in upkeep.refresh(db.owner_url(settings), windows, anew=True):
                progress.advance(task)
    if as_json:
        said = {"from": start.isoformat(), "to": end.isoformat(), "aggregates": list(upkeep.AGGREGATES)}
        click.echo(json.dumps(said))
    else:
        click.echo(f"counted again: {', '.join(upkeep.AGGREGATES)}, {first:%Y-%m-%d} to {last:%Y-%m-%d} ({zone.key})")
