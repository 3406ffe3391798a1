"""The ways to reach people, by the name that a rule gives."""
