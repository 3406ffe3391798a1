"""Who did what, when, receiver by receiver, packed: kept by jobs, read as columns."""
