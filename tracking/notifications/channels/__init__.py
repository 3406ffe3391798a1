"""The ways to reach people, by the name that a rule gives. A new one is a file here, and a line in `configured`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tracking.notifications.channels.email import Email
from tracking.notifications.channels.webhook import Webhook
from tracking.notifications.freezing import Freezer
from tracking.notifications.unsubscribing import link

if TYPE_CHECKING:
    from tracking.settings import Settings

CHANNELS = ("email", "webhook")


def configured(settings: Settings) -> list[Freezer]:
    """The channels that this deployment has; rules of others wait."""
    found = [Freezer("webhook", Webhook(settings), needs_email=False, repeats=True)]
    if not lacking(settings):
        found.append(Freezer("email", Email(settings, partial(link, settings)), needs_email=True, repeats=False))
    return found


def lacking(settings: Settings) -> list[str]:
    """The settings that mails need and that are not set."""
    needed = {"SMTP_URL": settings.smtp_url, "MAIL_FROM": settings.mail_from, "PUBLIC_URL": settings.public_url}
    return [name for name, value in needed.items() if value is None]
