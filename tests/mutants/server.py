"""Bugs in what a connection may cost, in paths, and in documents."""

from mutants import Mutant

UNIT = ("tests/server/test_connection.py",)
ROOM = ("tests/server/test_listener.py",)
BODIES = ("tests/server/test_bodies.py",)
PATHS = ("tests/web/test_paths.py",)

MUTANTS = [
    Mutant("deploy/server/listener.py", "self._before == before and", "self._before != before and", "A burst is not shared, and what is none waits.", ROOM),
    Mutant("deploy/server/listener.py", "len(self._open) < CROWD", "len(self._open) >= CROWD", "A flood is shared, and a burst is not.", ROOM),
    Mutant("deploy/server/listener.py", "min(waiting, key", "max(waiting, key", "The newest connection is thrown out.", ROOM),
    Mutant("deploy/server/listener.py", "if connection.waits]", "]", "Who is being answered is thrown out.", ROOM),
    Mutant("deploy/server/listener.py", "not _end_one(same)", "not _end_one(self.open)", "One address throws out another's connections.", ROOM),
    Mutant("deploy/server/listener.py", "        if not same:\n            del self.by_address[address]\n", "", "Addresses are remembered for ever.", ROOM),
    Mutant("deploy/server/connection.py", "            gevent.sleep(self._breath)\n", "            pass\n", "Who always has bytes stops all others.", UNIT),
    Mutant("deploy/server/connection.py", "self.deadline = self.since + (seconds if begun else keepalive)", "self.deadline = self.since + keepalive", "Half a head behind a request is kept for 75 seconds.", UNIT),
    Mutant("deploy/server/connection.py", "        if left <= 0:\n            raise TimeoutError\n", "        left = max(left, 0.001)\n", "The deadline of who always has bytes never comes.", UNIT),
    Mutant("deploy/server/connection.py", "self.allowance += 2 * len(piece)", "self.allowance += 20 * len(piece)", "Drips cost ten times as much.", UNIT),
    Mutant("deploy/server/connection.py", "self.allowance += 2 * len(piece)", "self.allowance += len(piece)", "A long chunked body is refused.", UNIT),
    Mutant("deploy/server/connection.py", "        self.allowance -= len(octets)\n", "", "Nothing is counted.", UNIT),
    Mutant("deploy/server/connection.py", "if self.idle and octets:", "if octets:", "Each byte buys time.", (*UNIT, "tests/attacks/test_slow.py")),
    Mutant("deploy/server/connection.py", "self.settimeout(self._seconds + len(octets) / SLOWEST)", "self.settimeout(None)", "An answer that nobody reads is kept for ever.", UNIT),
    Mutant("deploy/server/connection.py", "            if self._missing > 0:\n", "            if False:\n", "Bodies take any amount of memory together.", (*UNIT, "tests/attacks/test_slow.py")),
    Mutant("deploy/server/connection.py", "            yield piece\n        self._body_ends()\n", "            yield piece\n", "Who waits for the answer to a long chunked body is ended to make room.", UNIT),
    Mutant("deploy/server/connection.py", "reader.length - reader.unreader.buf.tell()", "reader.length", "Who waits for the answer to a long body is ended to make room.", UNIT),
    Mutant("deploy/server/bodies.py", "return octets * (", "return 1 * (", "An event on a slow line is thrown out to make room.", BODIES),
    Mutant("deploy/server/bodies.py", "max(HELD, LARGEST * largest)", "HELD", "Of the largest bodies that are allowed, only one fits.", BODIES),
    Mutant("deploy/server/bodies.py", "before + octets", "octets", "Bodies that were dropped go on counting, until all are refused.", BODIES),
    Mutant("tracking/web/paths.py", 'SLASHES.sub("/", path)', "path", "Two slashes are not found.", PATHS),
    Mutant("tracking/web/paths.py", "%2f|%5c", "%5c", "An encoded slash passes a proxy's rules by.", PATHS),
    Mutant("tracking/web/proxies.py", 'scheme in {"http", "https"}', "scheme", "A client chooses the scheme.", ("tests/web/test_headers.py",)),
    Mutant("tracking/web/addresses.py", "!= HEALTH or", "== HEALTH or", "Only health checks are limited.", ("tests/provenance/test_address_limits.py",)),
    Mutant("tracking/web/frozen.py", "{'-gzip' if zipped else ''}", "", "A cache hands gzip to who does not take it.", ("tests/web/test_documents.py",)),
]  # fmt: skip
