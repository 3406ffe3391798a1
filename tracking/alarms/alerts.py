"""What is told of an incident: as a CloudEvent, and as a mail. The same incident gives the same message."""

from __future__ import annotations

from datetime import UTC
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

import msgspec

from tracking.notifications.letters import Message

if TYPE_CHECKING:
    from tracking.alarms.incidents import Incident

OPENED, OVER = "opened", "over"


def webhook(incident: Incident, news: str, *, deployment: str, address: str) -> Message:
    """A batch of one CloudEvent, as notifications come."""
    id_ = f"alert_{deployment}_{incident.incident}_{news}"
    event = {
        "specversion": "1.0",
        "id": id_,
        "source": f"footfall/{deployment}",
        "type": f"footfall.incident.{news}",
        "subject": f"{incident.source}/{incident.name}",
        "time": (incident.closed_at if news == OVER and incident.closed_at else incident.opened_at).astimezone(UTC),
        "datacontenttype": "application/json",
        "data": incident.as_json() | {"lines": incident.details()},
    }
    return Message(id_, address, msgspec.json.encode([event]))


def mail(incident: Incident, news: str, *, deployment: str, sender: str, address: str) -> Message:
    """A mail of RFC 5322, in plain text."""
    id_ = f"alert_{deployment}_{incident.incident}_{news}@{parseaddr(sender)[1].partition('@')[2]}"
    over = "over: " if news == OVER else ""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"] = sender, address
    made["Subject"] = f"[{deployment}] {over}{incident.headline()}"
    made["Date"] = format_datetime(incident.opened_at)
    made["Message-ID"] = f"<{id_}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no "out of office" in return
    if news == OVER:  # the same thread
        made["In-Reply-To"] = f"<{id_.replace(f'_{OVER}@', f'_{OPENED}@')}>"
    said = [incident.headline(), "", *incident.details(), ""]
    if incident.closed_at is None:
        said += [f"If it is how it should be now: python -m tracking incidents accept {incident.incident}",
                 "All that are open: python -m tracking incidents list", ""]  # fmt: skip
    made.set_content("\n".join(said), cte="quoted-printable")
    return Message(id_, address, made.as_bytes())
