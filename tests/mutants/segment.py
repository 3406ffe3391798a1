"""Bugs in Segment's dialect, and in what is kept of what cannot be read."""

from mutants import Mutant

SEGMENT = "tracking/ingest/dialects/segment.py"
DECODE = "tracking/ingest/decode.py"
TESTED = ("tests/ingest/test_segment.py", "tests/ingest/test_segment_refusals.py")
KEPT = ("tests/ingest/test_kept.py",)

MUTANTS = [
    Mutant(SEGMENT, "            if kind in OTHERS:", "            if isinstance(one, SegmentCall) and kind in OTHERS:",
           "an identify with a number as userId is kept, with its traits", TESTED),
    Mutant(SEGMENT, "    moment = call.timestamp or call.original_timestamp", "    moment = call.timestamp",
           "calls with an originalTimestamp only are lost", TESTED),
    Mutant(SEGMENT, '"name": VIEW if kind in VIEWS else call.get("event")', '"name": call.get("event")',
           "a refused page is nobody's view", TESTED),
    Mutant(SEGMENT, "{name: page[name] for name in PAGE if name in page}} if", "{name: page[name] for name in page}} if", "the key of a link is kept", TESTED),
    Mutant(SEGMENT, "(None if is_named else call.anonymous_id)", "call.anonymous_id",
           "a visitor's id is taken for another creator than the token's", TESTED),
    Mutant(SEGMENT, "call.user_id or (None", "(None", "the visitor counts, and not who is logged in", TESTED),
    Mutant(SEGMENT, "        id=call.message_id or None,", "        id=None,", "a retry is another event", TESTED),
    Mutant(SEGMENT, "    kept = _without_receiver(properties)", "    kept = dict(properties)", "the receiver is a property, too", TESTED),
    Mutant(SEGMENT, "else verdict\n", "else {}\n", "a good call is answered by nothing", TESTED),
    Mutant(DECODE, "            known = {key: sent[key] for key in reasons.FIELDS if key in sent}", "            known = dict(sent)",
           "a credential in an event is kept, and shown", KEPT),
    Mutant(DECODE, "(SECRET.sub(REDACTED, text) for text in (field, reason, payload))", "(field, reason, payload)",
           "a credential in a property of a refused event is kept", KEPT),
    Mutant(DECODE, "            return _loads(shallow(body))", "            raise", "one deep event sinks its batch", KEPT),
    Mutant("tracking/provenance/arrival.py", "json.loads(body.shallow(plain).decode())", "json.loads(plain.decode())",
           "behind a deep event no token is found", KEPT),
    Mutant("tracking/body.py", "if depth == DEEP + 1:\n                kept", "if depth == DEEP:\n                kept",
           "what is cut out is cut at another place", KEPT),
]  # fmt: skip
