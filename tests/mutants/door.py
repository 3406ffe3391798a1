"""Provenance, limits, CORS and the log: the door and what is said of those who stood before it."""

from mutants import Mutant

LIMITS = ("tests/provenance/test_limits.py", "tests/provenance/test_limit_windows.py")
HEADERS = ("tests/web/test_headers.py",)
PROOF = ("tests/provenance/test_proof.py",)
TOKENS = ("tests/provenance/test_tokens.py",)
LOGS = ("tests/test_logs.py",)
SOURCES = ("tests/provenance/test_sources.py",)

MUTANTS = [
    Mutant("tracking/redaction.py", '_-]{20,}")', '_-]{44,}")', "a part of a token is in the log", LOGS),
    Mutant(
        "tracking/redaction.py",
        'head, at, host = chunk.rpartition("@")',
        'head, at, host = chunk.partition("@")',
        "the end of a password that holds an @ is in the log",
        LOGS,
    ),
    Mutant("tracking/logs.py", "[A-Za-z0-9._-]{1,12}", "[A-Za-z0-9._-]{1,64}", "part of a token as request id", LOGS),
    Mutant("tracking/provenance/addresses.py", "PREFIX = 64", "PREFIX = 128", "a subscriber has 2^64 counts", LIMITS),
    Mutant(
        "tracking/provenance/addresses.py",
        "if address.ipv4_mapped is None:",
        "if address.ipv4_mapped is None or text:",
        "all IPv4 behind a server that listens on IPv6 is one party",
        LIMITS,
    ),
    Mutant(
        "tracking/provenance/limits.py", "found[1] += amount", "found[1] += 1", "a thousand events count as one", LIMITS
    ),
    Mutant(
        "tracking/provenance/limits.py", "min(own, share)", "max(own, share)", "one user has the source's rate", SOURCES
    ),
    Mutant(
        "tracking/provenance/grants.py",
        "self.creator or self.owner or",
        "self.owner or",
        "all users of a source are one account",
        LIMITS,
    ),
    Mutant(
        "tracking/provenance/limits.py",
        "        if source:\n            self._hit(self._window, what, source",
        '        if source and grant.kind == "source":\n            self._hit(self._window, what, source',
        "users do not count for their source's rate",
        LIMITS,
    ),
    Mutant("tracking/provenance/limits.py", "cost=min(amount, most)", "cost=1", "Redis counts requests only", LIMITS),
    Mutant(
        "tracking/provenance/limits.py",
        "amount = min(amount, most)",
        "amount = int(amount)",
        "a large body is never taken",
        LIMITS,
    ),
    Mutant(
        "tracking/provenance/grants.py",
        "self.owner or _digest(self.receivers or ())",
        "str(self.owner)",
        "all that read receivers are one account",
        LIMITS,
    ),
    Mutant(
        "tracking/provenance/arrival.py",
        'envelope.proof)\n    gate.spend(grant, "bytes", len(plain))',
        "envelope.proof)",
        "a beacon's bytes are not counted",
        LIMITS,
    ),
    Mutant(
        "tracking/ingest/kept.py",
        "source, len(row))",
        "source, 1)",
        "rejected events fill the disk",
        ("tests/ingest/test_kept.py",),
    ),
    Mutant(
        "tracking/provenance/gate.py",
        'return origin in {f"{request.scheme}://{host}", f"https://{host}"}',
        'return host in origin.partition("://")[2]',
        "https://localhost.evil.example is a page of localhost",
        HEADERS,
    ),
    Mutant(
        "tracking/web/cors.py",
        "else origin in self._own(environ))",
        "else self._is_anybodys(origin))",
        "another source's page reads the counts",
        HEADERS,
    ),
    Mutant(
        "tracking/web/cors.py",
        "if source and not source.revoked else",
        "if source else",
        "a revoked source's page reads",
        HEADERS,
    ),
    Mutant(
        "tracking/provenance/sources.py",
        "for source in sources if not source.revoked for origin",
        "for source in sources for origin",
        "a revoked source's page is told to send",
        HEADERS,
    ),
    Mutant(
        "tracking/body.py",
        "plain.removeprefix(codecs",
        "plain.lstrip(codecs",
        "half a mark is one",
        ("tests/ingest/test_body.py",),
    ),
    Mutant(
        "tracking/provenance/proof.py",
        "2 * MAX_AGE + 1)",
        "MAX_AGE + 1)",
        "a proof from the future is used twice",
        PROOF,
    ),
    Mutant(
        "sql/queries/proof_ids_forget.sql",
        "expires_at < now()",
        "expires_at < now() + interval '1 minute'",
        "a proof is used again after the purge",
        PROOF,
    ),
    Mutant(
        "tracking/provenance/proof.py",
        "Meta(ge=0, le=2**53)",
        "Meta(ge=0)",
        "an iat of 400 digits is a fault of ours",
        ("tests/provenance/test_hostile_values.py",),
    ),
    Mutant(
        "tracking/provenance/tokens.py",
        "except (ValueError, OverflowError, OSError):",
        "except OSError:",
        "a token signed in the year 36812 is a fault of ours",
        ("tests/provenance/test_hostile_values.py",),
    ),
    Mutant(
        "tracking/provenance/tokens.py",
        'max(issued, known.get("nbf", 0))',
        'known.get("nbf", issued)',
        "a token signed tomorrow works today",
        TOKENS,
    ),
    Mutant(
        "tracking/provenance/tokens.py",
        'min(known["exp"], issued + longest(kind, max_seconds))',
        'known["exp"]',
        "a token works for ever",
        TOKENS,
    ),
    Mutant(
        "tracking/checks.py",
        "MIN_KEY_BYTES for key in keys)",
        "MIN_KEY_BYTES for key in keys[:1])",
        "a short second key is taken",
        ("tests/test_settings.py",),
    ),
    Mutant(
        "tracking/provenance/sources.py",
        "version == self.version - 1 and",
        "version < self.version and",
        "a leaked old credential works in the grace",
        SOURCES,
    ),
    Mutant(
        "tracking/provenance/sources.py",
        "self.previous_key_id in {None, key_id}",
        "self.key_id in {None, key_id}",
        "the grace ends at once where the key is new, too",
        SOURCES,
    ),
    Mutant(
        "tracking/provenance/gate.py",
        "expires_at = min(verified.grant.expires_at, accepted_until)",
        "expires_at = verified.grant.expires_at",
        "a token outlives the grace of its credential",
        ("tests/provenance/test_tokens_endpoint.py",),
    ),
    Mutant(
        "tracking/provenance/gate.py",
        'if grant.kind == "client" and grant.source is not None and',
        "if grant.source is not None and",
        "a source that requires proof of its users shuts out its own backend",
        PROOF,
    ),
    Mutant(
        "tracking/provenance/gate.py",
        'and grant.kind != "source":',
        "and grant.rights:",
        "a page may use a source's own credential where the origin is not named, no longer",
        HEADERS,
    ),
]
