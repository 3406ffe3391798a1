"""In what backends send with, and in the demo's own visitors and site."""

from mutants import Mutant

CLIENT, CREDENTIAL, SENDING, WAITING, EVENTS = (
    f"clients/python/footfall/{name}.py" for name in ("client", "credential", "sending", "waiting", "events")
)
VISITORS, BOARD, DEMO = "tracking/demo/visitors.py", "tracking/demo/board.py", "tracking/cli/demo.py"
BACKEND, RETRIES, SECRETS, THREADS = (
    (f"tests/clients/python/test_{name}.py",) for name in ("client", "retries", "secrets", "threads")
)
SITE = ("tests/clients/example/test_board.py",)

MUTANTS = [
    Mutant(CLIENT, "elif answer.status == 413 and len(events) > 1:", "elif False:", "a body that is too large is lost", BACKEND),
    Mutant(CREDENTIAL, '            self._known = ""\n', "            pass\n", "a token that expired is sent for ever", BACKEND),
    Mutant(CREDENTIAL, "token.strip()", "token", "the line break after a credential keeps all events back", SECRETS),
    Mutant(CREDENTIAL, "except BaseException as error", "except Exception as error", "sys.exit in the app's function ends the thread", SECRETS),
    Mutant(CLIENT, "lambda: self._asked > asked", "lambda: False", "a flush does not end the wait", RETRIES),
    Mutant(CLIENT, "asked, closed = self._asked, self._closed\n            answer = self._ask(events)",
           "answer = self._ask(events)\n            asked, closed = self._asked, self._closed",
           "a flush during a request that fails is missed", RETRIES),
    Mutant(CLIENT, "self._closed and not closed, wished", "False, wished", "what waits by Retry-After is lost at the end", RETRIES),
    Mutant(CLIENT, "self._closed and not closed, wished", "self._asked > asked, wished", "a flush does not heed Retry-After", RETRIES),
    Mutant(CLIENT, "lambda _: bell.put(None)", "lambda _: None", "a client that is let go leaves its thread", THREADS),
    Mutant(CLIENT, "        del client\n", "", "a thread keeps its client for ever", THREADS),
    Mutant(CLIENT, "            except RuntimeError as error:", "            except ZeroDivisionError as error:",
           "track raises where no thread can be started", THREADS),
    Mutant(CLIENT, "renewed = False  # a", "pass  # a", "events are lost in a long outage as their token expires", RETRIES),
    Mutant(SENDING, "except Exception as error:", "except ZeroDivisionError as error:", "an odd answer ends the thread", RETRIES),
    Mutant(SENDING, "contextlib.suppress(Exception), error", "error", "a refusal that is cut off ends the thread", RETRIES),
    Mutant(SENDING, '.replace(token, "***")', "", "an answer with the credential in it is logged", SECRETS),
    Mutant(SENDING, ' and isinstance(one.get("verdict"), str)', "", "a verdict that is a list ends the thread", RETRIES),
    Mutant(SENDING, 'if "@" in parts.netloc:', "if False:", "a password in the address is logged", SECRETS),
    Mutant(CLIENT, "os.register_at_fork(after_in_child=_begin_anew)", "pass", "a forked child sends its parent's events again", BACKEND),
    Mutant(CLIENT, "@atexit.register\n", "", "what waits at the end of a program is lost", BACKEND),
    Mutant(CLIENT, "len(self._queue) + self._sending >= self._most", "False", "an outage fills the memory", BACKEND),
    Mutant(SENDING, "        return None\n", "        return urllib.request.Request(_newurl)\n", "another host gets the request", BACKEND),
    Mutant(WAITING, "random.uniform(0.5, 1.0)", "1.0", "all clients come back at once", BACKEND),
    Mutant(WAITING, "min(float(text), MOST)", "0.0", "Retry-After is not heeded", BACKEND),
    Mutant("clients/python/footfall_tokens.py", "credential.strip()", "credential", "tokens are bad, by a line break", SECRETS),
    Mutant(EVENTS, "if moment.utcoffset() is None:", "if False:", "a time without a zone is taken as the machine's", BACKEND),
    Mutant(VISITORS, "signal.signal(signal.SIGTERM, lambda", "(lambda *_: None)(signal.SIGTERM, lambda",
           "the visitors are killed with what they have not sent", SITE),
    Mutant(BOARD, "frame-src 'self' {api}", "frame-src 'self'", "the inspector stays empty", SITE),
    Mutant(DEMO, '"origins": [board.url], ', "", "the board's pages may not send", SITE),
]  # fmt: skip
