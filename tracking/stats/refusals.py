"""Questions that are refused once the database has judged them."""

from __future__ import annotations

from typing import Any

from tracking.errors import Problem


def not_allowed(receiver: str) -> Problem:
    """The problem for a receiver that the token does not allow."""
    return Problem(403, "receiver-not-allowed", f"The token does not allow {receiver}.")


def too_heavy(bound: dict[str, Any]) -> Problem:
    """The problem for a question that takes too long: it says what to narrow."""
    ways = [f"a shorter period than {(bound['to'] - bound.get('split', bound['from'])).days + 1} days"]
    if "split" in bound:
        ways.append("no returning people (returning=false)")
    if bound["receivers"] is None:
        ways.append("single receivers (receiver=)" if bound["one_owner"] else "one owner (owner=)")
    if bound["names"] is None:
        ways.append("one name (name=)")
    if bound["uniques"] and "step1" not in bound:
        ways.append("counts without uniques (uniques=false)")
    return Problem(
        422, "too-heavy", f"Counting this takes longer than one answer may. Ask for {', or '.join(ways)}.",
        members={"narrow": ways},
    )  # fmt: skip
