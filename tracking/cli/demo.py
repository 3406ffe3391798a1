"""The data of the demo: sources, receivers and a month of events."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracking import db, deployment
from tracking.catalogue import receivers as catalogue
from tracking.cli.progress import catch_up, progress_bar
from tracking.demo import CREDENTIALS, receivers, traffic
from tracking.demo.board import SOURCE
from tracking.ingest.bulk import BATCH, Bulk, Tally
from tracking.notifications import rules, timing
from tracking.notifications.rules import Rule
from tracking.peers import nightly
from tracking.provenance import credentials, tokens
from tracking.provenance.sources import SourceOptions, add_source, find_source, set_source
from tracking.web.links import docs_page

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tracking.demo.board import Board
    from tracking.demo.inbox import Inbox
    from tracking.settings import Settings

SOURCES = {"web": "the web app", "ios": "the iOS app", "jobs-backend": "the jobs service"}
RIGHTS = ["ingest", "mint", "stats"]
WATCHES = {"web": ["live", "catalogue"]}
"""What a source may do beside that."""
CLIENT = Path(__file__).resolve().parents[2] / "clients" / "python"
PEOPLE = (("en", "Europe/Berlin"), ("de", "Europe/Berlin"), ("en", "America/New_York"), ("de", "Europe/Vienna"))
"""Languages and timezones of the people with profiles."""
AT_ONCE: dict[str, Any] = {"send_at": time(), "quiet_from": time(), "quiet_until": time()}
RULES = (
    Rule(rule="profile-views", kind="daily", receiver_type="profile", names=("view",), measure="creators",
         compares=True, few=2, **AT_ONCE),
    Rule(rule="weekly-jobs", kind="weekly", receiver_type="job", names=("view", "view__*"), measure="creators",
         per="owner", **AT_ONCE),
    Rule(rule="milestones", kind="milestone", receiver_type="job", names=("view",), measure="events",
         thresholds=rules.THRESHOLDS, channel="webhook", **AT_ONCE),
)  # fmt: skip
"""Few is two here: the demo's people are few."""


def fill(settings: Settings, *, events: int, days: int, seed: int) -> None:
    """Fills a database that has no events yet; leaves any other database alone."""
    engine = db.engine(db.owner_url(settings))
    try:
        with engine.begin() as connection:
            for name, description in SOURCES.items():
                add_source(connection, name, key=settings.secret_keys[0], description=description,
                           rights=[*RIGHTS, *WATCHES.get(name, ())])  # fmt: skip
            catalogue.put(connection, [_reachable(each) for each in receivers(seed)])
            filled = db.run(connection, "demo_filled").scalar_one()
        if not filled:
            _write(settings, engine, events=events, days=days, seed=seed)
            with engine.begin() as connection:
                db.run(connection, "deployment_set", key="demo", value=str(seed))
            nightly.run(settings)
    finally:
        engine.dispose()


def _reachable(receiver: dict[str, Any]) -> dict[str, Any]:
    """With a contact for two of three people, and for each customer."""
    if receiver["type"] != "profile":
        return receiver | {"contact": {"email": f"jobs@{receiver['owner']}.example", "language": "en"}}
    number = int(receiver["id"].removeprefix("user-"))
    if number % 3 == 0:
        return receiver
    language, zone = PEOPLE[number % len(PEOPLE)]
    return receiver | {"contact": {"email": f"{receiver['id']}@example.com", "language": language, "timezone": zone}}


def rule(settings: Settings, inbox: Inbox) -> None:
    """Adds the rules of the demo, which tell of the latest day that is over."""
    engine = db.engine(db.owner_url(settings))
    try:
        zone = deployment.read(engine).timezone
        with engine.begin() as connection:
            now: datetime = db.run(connection, "now").scalar_one()
            for one in RULES:
                closed = timing.closed_day(one.kind, now, zone)
                first = closed - timedelta(days=5) if one.kind == "milestone" else closed
                url = inbox.hook if one.channel == "webhook" else None
                wanted = replace(one, timezone=zone.key, first_day=first, url=url)
                if rules.add(connection, wanted) is None:
                    rules.change(connection, wanted)
    finally:
        engine.dispose()


def to(inbox: Inbox, url: str) -> dict[str, str]:
    """The settings under which messages reach the demo's inbox."""
    return {
        "SMTP_URL": f"smtp+plain://127.0.0.1:{inbox.smtp_port}",
        "MAIL_FROM": "Jobs <no-reply@jobs.example>",
        "PUBLIC_URL": url,
        "LOCAL_WEBHOOKS": "true",
    }


def _write(settings: Settings, engine: Engine, *, events: int, days: int, seed: int) -> None:
    bulks = {name: Bulk(engine, settings, name) for name in SOURCES}
    tally = Tally()
    stream = traffic(seed=seed, days=days, until=datetime.now(UTC), events=events, cut="hour")
    with progress_bar(quiet=False) as progress:
        task = progress.add_task("making a month of traffic", total=events)
        waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in SOURCES}
        for event in stream:
            source = event.pop("source")
            waiting[source].append(event)
            if len(waiting[source]) == BATCH:
                bulks[source].write(waiting[source], tally)
                progress.advance(task, BATCH)
                waiting[source] = []
        for source, rest in waiting.items():
            bulks[source].write(rest, tally)
            progress.advance(task, len(rest))
        catch_up(db.owner_url(settings), progress)


def admit(settings: Settings, board: Board) -> None:
    """Makes the source of the job board, whose pages are of this origin."""
    engine = db.engine(db.owner_url(settings))
    given: SourceOptions = {"rights": [*RIGHTS, "live"], "origins": [board.url], "description": "the sample job board"}
    try:
        with engine.begin() as connection:
            if add_source(connection, SOURCE, key=settings.secret_keys[0], **given) is None:
                set_source(connection, SOURCE, **given)
    finally:
        engine.dispose()


def credential_of(settings: Settings, name: str) -> str:
    """The current credential of a source; it may have been rotated since the first start."""
    engine = db.engine(db.owner_url(settings))
    try:
        with engine.connect() as connection:
            source = find_source(connection, name)
    finally:
        engine.dispose()
    return (source and source.credential(settings.secret_keys)) or credentials.derive(settings.secret_keys[0], name, 1)


def visitors(settings: Settings, url: str, seed: int) -> tuple[list[str], dict[str, str]]:
    """The command of those who visit while the demo runs, and what its environment needs."""
    known = json.dumps({name: credential_of(settings, name) for name in SOURCES})
    command = [sys.executable, "-m", "tracking.demo.visitors", url, str(seed)]
    return command, {CREDENTIALS: known, "PYTHONPATH": str(CLIENT)}


def invitation(settings: Settings, url: str, mails: str, board: str) -> str:
    """The addresses to open and the lines to paste; the tokens in them live as long as the settings allow."""
    credential = credential_of(settings, "web")
    life = settings.token_max_seconds
    client = tokens.mint(credential, "client", seconds=life, audience=settings.deployment, creator="user-7")
    stats = tokens.mint(credential, "stats", seconds=life, audience=settings.deployment, receivers=["job:42"])
    acme = tokens.mint(credential, "stats", seconds=life, audience=settings.deployment, owner="acme")
    live = tokens.mint(credential, "live", seconds=life, audience=settings.deployment)
    jobs = ["job:42", "job:77"]
    api = docs_page(url, credential, creator="user-7", receivers=jobs, seconds=life, audience=settings.deployment)
    now = datetime.now(UTC)
    return f"""
Footfall is up, with a month of a recruitment platform's traffic.

  dashboard   {url}/dashboard#period=7d&token={acme}
              (what the customer Acme sees of its jobs, stories and profiles)
  job board   {board}
              (scroll, open, save: the live inspector beside it shows what became of each event; docs/front-end.md)
  mails       {mails}
              ("N people viewed your profile yesterday", in a minute or two; an hour after midnight at the earliest)
  ready?      {url}/readyz
  catalogue   {url}/catalogue#token={live}
              (what is known of each name, and what came in of it)
  API         {api}
              (each operation, with tokens to try it; the document is {url}/openapi.json)

Count a view of job 42 (pasted again, it is a duplicate):

  curl -s {url}/v1/events -H 'Authorization: Bearer {client}' \\
    -d '{{"events": [{{"name": "view", "receiver": "job:42", "occurred_at": "{now:%Y-%m-%dT%H:%M:%SZ}"}}]}}'

See its views by day:

  curl -s '{url}/v1/stats/timeseries?receiver=job:42&name=view' -H 'Authorization: Bearer {stats}'

See why somebody was told, or was not:

  .venv/bin/python -m tracking notification why profile:user-100

Ctrl-C ends it; the data stays in {settings.data}.
"""
