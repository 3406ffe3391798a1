"""The parts of a number in sentences, for a person who asks why it is no larger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracking.stats.questions import Question
    from tracking.stats.ruling import Ruling


def sentences(question: Question, payload: dict[str, Any], rules: Ruling) -> list[str]:
    """One after the other they are the explanation; what is not known is said, too."""
    total = payload["total"]
    counted = f"{total['counted']:,} {_verb(total['counted'], 'counts', 'count')}."
    said = []
    if total["stored"] is None:
        unknown = "What else was stored, and why it does not count, is not known any more for the time before"
        said += [counted, f"{unknown} {question.kept_since}: raw events were deleted."]
    elif total["stored"] == 0:
        said.append("Nothing was sent and stored in this time.")
    else:
        said += [
            f"{total['stored']:,} {_verb(total['stored'], 'was', 'were')} sent and stored.",
            counted,
            *_reasons(total, rules),
        ]
    if payload["creators"]:
        said.append(f"{payload['creators']:,} {_verb(payload['creators'], 'person', 'people')} did what counts.")
    if (never := payload["never_stored"]) and any(never.values()):
        said.append(
            f"What came in this time and was not stored is in no number: {never['duplicate']:,} came again,"
            f" {never['conflict']:,} contradicted a stored one, {never['rejected']:,} could not be taken."
        )
    if restated := payload["restatements"]:
        days, change = len({one["day"] for one in restated}), sum(one["events"] for one in restated)
        last = max(one["restated_at"] for one in restated)
        said.append(
            f"After {days:,} {_verb(days, 'day was', 'days were')} told, the events of any name changed by {change:+,};"
            f" the last time was {last}."
        )
    if question.incomplete:
        said.append("The number is too low: in some of this time a tracker did not send.")
    return said


def _reasons(total: dict[str, int], rules: Ruling) -> list[str]:
    within = f" within {rules.window}" if rules.window else ""
    words = {
        "repeat": (f"was a repeat{within}", f"were repeats{within}"),
        "own": ("was somebody's visit of what is their own", "were people's visits of what is their own"),
        "bot": ("was a robot's", "were robots'"),
        "prefetch": ("was fetched before anybody looked", "were fetched before anybody looked"),
    }
    parts = [f"{total[reason]:,} {_verb(total[reason], *words[reason])}" for reason in words if total[reason]]
    return [f"{', '.join(parts)}."] if parts else []


def _verb(number: int, one: str, more: str) -> str:
    return one if number == 1 else more
