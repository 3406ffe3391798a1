"""The measure of the attacks that keep others out: it is right in quiet, and it does notice."""

from typing import Any

import pytest

from attacks.honest import honest


@pytest.mark.alone
def test_in_quiet_nobody_is_kept_out(server: Any) -> None:
    with honest(server.url) as senders:
        senders.go_on(100)


def test_who_is_refused_is_noticed(server: Any, sql: Any) -> None:
    def attack() -> None:
        with honest(server.url) as senders:
            sql("update tracking.sources set revoked_at = now()")
            while senders.said.keys() == {"accepted"}:
                senders.go_on(10)

    with pytest.raises(AssertionError, match="source-revoked"):
        attack()
