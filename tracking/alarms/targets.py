"""Where alerts go: a webhook, a mail address, both or neither. They are sent as notifications are (decision 28)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracking import db
from tracking.alarms import alerts
from tracking.notifications import delivery
from tracking.notifications.channels.email import Server
from tracking.notifications.channels.webhook import Webhook

if TYPE_CHECKING:
    from tracking.alarms.incidents import Incident
    from tracking.notifications.letters import Message, Sender
    from tracking.settings import Settings

WEBHOOK, MAIL = "alert-webhook", "alert-email"
"""Channels of their own: no rule's quiet hours, turns or unsubscribe links concern them."""


@dataclass(frozen=True, slots=True)
class Target:
    settings: Settings
    channel: str
    address: str

    @property
    def repeats(self) -> bool:
        """Whether the other side knows a message by its id, so that it may arrive twice."""
        return self.channel == WEBHOOK

    def message(self, incident: Incident, news: str) -> Message:
        deployment = self.settings.deployment
        if self.channel == WEBHOOK:
            return alerts.webhook(incident, news, deployment=deployment, address=self.address)
        sender = self.settings.mail_from or ""
        return alerts.mail(incident, news, deployment=deployment, sender=sender, address=self.address)

    def sender(self) -> Sender:
        return Webhook(self.settings) if self.channel == WEBHOOK else Server(self.settings)


def targets(settings: Settings) -> list[Target]:
    """Those that are set, and to which this deployment can send."""
    found = []
    if settings.alert_webhook_url is not None:
        found.append(Target(settings, WEBHOOK, settings.alert_webhook_url))
    if settings.alert_mail_to is not None and not lacking(settings):
        found.append(Target(settings, MAIL, settings.alert_mail_to))
    return found


def lacking(settings: Settings) -> list[str]:
    """The settings that mails of alerts need and that are not set."""
    if settings.alert_mail_to is None:
        return []
    return [name for name, value in (("SMTP_URL", settings.smtp_url), ("MAIL_FROM", settings.mail_from)) if not value]


def send(settings: Settings) -> int:
    """Sends the alerts that wait; returns the number of those that arrived."""
    told = targets(settings)
    if not told:
        return 0
    engine = db.engine(db.owner_url(settings), pool_size=delivery.WORKERS)
    try:
        return sum(delivery.send_all(engine, target.channel, target.sender()) for target in told)
    finally:
        engine.dispose()
