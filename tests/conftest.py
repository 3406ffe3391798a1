"""Where the tests' world comes from: a real TimescaleDB, a small cast, and a rule about skipping."""

pytest_plugins = [
    "fixtures.skips",
    "fixtures.database",
    "fixtures.cast",
    "fixtures.processes",
    "fixtures.wire",
    "fixtures.browser",
]
