"""The vectors of the counting standard, and how a deployment is held against them. docs/counting.md has the rules."""
