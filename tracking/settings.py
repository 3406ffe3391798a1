"""The settings: one table that makes the reader, the ``--help`` text and the README's table."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from marshmallow import validate

from tracking.checks import (
    are_attributes,
    are_keys,
    are_origins,
    are_three_steps,
    between,
    is_bearer,
    is_database_url,
    is_lake_url,
    is_mail_address,
    is_mail_sender,
    is_public_url,
    is_queue_url,
    is_redis_url,
    is_smtp_url,
    is_webhook_url,
)
from tracking.timezones import is_timezone

if TYPE_CHECKING:
    from collections.abc import Callable


class SettingsError(Exception):
    """The environment holds bad values; the message names every one of them, a line each."""


def setting(
    name: str, help_: str, *, default: Any = None, check: Callable[[Any], Any] | None = None, secret: bool = False
) -> Any:
    """A field of `Settings` with its row of the table; a secret one never shows in a repr."""
    return dataclasses.field(
        default=default, repr=not secret, metadata={"name": name, "help": help_, "check": check, "secret": secret}
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A deployment's settings. Every field is read from the environment, or from the file that NAME_FILE names."""

    database_url: str | None = setting(
        "DATABASE_URL",
        "TimescaleDB, as the owner of the schema: migrations, jobs, command line. Unset: the embedded engine",
        check=is_database_url,
        secret=True,
    )
    database_api_url: str | None = setting(
        "DATABASE_API_URL",
        "the API's own login, a member of footfall_api. Unset: DATABASE_URL with its role set to footfall_api",
        check=is_database_url,
        secret=True,
    )
    read_database_url: str | None = setting(
        "READ_DATABASE_URL",
        "a streaming replica of DATABASE_URL, for stats and BI tools. Leave the login out: each process uses the one "
        "that it has on the primary, the API its own, jobs and command line the owner's. Unset: all read there",
        check=is_database_url,
        secret=True,
    )
    data: Path = setting("FOOTFALL_DATA", "folder of the embedded engine", default=Path(".footfall"))
    secret_keys: tuple[str, ...] = setting(
        "SECRET_KEYS",
        "comma-separated; every credential derives from them. The first signs, all verify. "
        "Unset: made once and kept in FOOTFALL_DATA, with the embedded engine only",
        default=(),
        check=are_keys,
        secret=True,
    )
    deployment: str = setting(
        "DEPLOYMENT",
        "name of this deployment, the audience of its tokens: tokens of other deployments are refused",
        default="footfall",
        check=validate.Regexp(r"[a-z0-9][a-z0-9.-]{0,63}\Z", error="lower-case letters, digits, dots and hyphens"),
    )
    demo: bool = setting("FOOTFALL_DEMO", "true: for trying; accepts keys that look like placeholders", default=False)
    reporting_timezone: str = setting(
        "REPORTING_TIMEZONE",
        "time zone of the daily counts; cannot change after the first `migrate`, which applies it for all processes",
        default="UTC",
        check=is_timezone,
    )
    lateness_days: int = setting(
        "LATENESS_DAYS",
        "how late an event may arrive; older ones are rejected; applied by `migrate`",
        default=7,
        check=between(1, 365),
    )
    future_seconds: int = setting(
        "FUTURE_SECONDS", "how far a client's clock may run ahead", default=300, check=between(0, 86_400)
    )
    columnstore_days: int = setting(
        "COLUMNSTORE_DAYS",
        "compress events and counts after this many days, at least LATENESS_DAYS + 1: they take a seventh of "
        "the space, but exact uniques of older events take seconds instead of milliseconds; applied by `migrate`",
        default=35,
        check=between(1, 36_500),
    )
    retention_days: int = setting(
        "RETENTION_DAYS",
        "drop raw events after this many days; the counts stay; 0 keeps raw events; applied by `migrate`",
        default=0,
        check=between(0, 36_500),
    )
    max_body_bytes: int = setting(
        "MAX_BODY_BYTES",
        "the largest request body, before and after gzip",
        default=1_000_000,
        check=between(1_000, 50_000_000),
    )
    max_events: int = setting("MAX_EVENTS", "events in one request", default=500, check=between(1, 10_000))
    token_max_seconds: int = setting(
        "TOKEN_MAX_SECONDS", "the longest life of a token, in seconds", default=86_400, check=between(60, 31_536_000)
    )
    rate_per_token: int = setting(
        "RATE_PER_TOKEN",
        "requests a minute of one user, or for one customer; each allows 5 events and 2,000 bytes; 0: unlimited",
        default=600,
        check=between(0, 10_000_000),
    )
    rate_per_address: int = setting(
        "RATE_PER_ADDRESS",
        "requests a minute from one address, or one /64 of IPv6; 0: unlimited. "
        "Behind a load balancer set TRUSTED_HOPS first",
        default=0,
        check=between(0, 10_000_000),
    )
    rate_storage: str | None = setting(
        "RATE_STORAGE",
        "where requests are counted, as redis://HOST:6379/0. Unset: in the memory of each API process, separately",
        check=is_redis_url,
        secret=True,
    )
    trusted_hops: int = setting(
        "TRUSTED_HOPS",
        "number of your proxies in front; the client's address is the one that the first of them saw (X-Forwarded-For)",
        default=0,
        check=between(0, 10),
    )
    read_timeout_seconds: int = setting(
        "READ_TIMEOUT_SECONDS",
        "how long the head of a request may take to arrive, then its body, and then the client to read the answer",
        default=15,
        check=between(1, 600),
    )
    connections_per_address: int = setting(
        "CONNECTIONS_PER_ADDRESS",
        "connections that each API process keeps open with one address; 0: unlimited. Off behind your proxies "
        "(TRUSTED_HOPS), since the address is theirs",
        default=400,
        check=between(0, 1_000_000),
    )
    statement_timeout_ms: int = setting(
        "STATEMENT_TIMEOUT_MS",
        "how long one statement of the API may run",
        default=10_000,
        check=between(100, 600_000),
    )
    pool_size: int = setting(
        "POOL_SIZE", "database connections of each API worker for writing", default=4, check=between(1, 100)
    )
    questions_at_once: int = setting(
        "QUESTIONS_AT_ONCE",
        "questions to the stats API that each API worker counts at once; one customer gets half of them at most. Each "
        "takes a connection beside those of POOL_SIZE; WORKERS times both must fit into PostgreSQL's max_connections",
        default=4,
        check=between(1, 100),
    )
    embedders: str = setting(
        "EMBEDDERS",
        "sites that may show the dashboard in an iframe: * or origins, separated by blanks (CSP frame-ancestors)",
        default="*",
        check=are_origins,
    )
    public_url: str | None = setting(
        "PUBLIC_URL",
        "address at which people reach this API, as https://track.example.com; the links in mails lead there",
        check=is_public_url,
    )
    smtp_url: str | None = setting(
        "SMTP_URL",
        "mail server: smtp://USER:PASSWORD@HOST:587 (STARTTLS), smtps://…:465 (TLS), or smtp+plain://HOST:25 (neither, "
        "for a relay on this machine). Unset: no mails",
        check=is_smtp_url,
        secret=True,
    )
    mail_from: str | None = setting(
        "MAIL_FROM", "sender of mails, as Jobs <no-reply@jobs.example>", check=is_mail_sender
    )
    alert_webhook_url: str | None = setting(
        "ALERT_WEBHOOK_URL",
        "https address that is told when a tracker seems to be broken, and when that is over; `incidents targets` "
        "shows the secrets with which it verifies",
        check=is_webhook_url,
        secret=True,
    )
    alert_mail_to: str | None = setting(
        "ALERT_MAIL_TO",
        "mail address that is told likewise; needs SMTP_URL and MAIL_FROM",
        check=is_mail_address,
    )
    local_webhooks: bool = setting(
        "LOCAL_WEBHOOKS",
        "true: for trying; webhooks may go to http addresses and to private networks",
        default=False,
    )
    lake_url: str | None = setting(
        "LAKE_URL",
        "where history goes as Apache Iceberg tables: file:///FOLDER or s3://BUCKET/PREFIX, for which the usual AWS_ "
        "variables count. Needs the packages of tracking/lake/requirements.txt. Unset: no lake",
        check=is_lake_url,
    )
    lake_catalog: str = setting(
        "LAKE_CATALOG",
        "what knows the lake's tables: database (this one) or glue (AWS Glue)",
        default="database",
        check=validate.OneOf(["database", "glue"]),
    )
    queue_url: str | None = setting(
        "QUEUE_URL",
        "a queue between the API and the writer: amqp://USER:PASSWORD@HOST/VHOST (RabbitMQ), or "
        "sqs://HOST/ACCOUNT/NAME (Amazon SQS). Unset: the API writes by itself",
        check=is_queue_url,
        secret=True,
    )
    queue_trust_seconds: int = setting(
        "QUEUE_TRUST_SECONDS",
        "with a queue: how long the API goes by what it last read of sources and catalogue while the database is away",
        default=3600,
        check=between(60, 86_400),
    )
    peers_by: tuple[str, ...] = setting(
        "PEERS_BY",
        "attributes that make receivers similar, comma-separated, the most important first: where too few share all of "
        "them, the last is left out. The type of receiver always counts",
        default=("category", "region", "contract"),
        check=are_attributes,
    )
    peers_steps: tuple[str, ...] = setting(
        "PEERS_STEPS",
        "what counts as shown, opened and applied where receivers are compared: three steps as of a funnel. Changed, "
        "all are counted anew",
        default=("impression", "view", "click__application*"),
        check=are_three_steps,
    )
    small_group: int = setting(
        "SMALL_GROUP",
        "customers are told numbers of people by their properties, and of people in two groups at once, in steps of so "
        "many; 1: exactly",
        default=5,
        check=between(1, 1_000),
    )
    host: str = setting("HOST", "address the API listens on", default="127.0.0.1")
    port: int = setting("PORT", "port the API listens on", default=8000, check=between(1, 65_535))
    workers: int = setting("WORKERS", "API processes", default=2, check=between(1, 256))
    metrics_token: str | None = setting(
        "METRICS_TOKEN",
        "the bearer with which Prometheus asks for /metrics, of 16 characters or more. Unset: nobody may",
        check=is_bearer,
        secret=True,
    )
    log_one_of: int = setting(
        "LOG_ONE_OF",
        "of the good answers to requests that bring events, one in so many is a line of the log; 0: none. Every other "
        "answer is one",
        default=100,
        check=between(0, 1_000_000),
    )
    log_level: str = setting(
        "LOG_LEVEL",
        "debug, info, warning or error",
        default="info",
        check=validate.OneOf(["debug", "info", "warning", "error"]),
    )

    unset: ClassVar[frozenset[str]] = frozenset()
    """The fields that the environment does not set; `environment.load` fills it."""

    @property
    def embedded(self) -> bool:
        """Whether the engine is the embedded one: an API that only has its own login is on a native one."""
        return self.database_url is None and self.database_api_url is None
