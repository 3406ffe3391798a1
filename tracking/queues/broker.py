"""The broker of `QUEUE_URL`, with its two queues: of messages to be written, and of dead letters."""

from __future__ import annotations

import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import amqp.exceptions
import botocore.exceptions
import kombu
import kombu.exceptions
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.messaging import Producer

from tracking.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kombu.message import Message as Delivery

    from tracking.settings import Settings

DELIVERIES = 20
"""Times that a message is delivered before it is a dead letter: each takes the death of a drain, or a database that
went away in between.
"""
LOOKS = 1_000_000
"""Times that a dead letter may be looked at: a quorum queue counts each."""
HIDDEN_SECONDS = 120
"""Seconds for which Amazon SQS hides a message that a drain has in hand."""
CONNECT_SECONDS = 3
ANSWER_SECONDS = 5
POLL_SECONDS = 1
"""Seconds that Amazon SQS may wait for a message before it answers that there is none."""

ERRORS: tuple[type[Exception], ...] = (
    amqp.exceptions.AMQPError,
    amqp.exceptions.MessageNacked,
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    kombu.exceptions.KombuError,
    OSError,
)
"""With these the broker, or the way to it, fails."""


@dataclass(frozen=True)
class Broker:
    """`address` and `options` are as kombu takes them. `main` and `dead` are the queues."""

    address: str
    options: dict[str, Any]
    main: Queue
    dead: Queue
    is_sqs: bool

    def connection(self, *, heartbeat: int = 0) -> Connection:
        """A connection that does not connect yet; for one thread at a time."""
        parts = urlsplit(self.address)
        certified = {"server_hostname": parts.hostname, "cert_reqs": ssl.CERT_REQUIRED}
        return Connection(
            self.address,
            transport_options=self.options,
            connect_timeout=CONNECT_SECONDS,
            heartbeat=heartbeat,
            ssl=certified if parts.scheme == "amqps" else False,
        )

    @contextmanager
    def connected(self, *, heartbeat: int = 0) -> Iterator[Connection]:
        """A connection, with both queues declared. Raises one of `ERRORS`."""
        with self.connection(heartbeat=heartbeat) as connection:
            self.declare(connection)
            yield connection

    def declare(self, connection: Connection) -> None:
        """Makes the queues where they are not there. Raises one of `ERRORS`."""
        for queue in (self.dead, self.main):
            queue.bind(connection.default_channel).declare()

    def publish(self, connection: Connection, queue: Queue, body: bytes, *, group: str, **headers: str) -> None:
        """Returns once the broker has confirmed the message. `group` is for Amazon SQS: no source waits for another's
        backlog. Raises one of `ERRORS`, also where the queue is gone.
        """
        channel = connection.default_channel
        more: dict[str, Any] = {"MessageGroupId": group} if self.is_sqs else {"mandatory": True}
        Producer(channel).publish(
            body.decode(errors="backslashreplace"),  # a dead letter may be anything
            routing_key=queue.name,
            delivery_mode="persistent",
            content_type="application/json",
            content_encoding="utf-8",
            headers=headers,
            timeout=ANSWER_SECONDS,
            confirm_timeout=ANSWER_SECONDS,
            **more,
        )

    def depth(self, connection: Connection, queue: Queue) -> int:
        """Number of messages that wait; Amazon SQS gives it about. Raises one of `ERRORS`."""
        return int(connection.default_channel.queue_declare(queue=queue.name, passive=True).message_count)

    def bury(self, connection: Connection, delivery: Delivery, reason: str, *, group: str = "unknown") -> None:
        """Puts a delivered message among the dead letters, with the reason. Raises one of `ERRORS`; then it stays."""
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.publish(connection, self.dead, body_of(delivery), group=group, reason=reason[:1000], at=when)
        delivery.ack()


def of(settings: Settings) -> Broker:
    """The broker of these settings. Raises `SettingsError` if there is none."""
    if settings.queue_url is None:
        raise SettingsError("QUEUE_URL: must be set for this; without it the API writes by itself")
    parts = urlsplit(settings.queue_url)
    if parts.scheme == "sqs":
        return _sqs(settings.queue_url, settings.deployment)
    name = settings.deployment
    dead = Queue(f"{name}.dead", durable=True, queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": LOOKS})
    main = Queue(
        name,
        durable=True,
        queue_arguments={
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERIES,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead.name,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )
    options = {"confirm_publish": True, "read_timeout": 2 * ANSWER_SECONDS, "write_timeout": 2 * ANSWER_SECONDS}
    return Broker(settings.queue_url, options, main, dead, is_sqs=False)


def _sqs(url: str, deployment: str) -> Broker:
    """`sqs://HOST/ACCOUNT/NAME` is the queue's own address; its dead letters are in NAME-dead. Without them both queues
    are called as the deployment, and made where they are not there.
    """
    parts = urlsplit(url)
    path = parts.path.strip("/")
    name = path.rpartition("/")[2] or deployment.replace(".", "-")
    main, dead = name, f"{name}-dead"
    host = parts.netloc.rpartition("@")[2]
    options: dict[str, Any] = {
        "is_secure": not _is_here(parts.hostname),
        "sqs_base64_encoding": False,  # kombu encodes the body already
        "visibility_timeout": HIDDEN_SECONDS,
        "wait_time_seconds": POLL_SECONDS,
        "polling_interval": 0.1,
        "client-config": {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": ANSWER_SECONDS + POLL_SECONDS,
            "retries": {"max_attempts": 1},
        },
    }
    if path:
        scheme = "https" if options["is_secure"] else "http"
        account = f"{scheme}://{host}/{path.rpartition('/')[0]}".rstrip("/")
        options["predefined_queues"] = {queue: {"url": f"{account}/{queue}"} for queue in (main, dead)}
    if region := _region(parts.hostname):
        options["region"] = region
    login = parts.netloc.rpartition("@")[0]
    at = f"{login}@" if login else ""
    return Broker(f"sqs://{at}{host}", options, Queue(main), Queue(dead), is_sqs=True)


def _is_here(host: str | None) -> bool:
    return host in {"127.0.0.1", "localhost", "::1"}


def _region(host: str | None) -> str | None:
    """As in sqs.eu-central-1.amazonaws.com."""
    labels = (host or "").split(".")
    return labels[1] if len(labels) > 3 and labels[0] == "sqs" else None


def body_of(delivery: Delivery) -> bytes:
    """A delivered message as it was published."""
    body = delivery.body
    return body.encode() if isinstance(body, str) else bytes(body)


def said(error: Exception, url: str) -> str:
    """What the broker said, in a line, without the password of `url`."""
    text = str(error).strip().partition("\n")[0] or type(error).__name__
    password = urlsplit(url).password
    for secret in {password, unquote(password or "")}:
        text = text.replace(secret, "***") if secret else text
    return text
