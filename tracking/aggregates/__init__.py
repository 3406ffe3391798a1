"""Stage 5: the counts. They are refreshed where changes wait; raw events are dropped once they are counted."""

AGGREGATES = ("event_counts_15min", "event_counts_daily", "activity_daily", "activity_hourly")
"""The continuous aggregates over tracking.events, as sql/migrations/0005_aggregates.sql and 0008_bi.sql make them."""
