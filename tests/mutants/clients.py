"""In what backends send with, and in the demo's own visitors and site."""

from mutants import Mutant

CLIENT, SENDING, WAITING, EVENTS = (
    f"clients/python/footfall/{name}.py" for name in ("client", "sending", "waiting", "events")
)
VISITORS, BOARD, DEMO = "tracking/demo/visitors.py", "tracking/demo/board.py", "tracking/cli/demo.py"
BACKEND, SITE = ("tests/clients/python/test_client.py",), ("tests/clients/example/test_board.py",)

MUTANTS = [
    Mutant(CLIENT, "elif answer.status == 413 and len(events) > 1:", "elif False:", "a body that is too large is lost", BACKEND),
    Mutant(CLIENT, 'self._known_token, renewed = "", True', "renewed = True", "a token that expired is sent for ever", BACKEND),
    Mutant(CLIENT, "os.register_at_fork(after_in_child=_begin_anew)", "pass", "a forked child sends its parent's events again", BACKEND),
    Mutant(CLIENT, "@atexit.register\n", "", "what waits at the end of a program is lost", BACKEND),
    Mutant(CLIENT, "len(self._queue) + self._sending >= self._most", "False", "an outage fills the memory", BACKEND),
    Mutant(SENDING, "        return None\n", "        return urllib.request.Request(_newurl)\n", "another host gets the request", BACKEND),
    Mutant(WAITING, "random.uniform(0.5, 1.0)", "1.0", "all clients come back at once", BACKEND),
    Mutant(WAITING, "min(float(text), MOST)", "0.0", "Retry-After is not heeded", BACKEND),
    Mutant(EVENTS, "if moment.tzinfo is None:", "if False:", "a time without a zone is taken as the machine's", BACKEND),
    Mutant(VISITORS, "signal.signal(signal.SIGTERM, lambda", "(lambda *_: None)(signal.SIGTERM, lambda",
           "the visitors are killed with what they have not sent", SITE),
    Mutant(BOARD, "frame-src 'self' {api}", "frame-src 'self'", "the inspector stays empty", SITE),
    Mutant(DEMO, '"origins": [board.url], ', "", "the board's pages may not send", SITE),
]  # fmt: skip
