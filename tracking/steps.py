"""The LIKE patterns of an action's names, and of a funnel's step."""

from __future__ import annotations

from tracking.vocabulary import NamePattern


def of_action(action: str) -> list[str]:
    """LIKE patterns of an action's names: the action alone, and with its details."""
    literal = NamePattern(action).like()
    return [literal, f"{literal}\\_\\_%"]


def of_step(step: str) -> list[str]:
    """LIKE patterns of a funnel's step: names if it has a detail or ends with a *, else an action."""
    return [NamePattern(step).like()] if "__" in step or step.endswith("*") else of_action(step)
