"""All that once brought the service to a stop, at once."""

from typing import Any

import pytest

from attacks.honest import honest
from attacks.together import together
from fixtures.deployment import SOAK

EVENTS = 300
"""How many the honest send meanwhile; a minute of `make soak` is many times that."""
A_MINUTE = 3_000


@pytest.mark.alone
@pytest.mark.native
def test_attacks_at_once_keep_no_sender_out(server: Any, receivers: None) -> None:
    """The embedded engine has one session for all."""
    with honest(server.url) as senders, together(server.url):
        senders.go_on(round(SOAK * A_MINUTE) or EVENTS, seconds=SOAK * 120 or 30)
