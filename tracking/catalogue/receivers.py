"""Receivers, their owners, and how to reach the people behind them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tracking import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def put(connection: Connection, receivers: Sequence[dict[str, Any]]) -> None:
    """Adds or replaces receivers and their contacts, each as `schemas.ReceiverSchema` has it, and each once.

    The first query locks the receivers, so that of two calls at once each is done as a whole.
    """
    sent = json.dumps(receivers)
    for query in ("receivers_put", "contacts_remove", "contacts_add"):
        db.run(connection, query, receivers=sent)
