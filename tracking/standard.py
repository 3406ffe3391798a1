"""The counting standard, docs/counting.md: by which rules numbers come about."""

VERSION = "1.0"
"""Of the rules, windows, ceilings and defaults. tracking/conformance/versions.txt has the digest of each version."""
