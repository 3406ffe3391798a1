"""`import`: reads events from files."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from click.core import ParameterSource

from tracking import db, timezones
from tracking.cli import restore
from tracking.cli.names import checked_name
from tracking.cli.progress import catch_up, progress_bar
from tracking.cli.session import as_json, opened
from tracking.imports import UNFINISHED, Form, Unreadable, columns, csvfile, ndjson, weblogs
from tracking.imports.reader import Reader
from tracking.imports.run import EXCLUDED, Import, printable
from tracking.imports.weblogs.exclusions import REASONS
from tracking.imports.weblogs.presets import PRESETS
from tracking.ingest.bulk import Bulk
from tracking.provenance.sources import add_source, find_source
from tracking.vocabulary import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tracking.ingest.bulk import Tally

EVENTS = {"ndjson": ndjson.parse, "csv": csvfile.parse}
EXAMPLES = """
\b
Examples:
  import events.ndjson --format ndjson --source archive
  import export.csv --format csv --source archive --timezone Europe/Berlin
         --column occurred_at=ts --column creator=user_id
  import access.log.gz --format combined --source web-log
  import access.log --log-format main --source web-log --include head,errors
  import access.log --source web-log
         --log-format '$remote_addr [$time_local] "$request" $status "$http_user_agent"'
  zcat $(ls -tr access.log.*.gz) | python -m tracking import - --format combined --source web-log
  import export.parquet --format parquet
  import --format iceberg

\b
Formats of access logs:
""" + "\n".join(f"  {name:<19}{about}" for name, about in PRESETS.items())


def zone(_context: click.Context, _parameter: click.Parameter, value: str | None) -> ZoneInfo | None:
    if value and value not in timezones.names():
        raise click.BadParameter(f"{value!r} is no timezone, such as Europe/Berlin")
    return ZoneInfo(value) if value else None


def reasons(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> frozenset[str]:
    given = {name.strip() for names in value for name in names.split(",")}
    if unknown := given - REASONS.keys() - {"all"}:
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: choose from {', '.join(REASONS)}, all")
    return frozenset(REASONS if "all" in given else given)


@click.command("import", epilog=EXAMPLES)
@click.argument("file", required=False)
@click.option(
    "--format",
    "format_",
    type=click.Choice([*sorted(EVENTS), "combined", *restore.FORMATS]),
    help="ndjson: an event per line; csv: with a header row; combined: a web server's access log; parquet, iceberg:"
    " what `export` or the lake holds is put back as it was.",
)
@click.option(
    "--log-format",
    help="The format of an access log: one of those below, or a pattern in the words of nginx or Apache.",
)
@click.option("--source", help="The source of the events; made if it does not exist yet. Not for parquet and iceberg.")
@click.option(
    "--column",
    "pairs",
    multiple=True,
    metavar="TARGET=COLUMN",
    help="CSV, NDJSON: the file's name for a part of the event, as in occurred_at=ts; repeatable. With it, other"
    " columns are left out.",
)
@click.option(
    "--timezone",
    callback=zone,
    metavar="ZONE",
    help="The zone of times without an offset, as in Europe/Berlin. If an hour comes twice, the first one is meant.",
)
@click.option(
    "--creator",
    type=click.Choice(list(weblogs.CREATORS)),
    default="address+agent",
    show_default=True,
    help="Logs: the id of one visitor. With the user agent it is an opaque id.",
)
@click.option(
    "--include",
    "included",
    multiple=True,
    callback=reasons,
    metavar="REASONS",
    help="Logs: also count requests as views that are left out otherwise: "
    + "; ".join(f"{name} ({about})" for name, about in REASONS.items())
    + "; or all. Separated by commas, or repeated.",
)
@as_json
@click.pass_context
def import_file(context: click.Context, /, file: str | None, source: str | None, as_json: bool, **options: Any) -> None:
    """Import FILE (plain or gzip, - for standard input).

    Importing a file again, with the same options, adds nothing. An interrupted import goes on where it stopped; a pipe
    is read again from the start. Import the files of one log oldest first.

    What Footfall wrote out itself, as Parquet or into the lake (LAKE_URL, no FILE), is put back as it was, with its
    arrival and its verdict.
    """
    if options["format_"] in restore.FORMATS:
        only_format(context)
        restore.restore(file, options["format_"], as_json=as_json)
        return
    if file is None or source is None:
        raise click.UsageError(f"Missing {'argument FILE' if file is None else 'option --source'}.")
    checked_name(source, "--source")
    form = _form(**options)
    shaping = f"{form.name} {options['pairs']} {options['timezone']} {options['creator']} {sorted(options['included'])}"
    say = partial(click.echo, err=True)
    try:
        with Reader(file, form.errors) as reader:
            run = Import(reader, form, file, shaping, say)
            with opened() as (settings, engine), progress_bar(quiet=as_json) as progress:
                bulk = Bulk(engine, settings, source)
                ensure = partial(_ensure_source, engine, source, settings.secret_keys[0])
                task = progress.add_task("importing", total=reader.size)
                done = run.run(engine, source, bulk, ensure, lambda read: progress.update(task, completed=read))
                progress.update(task, total=reader.size or 1, completed=reader.size or 1)
                catch_up(db.owner_url(settings), progress)
    except Unreadable as error:
        raise click.ClickException(printable(f"{file}: {str(error).removeprefix(f'{file}: ')}")) from None
    except KeyboardInterrupt:
        say("interrupted; run the same command again: nothing is stored twice")
        raise SystemExit(130) from None
    for warning in run.warnings():
        say(f"warning: {printable(warning)}")
    _report(done, as_json=as_json)
    if failures := list(_failures(form, reader, done)):
        say(printable(f"{file}: {'; '.join(failures)}"))
        raise SystemExit(1)


def only_format(context: click.Context) -> None:
    """Raises UsageError if an option is given that shapes events: those that come back are as they were."""
    for option in context.command.params:
        given = context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
        if given and option.name not in {"file", "format_", "as_json"}:
            raise click.UsageError(f"{option.opts[0]} is not for {context.params['format_']}")


def _form(
    format_: str | None,
    log_format: str | None,
    pairs: tuple[str, ...],
    timezone: ZoneInfo | None,
    creator: str,
    included: frozenset[str],
) -> Form:
    """The way to read the file, from the options. Raises UsageError if they do not fit together."""
    if format_ is None and log_format is None:
        raise click.UsageError("say what FILE is, by --format or --log-format")
    if format_ in EVENTS:
        if log_format is not None or included or creator != "address+agent":
            raise click.UsageError(f"--log-format, --creator and --include are for access logs, not for {format_}")
        try:
            named = columns.Columns(columns.given(pairs), timezone)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--column") from None
        return Form(format_, partial(EVENTS[format_], columns=named))
    if pairs:
        raise click.UsageError("--column is for csv and ndjson; --log-format gives the columns of a log")
    try:
        return weblogs.form(log_format or "combined", weblogs.Options(creator, included, timezone))
    except ValueError as error:
        raise click.BadParameter(f"{error}; presets: {', '.join(PRESETS)}", param_hint="--log-format") from None


def _failures(form: Form, reader: Reader, done: Tally) -> Iterator[str]:
    """The faults for which the exit status is 1, each as a sentence."""
    if reader.ended_early:
        yield reader.ended_early
    if done.counts["rejected"] and not any(done.counts[verdict] for verdict in VERDICTS if verdict != "rejected"):
        yield "all were rejected"
    if form.name in EVENTS and done.counts[f"{EXCLUDED}{UNFINISHED}"]:  # a log may grow all the time
        yield "its last line is not imported: it needs a line end"


def _report(done: Tally, *, as_json: bool) -> None:
    excluded = {reason: n for reason in (*REASONS, UNFINISHED) if (n := done.counts[f"{EXCLUDED}{reason}"])}
    counts = {verdict: done.counts[verdict] for verdict in VERDICTS}
    events = sum(counts.values())
    if as_json:
        click.echo(json.dumps({"lines": done.counts.total(), "verdicts": counts, "excluded": excluded}))
    else:
        click.echo(f"{events:,} events: {_listed(counts) or 'none'}")
        if excluded.pop(UNFINISHED, 0):
            click.echo("1 line left out: it has no end yet")
        if excluded:
            click.echo(f"{sum(excluded.values()):,} requests left out (see --include): {_listed(excluded)}")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {name}" for name, n in counts.items() if n)


def _ensure_source(engine: Engine, name: str, key: str) -> None:
    """Makes the source if it is missing, without rights: its credential opens nothing."""
    with engine.begin() as connection:
        known = find_source(connection, name)
        if known is None:
            add_source(connection, name, key=key, rights=[], description="imported")
        elif known.revoked:
            raise click.ClickException(f"source {name} is revoked")
