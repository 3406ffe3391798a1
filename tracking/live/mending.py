"""How to mend an event: one sentence for each kind of reason."""

from __future__ import annotations

import re

OF_VERDICT = {
    "repeat": "The same creator did the same on this receiver a moment before; send it once for each action.",
    "bot": "The client says that it is a crawler; it is stored and never counted.",
    "own": "The receiver is the creator's own; it is stored and never counted.",
    "prefetch": "A mail program loaded the picture before anybody opened the mail; it is stored and not counted.",
    "duplicate": "The same id and time came before: a retry, which is right; for another event make a new id.",
    "conflict": "Make a new id for each event, and send the same content with it on every retry.",
}
"""For those whose verdict says it all."""

OF_REASON = (
    ("occurred_at", r"in the future", "Set the device's clock, or correct the time by the server's."),
    ("occurred_at", r"too old", "Send events while they are young; bring older ones in by python -m tracking import."),
    ("occurred_at", r"expected", "Send a time with its offset, as Date.toISOString() makes it."),
    ("occurred_at", r"the database cannot store", "Send a time that a calendar has, as Date.toISOString() makes it."),
    ("creator", r"missing", "Name the creator in the event, or send it with a client token, which names its own."),
    ("creator", r"not the creator of the token", "Leave creator out, or mint a token for this creator."),
    ("receiver", r"expected", "Send the receiver as TYPE:ID, as in job:42, the type in lower case."),
    ("receiver", r"not among the token", "Mint the token with this receiver, or without receivers for any."),
    ("name", r"expected", "Choose a name such as view or click__saveJob, and keep ids out of it."),
    ("name", r"not among the token", "Mint the token with this name, or without names for any."),
    ("name", r"not among the names", "Use a name that the source may send, or allow this one by source set --name."),
    ("name", r"not in the catalogue", "Use a name of the catalogue, or add this one to it."),
    ("properties/", r"", "Change this property to what the catalogue's schema asks for, or change the schema."),
    ("properties", r"bytes; the most", "Send less in properties and context, such as ids in place of whole objects."),
    ("id", r"expected", "Send a UUID, or another text of up to 100 characters that is the same on every retry."),
    ("creator", r"expected", "Send your own id of the user, as a text."),
    (None, r"(?i)unknown field", "Leave this field out, or put it into properties; look at its spelling."),
    (None, r"missing", "Add this field to the event."),
    (None, r"nested deeper", "Make properties and context flatter."),
    (None, r"surrogate", "Cut texts between whole characters; in JavaScript, toWellFormed() mends them."),
    (None, r"not finite", "Send null, or leave out a number that is not finite; send very long numbers as texts."),
    (None, r"u0000", "Take the character NUL out of the text."),
    (None, r"is counted in the ledger and not kept", "Mend what was shown before; only the first of so many are kept."),
    (None, r"an event is a JSON object", 'Send each event as an object: {"name": …, "receiver": …}.'),
    (None, r"the database cannot store", "Send it without what the reason names, or ask the operator."),
    (None, r"expected|, not ", "Send this field in the form that the reason names."),
)  # fmt: skip
"""The field at fault, or how it begins, or None for any; a pattern of the reason; the sentence. The first that fits."""

OTHERWISE = "Change what the reason names, and send it as a new event."

_OF_REASON = tuple((field, re.compile(pattern), said) for field, pattern, said in OF_REASON)


def mend(verdict: str, field: str | None, reason: str | None) -> str | None:
    """The sentence for what became of an event; None if there is nothing to mend."""
    if verdict != "rejected":
        return OF_VERDICT.get(verdict)
    for begins, pattern, said in _OF_REASON:
        if (begins is None or _is(field or "", begins)) and pattern.search(reason or ""):
            return said
    return OTHERWISE


def _is(field: str, begins: str) -> bool:
    return field.startswith(begins) if begins.endswith("/") else field == begins
