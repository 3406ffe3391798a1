"""`conform`: holds a deployment against the vectors of the counting standard."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from tracking.cli.progress import progress_bar
from tracking.cli.session import as_json
from tracking.conformance import preflight
from tracking.conformance.http import Http
from tracking.conformance.masks import Mask
from tracking.conformance.run import Outcome, ask, write
from tracking.conformance.target import Refused, Target
from tracking.conformance.vectors import all_vectors, defaults
from tracking.standard import VERSION
from tracking.vocabulary import SOURCE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracking.conformance.preflight import Facts
    from tracking.conformance.vectors import Vector

CREDENTIAL = re.compile(rf"fk_({SOURCE_NAME})_[1-9][0-9]*_[A-Za-z0-9_-]+")
PATIENCE = 120
"""Seconds that numbers may take: a replica may be a minute behind, and so may the cache."""
HINTS = {
    "in the future": "FUTURE_SECONDS may be less than 300 here: some events of the next minutes were rejected",
    "this source may": "the source may only send some names (`source show`): take one that may send all",
}
"""What may be why, by the reason of a rejected event: the API tells neither setting."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it. `settings` and `not_run`: in words, with the number of vectors."""

    url: str
    source: str
    prefix: str
    facts: Facts
    outcomes: list[Outcome]
    not_run: Counter[str]

    @property
    def differing(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.differs]

    @property
    def version_differs(self) -> str | None:
        if self.facts.version == VERSION:
            return None
        named = f"version {self.facts.version}" if self.facts.version else "none"
        return f"the deployment names {named} of the counting standard; these vectors are of {VERSION}"


@click.command()
@click.argument("url")
@click.option(
    "--credential-file",
    type=click.File(lazy=True),
    help="A file with the credential of a source (- for standard input). Otherwise the variable CONFORM_CREDENTIAL.",
)
@click.option("--yes", is_flag=True, help="Do not ask before anything is written.")
@click.option(
    "--minutes", type=click.IntRange(1, 240), default=15, show_default=True, help="Give up after so many minutes."
)
@as_json
def conform(url: str, credential_file: Any, yes: bool, minutes: int, as_json: bool) -> None:
    """Hold the deployment at URL against the vectors of the counting standard (docs/counting.md).

    It sends their events and compares verdicts and counts. Exit status 0: all that could be compared agrees;
    1: something differs; 2: nothing could be compared.

    The source needs the rights ingest, mint and stats; with the right catalogue, windows are compared first, and more
    vectors can run. Take a source of its own: the platform's totals by source then show what was written.
    """
    credential, source = _credential(credential_file)
    try:
        exchange = Http(url, minutes * 60)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    prefix = f"conform-{secrets.token_hex(4)}"
    vectors = all_vectors()
    _announce(url, source, prefix, [vector for vector in vectors if preflight.lacks(vector) is None])
    if not yes:
        try:
            click.confirm("Go on?", abort=True, err=True)
        except click.Abort:
            _give_up("nothing was written; --yes goes on without a question")
    try:
        report = _held(url, source, Target(exchange, {"web": credential}), prefix, vectors, quiet=as_json)
    except Refused as error:
        _give_up(str(error).replace(credential, "***"))
    except KeyboardInterrupt:
        _give_up(f"interrupted; what was written stays, under {prefix}")
    click.echo(json.dumps(_as_json(report)) if as_json else "\n".join(_in_words(report)))
    if report.differing or report.version_differs:
        raise SystemExit(1)


def _credential(file: Any) -> tuple[str, str]:
    """The credential, and the name of its source."""
    text = (file.read() if file else os.environ.get("CONFORM_CREDENTIAL", "")).strip()
    match = CREDENTIAL.fullmatch(text)
    if match is None:
        where = "the file holds" if file else "CONFORM_CREDENTIAL is"
        raise click.UsageError(
            f"{where} no credential of a source, fk_…, as `source add` printed it; set CONFORM_CREDENTIAL, or give"
            " --credential-file FILE"
        )
    return text, match[1]


def _give_up(message: str) -> None:
    click.secho(f"footfall: {message}", fg="red", err=True)
    raise SystemExit(2)


def _announce(url: str, source: str, prefix: str, vectors: Sequence[Vector]) -> None:
    events = sum(vector.size for vector in vectors)
    click.echo(
        f"To {url}, as source {source}: {events:,} events of {len(vectors)} vectors, of the last days, and one that\n"
        f"is rejected. Creators, receivers and owners are its own: they begin with {prefix}. Types of receivers are\n"
        "conform-job and others that begin so, and profile. No number of a customer, a receiver or another type\n"
        f"changes; the platform's totals do, by name, by day, and of source {source}. The events stay.",
        err=True,
    )


def _held(url: str, source: str, target: Target, prefix: str, vectors: Sequence[Vector], *, quiet: bool) -> Report:
    """Raises `Refused` if nothing can be compared, or if it ended in the middle."""
    facts = preflight.find_out(target, prefix)
    clock, not_run = facts.clock(), Counter[str]()
    outcomes: list[Outcome] = []
    for number, vector in enumerate(vectors):
        if why := preflight.lacks(vector, facts):
            not_run[why] += 1
        else:
            outcomes.append(Outcome(vector, Mask(f"{prefix}-{number}", {"web": source}), clock))
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task("sending events", total=len(outcomes))
        for outcome in outcomes:
            write(outcome, target)
            progress.advance(task)
        task = progress.add_task("comparing counts", total=len(outcomes))
        ask(outcomes, target, written=facts.now(), patience=PATIENCE, done=lambda: progress.advance(task))
    return Report(url, source, prefix, facts, outcomes, not_run)


def _settings(report: Report) -> list[str]:
    """What is not as in a new deployment, or not known, in words."""
    facts, days = report.facts, round(report.facts.lateness / timedelta(days=1), 2)
    said = []
    if days != (standard := defaults().lateness_days):
        said.append(f"events may be {days:g} days late here; by default {standard} (LATENESS_DAYS)")
    if facts.catalogue is None:
        said.append(f"windows and ceilings are not known, and may be why something differs: {facts.why_no_catalogue}")
    if any(outcome.queued for outcome in report.outcomes):
        said.append("a queue is in front: verdicts were not told, and only counts are compared")
    differing = " ".join(line for outcome in report.differing for line in outcome.differs)
    return said + [hint for reason, hint in HINTS.items() if reason in differing]


def _in_words(report: Report) -> list[str]:
    differing, not_run = report.differing, report.not_run
    agree = len(report.outcomes) - len(differing)
    lines = [
        f"counting standard {VERSION}: {agree} vectors agree, {len(differing)} differ, {not_run.total()} were not run"
    ]
    lines += [one for one in (report.version_differs, *_settings(report)) if one]
    for outcome in differing:
        lines.append(f"differs: {outcome.vector.rule} {outcome.vector.says}")
        lines += [f"    {what}" for what in outcome.differs]
    lines += [f"{number} not run: {why}" for why, number in not_run.most_common()]
    return lines


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "url": report.url,
        "source": report.source,
        "prefix": report.prefix,
        "counting_standard": {"here": VERSION, "there": report.facts.version},
        "agree": len(report.outcomes) - len(report.differing),
        "differ": [
            {"rule": one.vector.rule, "says": one.vector.says, "differs": one.differs} for one in report.differing
        ],
        "not_run": [{"why": why, "vectors": number} for why, number in report.not_run.most_common()],
        "settings": _settings(report),
    }
